# `make compare-quantizers` quantizes a network with this project and with other tools, and compares their logits with
# PyTorch's. docs/quantizers.md says what the variables mean. COMPARE_OPTIONS are further options of
# Tools/compare-quantizers/run.py.
#
# A tool that cannot be installed is a row that says so. build/compare-quantizers/missing has pip's words, and
# `rm build/compare-quantizers/venv.stamp` tries again.

COMPARE := build/compare-quantizers
COMPARE_TOOL := Tools/compare-quantizers
COMPARE_PEERS := $(filter-out base constraints,$(basename $(notdir $(wildcard $(COMPARE_TOOL)/requirements/*.txt))))

$(COMPARE)/venv.stamp: OR_DEMO :=
$(COMPARE)/venv.stamp: $(wildcard $(COMPARE_TOOL)/requirements/*.txt)
	@mkdir -p $(@D)
	$(NEW_VENV)
	$(COMPARE)/venv/bin/pip install --quiet -r $(COMPARE_TOOL)/requirements/base.txt
	@rm -rf $(COMPARE)/missing; mkdir $(COMPARE)/missing
	@for peer in $(COMPARE_PEERS); do \
	  $(COMPARE)/venv/bin/pip install --quiet -r $(COMPARE_TOOL)/requirements/$$peer.txt \
	    > $(COMPARE)/missing/$$peer.log 2>&1 && rm $(COMPARE)/missing/$$peer.log || echo "not installed: $$peer"; \
	done
	@touch $@

.PHONY: compare-quantizers
compare-quantizers: $(COMPARE)/venv.stamp build/lib/libresnet_int8.so build/bin/resnet-quantize
	@for variable in 'NAME=$(NAME)' 'NETWORK=$(NETWORK)' 'CHECKPOINT=$(CHECKPOINT)' 'CALIBRATION=$(CALIBRATION)' \
	  'IMAGES=$(IMAGES)'; do \
	  [ -n "$${variable#*=}" ] || { echo "give $$variable...: docs/quantizers.md has an example" >&2; exit 1; }; \
	done
	$(COMPARE)/venv/bin/python $(COMPARE_TOOL)/run.py --name '$(NAME)' --network '$(NETWORK)' \
	  --checkpoint '$(CHECKPOINT)' --calibration '$(CALIBRATION)' --images '$(IMAGES)' $(COMPARE_OPTIONS)
