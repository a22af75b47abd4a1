# libresnet_int8, from the target side compiled as Embedded Swift.
#
# Each kernel module becomes one object whose only global symbol is its C function: what the compiler emits beside it
# (weak copies of runtime helpers) is compiled for that module's processor, and a linker that kept such a copy for all
# would crash an older one. Then all become one object whose only global symbols are those of the header.

MODULE_OBJECTS = $(patsubst Sources/$(1)/%,$(EMBEDDED)/release/$(1).build/%.o,$(wildcard Sources/$(1)/*.swift))
OBJECTS := build/objects
KERNELS := Portable:rn8_kernels_portable AVX512VNNI:rn8_kernels_avx512vnni AMX:rn8_kernels_amx

# The same with every access reported to the thread sanitizer, for Tests/C.
THREAD_SANITIZED := build/tests/thread-sanitized
$(THREAD_SANITIZED)/resnet_int8.o: EMBEDDED := .build-thread-sanitizer
$(THREAD_SANITIZED)/resnet_int8.o: SANITIZE := --sanitize=thread
# GCC's runtime, up to 12, has these under their plain names alone.
$(THREAD_SANITIZED)/resnet_int8.o: RENAME := $(foreach name,memcpy memmove memset,--redefine-sym __tsan_$(name)=$(name))

$(OBJECTS)/resnet_int8.o $(THREAD_SANITIZED)/resnet_int8.o: FORCE
	@mkdir -p $(@D)
	RESNET_INT8_EMBEDDED=1 $(SWIFT) --scratch-path $(EMBEDDED) $(SANITIZE)
	$(foreach pair,$(KERNELS),$(call isolate,$(word 1,$(subst :, ,$(pair))),$(word 2,$(subst :, ,$(pair))))&&) true
	ld -r -o $@.new $(call MODULE_OBJECTS,ResNetInt8) $(call MODULE_OBJECTS,ModelFormat) \
	  $(foreach pair,$(KERNELS),$(@D)/Kernels$(word 1,$(subst :, ,$(pair))).o)
	objcopy --wildcard --keep-global-symbol='resnet_int8_*' --strip-debug --remove-section=.swift1_autolink_entries $(RENAME) $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# $(1): the module's name after Kernels; $(2): its C function.
isolate = ld -r -o $(@D)/Kernels$(1).o $(call MODULE_OBJECTS,Kernels$(1)) && \
  objcopy --keep-global-symbol=$(2) $(@D)/Kernels$(1).o

build/lib/libresnet_int8.a: $(OBJECTS)/resnet_int8.o
	@mkdir -p $(@D)
	@rm -f $@
	ar rcsD $@ $<

build/lib/libresnet_int8.so: $(OBJECTS)/resnet_int8.o
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-soname,libresnet_int8.so -Wl,--no-undefined -o $@ $<

build/lib/pkgconfig/resnet_int8.pc: Makefile $(HEADER)
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(CURDIR)/build' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	  'Name: resnet_int8' 'Description: Trained ResNets in int8, without heap or dependencies' \
	  'Version: $(VERSION)' 'Libs: -L$${libdir} -lresnet_int8' 'Cflags: -I$${includedir}' > $@
	@mkdir -p build/include && cp $(HEADER) build/include
