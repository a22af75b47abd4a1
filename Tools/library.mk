# `make library` builds libresnet_int8 from Sources/Target, compiled as Embedded Swift. `make library ARCH=aarch64` on
# another machine builds it for Linux on AArch64, in build/aarch64, with that architecture's C compiler and binutils.
#
# First, each kernel module becomes one object whose only global symbol is its C function. Beside that function the
# compiler emits weak copies of run-time helpers, compiled for the module's own processor. If a linker kept such a copy
# for the whole library, an older processor would crash. Then all objects become one, whose only global symbols are
# those of the header.
#
# What a module imports from another one, such as ModelFormat, is compiled into it. The compiler also leaves a hash of
# the module for itself. The hash differs from folder to folder and is removed, so that every checkout gives the same
# archive.

HOST_ARCH := $(patsubst arm64,aarch64,$(shell uname -m))
ARCH := $(HOST_ARCH)
# The folders of kernel modules in Sources/Target/Kernels.
KERNELS_x86_64 := AVX2 AVXVNNI AVX512 AVX512VNNI AMX
KERNELS_aarch64 := NEON NEONDotProduct
KERNELS := Portable $(KERNELS_$(ARCH))

ifeq ($(ARCH),$(HOST_ARCH))
  BUILD := build
  EMBEDDED := .build-embedded
  LIBRARY_CC := $(CC)
else
  BUILD := build/$(ARCH)
  EMBEDDED := .build-embedded-$(ARCH)
  CROSS := $(ARCH)-linux-gnu-
  LIBRARY_CC := $(CROSS)gcc
  TRIPLE := --triple $(ARCH)-none-none-elf
endif
OBJECTS := $(BUILD)/objects
# SONAME is the file that a program linked with the shared library looks for. It changes when programs must be compiled
# again.
SONAME := libresnet_int8.so.$(firstword $(subst ., ,$(VERSION)))
SHARED := libresnet_int8.so.$(VERSION)
LIBRARY := $(addprefix $(BUILD)/lib/,libresnet_int8.a libresnet_int8.so pkgconfig/resnet_int8.pc)

.PHONY: library
library: $(LIBRARY)

# MODULE_OBJECTS are the objects of a module. $(1) is the module's name, and $(2) its folder in Sources/Target.
MODULE_OBJECTS = $(patsubst Sources/Target/$(2)/%,$(EMBEDDED)/release/$(1).build/%.o,$(wildcard Sources/Target/$(2)/*.swift))

# For Tests/C there is a second library that reports every memory access to the thread sanitizer.
THREAD_SANITIZED := build/tests/thread-sanitized
$(THREAD_SANITIZED)/resnet_int8.o: EMBEDDED := .build-thread-sanitizer
$(THREAD_SANITIZED)/resnet_int8.o: SANITIZE := --sanitize=thread
# Up to GCC 12, the sanitizer's runtime has these functions under their plain names only.
$(THREAD_SANITIZED)/resnet_int8.o: RENAME := $(foreach name,memcpy memmove memset,--redefine-sym __tsan_$(name)=$(name))

# For Tests/Fuzz there is a third one that tells libFuzzer which code runs, and the address sanitizer which memory it uses.
FUZZED := build/fuzz/library
$(FUZZED)/resnet_int8.o: EMBEDDED := .build-fuzz-library
$(FUZZED)/resnet_int8.o: SANITIZE := -Xswiftc -sanitize=fuzzer,address

# HEADER_ALONE makes the header's symbols the only global ones, and removes what the compiler left for itself. REPLACE_IF_CHANGED
# ends a recipe that made its target's file beside it.
HEADER_ALONE := --wildcard --keep-global-symbol='resnet_int8_*' --strip-debug \
  --remove-section=.swift1_autolink_entries --remove-section=.swift_modhash
REPLACE_IF_CHANGED = @if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(OBJECTS)/resnet_int8.o $(THREAD_SANITIZED)/resnet_int8.o $(FUZZED)/resnet_int8.o: FORCE
	@mkdir -p $(@D)
	RESNET_INT8_EMBEDDED=1 RESNET_INT8_ARCH=$(ARCH) $(SWIFT) --scratch-path $(EMBEDDED) $(TRIPLE) $(SANITIZE)
	$(foreach set,$(KERNELS),$(call isolate,$(set)) &&) true
	$(CROSS)ld -r -o $@.new $(call MODULE_OBJECTS,ResNetInt8,Runtime) \
	  $(foreach set,$(KERNELS),$(@D)/Kernels$(set).o)
	$(CROSS)objcopy $(HEADER_ALONE) $(RENAME) $@.new
	$(REPLACE_IF_CHANGED)

# isolate makes one object of a kernel module, with its C functions. $(1) is the module's name after Kernels.
isolate = $(CROSS)ld -r -o $(@D)/Kernels$(1).o $(call MODULE_OBJECTS,Kernels$(1),Kernels/$(1)) && \
  $(CROSS)objcopy --wildcard --keep-global-symbol='rn8_*' $(@D)/Kernels$(1).o

$(BUILD)/lib/libresnet_int8.a: $(OBJECTS)/resnet_int8.o
	@mkdir -p $(@D)
	@rm -f $@
	$(CROSS)ar rcsD $@ $<

$(BUILD)/lib/libresnet_int8.so: $(OBJECTS)/resnet_int8.o
	@mkdir -p $(@D)
	$(LIBRARY_CC) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--no-undefined -o $(@D)/$(SHARED) $<
	@ln -sf $(SHARED) $(@D)/$(SONAME)
	@ln -sf $(SONAME) $@

$(BUILD)/lib/pkgconfig/resnet_int8.pc: Makefile Tools/library.mk $(HEADER)
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(CURDIR)/$(BUILD)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	  'Name: resnet_int8' 'Description: Trained ResNets in int8, without heap or dependencies' \
	  'Version: $(VERSION)' 'Libs: -L$${libdir} -lresnet_int8' 'Cflags: -I$${includedir}' > $@
	@mkdir -p $(BUILD)/include && cp $(HEADER) $(BUILD)/include
