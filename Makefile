# make                  builds libresnet_int8.{a,so}, resnet-quantize and resnet-bench in build/; installs nothing
# make demo             quantizes a trained ResNet, compares float with int8, classifies a JPEG from C; installs what is missing
# make test             runs every test; installs what is missing
# make install          header, libraries, resnet_int8.pc and tools, below PREFIX
# make install-library  the same without the tools, which need libjpeg and libpng
# make uninstall        removes what install put there
# make oracle           compares random models with a slow reference, bit for bit
# make bench            times a model on this machine, layer by layer
# make threads          times images shared by several threads, from C
# make bench-pictures   times the preparation of a picture beside Pillow's
# make bench-peers      times it beside OpenVINO, ONNX Runtime and PyTorch
# make compare-quantizers  compares the logits of int8 models that this project and other tools make
# make embedded         builds the library for a microcontroller: TARGET=cortex-m4
# make firmware         puts a model into a program for it, and runs that on an emulated board: MODEL=model.rn8
# make selftest         computes the published vectors of Tests/Vectors on this machine
# make fuzz             lets libFuzzer look for inputs that crash, hang or bloat: TARGET=checkpoint SECONDS=60
#
# ARCH=aarch64 builds or installs the library alone, for that architecture.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
VERSION := 0.1.0
CFLAGS ?= -O2
STRICT := -std=c11 -Wall -Wextra -pedantic -Werror

SWIFT := swift build -c release
HEADER := include/resnet_int8.h

.PHONY: all
all:

include Tools/packages.mk
include Tools/library.mk
include Tools/embedded.mk
include Tools/tools.mk
include Tools/install.mk
include Tools/demo.mk
include Tools/bench.mk
include Tools/compare.mk
include Tools/threads.mk
include Tools/selftest.mk
include Tools/firmware.mk
include Tests/Oracle/oracle.mk
include Tests/Fuzz/fuzz.mk
include Tests/tests.mk
include Tests/Embedded/embedded.mk

# Tools run where they are built: for another architecture there is the library alone.
ifeq ($(ARCH),$(HOST_ARCH))
all: picture-libraries library tools
else
all: library
endif

.PHONY: clean
clean:
	rm -rf build .build .build-embedded* .build-thread-sanitizer .build-fuzz*

.PHONY: FORCE
FORCE:
