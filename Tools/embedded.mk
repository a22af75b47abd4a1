# `make embedded TARGET=cortex-m4` builds libresnet_int8.a and its header in build/cortex-m4, for a processor without an
# operating system. It takes nothing but the Swift toolchain.
#
# As in library.mk, all objects become one, whose only global symbols are those of the header. Functions that no symbol of the
# header reaches are left out. What is left needs no symbol but those of the C compiler's own run-time: that proves that nothing
# allocates.
#
# Attributes of Arm's ABI are removed. With them a linker refuses programs that pass floats in registers (-mfloat-abi=hard),
# though no float is passed to the library or from it but in memory, and warns where a C compiler has short enumerations.

# The targets, the compiler's name for each, and its options for the processor. There is no standard library of its own for
# armv7m, armv8m and armv8.1m. That of armv7em serves them, since it is compiled anew: the option decides. Models and pictures may have
# any alignment, and a program may set the trap for words that are not aligned: no word is read so.
EMBEDDED_TARGETS := cortex-m0plus cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55 riscv32
TRIPLE_cortex-m0plus := armv6m-none-none-eabi
TRIPLE_cortex-m3     := armv7em-none-none-eabi
TRIPLE_cortex-m4     := armv7em-none-none-eabi
TRIPLE_cortex-m7     := armv7em-none-none-eabi
TRIPLE_cortex-m33    := armv7em-none-none-eabi
TRIPLE_cortex-m55    := armv7em-none-none-eabi
TRIPLE_riscv32       := riscv32-none-none-eabi
CPU_OPTIONS_cortex-m0plus := -mcpu=cortex-m0plus
CPU_OPTIONS_cortex-m3     := -mcpu=cortex-m3 -mno-unaligned-access
CPU_OPTIONS_cortex-m4     := -mcpu=cortex-m4 -mno-unaligned-access
CPU_OPTIONS_cortex-m7     := -mcpu=cortex-m7 -mno-unaligned-access
CPU_OPTIONS_cortex-m33    := -mcpu=cortex-m33 -mno-unaligned-access
CPU_OPTIONS_cortex-m55    := -mcpu=cortex-m55 -mno-unaligned-access
CPU_OPTIONS_riscv32       :=

TARGET ?=
.PHONY: embedded known-target
known-target:
	@case " $(EMBEDDED_TARGETS) " in *" $(TARGET) "*) ;; *) \
	  echo "no target '$(TARGET)'; give one, as in \`make embedded TARGET=cortex-m4\`: $(EMBEDDED_TARGETS)" >&2; \
	  exit 1;; esac

embedded: known-target
	@$(MAKE) --no-print-directory build/$(TARGET)/lib/libresnet_int8.a

# Prints the targets, for scripts.
.PHONY: embedded-targets
embedded-targets:
	@echo $(EMBEDDED_TARGETS)

# The linker and its tools for all targets, which come with Swift.
LLVM = $(shell swiftc -print-target-info | sed -n 's|.*"runtimeResourcePath" *: *"\(.*\)/lib/swift".*|\1/bin|p')
# What the C compiler's run-time, libgcc or compiler-rt, has for each processor, beside the four functions of memory.
RUN_TIME := memcpy|memmove|memset|memcmp|__aeabi_[a-z0-9]+|__[a-z]+[sdt]i[0-9]?|__[a-z]+[sd]f[a-z0-9]*

build/%/objects/resnet_int8.o: FORCE
	@mkdir -p $(@D)
	RESNET_INT8_EMBEDDED=1 RESNET_INT8_ARCH=embedded-$* $(SWIFT) --scratch-path .build-embedded-$* --triple $(TRIPLE_$*) \
	  $(foreach option,$(CPU_OPTIONS_$*),-Xswiftc -Xcc -Xswiftc $(option) -Xcc $(option))
	objects=$$(ls .build-embedded-$*/release/ResNetInt8.build/*.swift.o .build-embedded-$*/release/KernelsPortable.build/*.swift.o); \
	$(LLVM)/ld.lld -r --gc-sections -o $@.new $$objects \
	  $$($(LLVM)/llvm-nm -j --defined-only $$objects | sed -n 's/^resnet_int8_/-u &/p')
	$(LLVM)/llvm-objcopy $(HEADER_ALONE) --strip-unneeded --remove-section=.ARM.attributes $@.new
	@needed=$$($(LLVM)/llvm-nm -u $@.new | awk '{print $$NF}' | grep -vE '^($(RUN_TIME))$$'); \
	if [ -n "$$needed" ]; then echo "the library needs what a processor may not have:" $$needed >&2; exit 1; fi
	$(REPLACE_IF_CHANGED)

$(EMBEDDED_TARGETS:%=build/%/lib/libresnet_int8.a): build/%/lib/libresnet_int8.a: build/%/objects/resnet_int8.o $(HEADER)
	@mkdir -p $(@D) build/$*/include
	@rm -f $@
	$(LLVM)/llvm-ar rcsD $@ $<
	@cp $(HEADER) build/$*/include

# Programs for the boards that QEMU has of these processors: start-up, semihosting and memory functions of Tools/firmware.
# BOARD_CC is the C compiler, and BOARD_LINK where the board's memory lies. The boards of secure processors begin in the secure
# half of their addresses.
ARM_CC := arm-none-eabi-gcc -mthumb -fno-short-enums -Wl,--no-enum-size-warning
BOARD_CC_cortex-m0plus := $(ARM_CC) -mcpu=cortex-m0plus
BOARD_CC_cortex-m3     := $(ARM_CC) -mcpu=cortex-m3
BOARD_CC_cortex-m4     := $(ARM_CC) -mcpu=cortex-m4
BOARD_CC_cortex-m7     := $(ARM_CC) -mcpu=cortex-m7
BOARD_CC_cortex-m33    := $(ARM_CC) -mcpu=cortex-m33
BOARD_CC_cortex-m55    := $(ARM_CC) -mcpu=cortex-m55
BOARD_CC_riscv32       := riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32
BOARD_LINK_cortex-m33  := -Wl,--defsym=vectors_start=0x10000000,--defsym=flash_start=0x10000040,--defsym=ram_start=0x38000000
BOARD_LINK_riscv32     := -Wl,--no-warn-rwx-segments
BOARD_LINK_cortex-m55  := -Wl,--defsym=vectors_start=0x10000000,--defsym=flash_start=0x11000000,--defsym=ram_start=0x31000000

FIRMWARE := Tools/firmware
BOARD_FLAGS := -O2 -std=c11 -Wall -Wextra -Werror -ffreestanding -fno-tree-loop-distribute-patterns -ffunction-sections
# BOARD_SOURCES are the sources beside the program's own, and BOARD_PROGRAM what links a program. $(1) is the target.
# (Debian's libgcc says nothing of its stack.)
BOARD_SOURCES = $(addprefix $(FIRMWARE)/,$(if $(filter cortex-%,$(1)),cortex-m.c,riscv.c) semihosting.c number.c memory.c stack.c)
BOARD_PROGRAM = $(BOARD_CC_$(1)) $(BOARD_FLAGS) -I$(FIRMWARE) -Ibuild/$(1)/include -nostdlib $(BOARD_LINK_$(1)) \
  -z noexecstack -Wl,--gc-sections -T $(FIRMWARE)/$(if $(filter cortex-%,$(1)),cortex-m.ld,riscv.ld)
