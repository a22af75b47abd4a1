# make             libresnet_int8.{a,so}, resnet-quantize and resnet-bench, in build/
# make demo        quantizes a trained ResNet, compares float with int8, classifies a JPEG from C
# make test        every test
# make install     header, libraries, tools and resnet_int8.pc below PREFIX
# make bench       times a model on this machine, layer by layer
# make threads     times images shared by several threads, from C
# make bench-peers times it beside OpenVINO, ONNX Runtime and PyTorch

PREFIX ?= /usr/local
VERSION := 0.1.0
CFLAGS ?= -O2
STRICT := -std=c11 -Wall -Wextra -pedantic -Werror

SWIFT := swift build -c release
HEADER := include/resnet_int8.h
TOOLS := build/bin/resnet-quantize build/bin/resnet-bench

.PHONY: all library tools install clean
all: library tools
tools: $(TOOLS)

include Tools/library.mk
include Tools/demo.mk
include Tools/bench.mk
include Tools/threads.mk
include Tests/tests.mk

$(TOOLS): build/bin/%: FORCE | dependencies
	@mkdir -p $(@D)
	$(SWIFT) --product $*
	@built="$$($(SWIFT) --show-bin-path)/$*"; cmp -s "$$built" $@ || { cp -f "$$built" $@.new && mv -f $@.new $@; }

install: all
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(HEADER) $(DESTDIR)$(PREFIX)/include
	install -m 644 $(BUILD)/lib/libresnet_int8.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(BUILD)/lib/libresnet_int8.so $(DESTDIR)$(PREFIX)/lib
	sed 's|^prefix=.*|prefix=$(PREFIX)|' $(BUILD)/lib/pkgconfig/resnet_int8.pc \
	  > $(DESTDIR)$(PREFIX)/lib/pkgconfig/resnet_int8.pc
	install -m 755 $(TOOLS) $(DESTDIR)$(PREFIX)/bin

clean:
	rm -rf build .build .build-embedded* .build-thread-sanitizer

.PHONY: FORCE
FORCE:
