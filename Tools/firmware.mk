# `make firmware` puts a model into a program for a microcontroller, and runs it on the board that QEMU has of it:
# `make firmware MODEL=resnet20.rn8 TARGET=cortex-m4 ARENA=smallest`.

FIRMWARE_TARGET := $(or $(TARGET),cortex-m4)
FIRMWARE_BUILD := build/firmware/$(FIRMWARE_TARGET)
ARENA ?= smallest

.PHONY: firmware firmware-tools
firmware: TARGET := $(FIRMWARE_TARGET)
# `make demo` does not install what is missing here.
firmware-tools: OR_DEMO :=
firmware-tools: known-target
	@[ -e $(MODEL) ] || { echo "no model $(MODEL): run \`make demo\` first, or give MODEL=FILE.rn8" >&2; exit 1; }
	@missing=; \
	case $(FIRMWARE_TARGET) in \
	  cortex-*) compiler=gcc-arm-none-eabi emulator=qemu-system-arm; command -v $$emulator;; \
	  *) compiler=gcc-riscv64-unknown-elf emulator=qemu-system-misc; command -v qemu-system-riscv32;; \
	esac > /dev/null || missing=" $$emulator"; \
	command -v $(firstword $(BOARD_CC_$(FIRMWARE_TARGET))) > /dev/null || missing="$$missing $$compiler"; \
	$(REQUIRE_MISSING)

# The model becomes network.rn8, so that the program finds network.h whatever the model's name is. The folder is removed first
# because emit-c replaces nothing that it does not know, such as what an interrupted run left behind.
firmware: firmware-tools build/$(FIRMWARE_TARGET)/lib/libresnet_int8.a $(RESNET_QUANTIZE)
	@rm -rf $(FIRMWARE_BUILD) && mkdir -p $(FIRMWARE_BUILD) && cp $(MODEL) $(FIRMWARE_BUILD)/network.rn8
	$(RESNET_QUANTIZE) emit-c $(FIRMWARE_BUILD)/network.rn8 --arena $(ARENA) --output $(FIRMWARE_BUILD)/network
	$(call BOARD_PROGRAM,$(FIRMWARE_TARGET)) -I$(FIRMWARE_BUILD)/network -o $(FIRMWARE_BUILD)/firmware.elf \
	  $(FIRMWARE)/main.c $(FIRMWARE_BUILD)/network/network.c $(FIRMWARE_BUILD)/network/network_model.S \
	  $(call BOARD_SOURCES,$(FIRMWARE_TARGET)) build/$(FIRMWARE_TARGET)/lib/libresnet_int8.a -lgcc
	$(FIRMWARE)/emulate.sh $(FIRMWARE_TARGET) $(FIRMWARE_BUILD)/firmware.elf
