# make             libresnet_int8.{a,so} and resnet-quantize, in build/
# make demo        quantizes a trained ResNet, compares float with int8, classifies a JPEG from C
# make test        every test
# make install     header, libraries, tool and resnet_int8.pc below PREFIX
# make bench       times the library on this machine
# make threads     the same, with several threads to an image

PREFIX ?= /usr/local
VERSION := 0.1.0
CFLAGS ?= -O2
STRICT := -std=c11 -Wall -Wextra -pedantic -Werror

SWIFT := swift build -c release
EMBEDDED := .build-embedded
HEADER := include/resnet_int8.h
LIBRARY := build/lib/libresnet_int8.a build/lib/libresnet_int8.so build/lib/pkgconfig/resnet_int8.pc

.PHONY: all library tool install clean
all: library tool
library: $(LIBRARY)
tool: build/bin/resnet-quantize

include Tools/library.mk
include Tools/demo.mk
include Tools/bench.mk
include Tools/threads.mk
include Tests/tests.mk

build/bin/resnet-quantize: FORCE | dependencies
	@mkdir -p $(@D)
	$(SWIFT) --product resnet-quantize
	@built="$$($(SWIFT) --show-bin-path)/resnet-quantize"; cmp -s "$$built" $@ || { cp -f "$$built" $@.new && mv -f $@.new $@; }

install: all
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(HEADER) $(DESTDIR)$(PREFIX)/include
	install -m 644 build/lib/libresnet_int8.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 build/lib/libresnet_int8.so $(DESTDIR)$(PREFIX)/lib
	sed 's|^prefix=.*|prefix=$(PREFIX)|' build/lib/pkgconfig/resnet_int8.pc \
	  > $(DESTDIR)$(PREFIX)/lib/pkgconfig/resnet_int8.pc
	install -m 755 build/bin/resnet-quantize $(DESTDIR)$(PREFIX)/bin

clean:
	rm -rf build .build .build-embedded .build-thread-sanitizer

.PHONY: FORCE
FORCE:
