# `make tools` builds resnet-quantize and resnet-bench in build/bin.

RESNET_QUANTIZE := build/bin/resnet-quantize
TOOLS := $(RESNET_QUANTIZE) build/bin/resnet-bench

.PHONY: tools
tools: $(TOOLS)

$(TOOLS): build/bin/%: FORCE | picture-libraries
	@mkdir -p $(@D)
	RESNET_INT8_STATIC_TOOLS=1 $(SWIFT) --product $*
	@built="$$($(SWIFT) --show-bin-path)/$*"; cmp -s "$$built" $@ || { cp -f "$$built" $@.new && mv -f $@.new $@; }
