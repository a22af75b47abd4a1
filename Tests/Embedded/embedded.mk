# The library on microcontrollers, emulated: each model's logits on each target must have the host's bits.

BOARD_TESTS := $(TESTS)/embedded
BOARD_MODELS = $(REFERENCE_MODELS) $(TRAINED_MODELS)

$(BOARD_TESTS)/host: Tests/Embedded/logits.c Tests/Embedded/host.c $(FIRMWARE)/number.c $(FIRMWARE)/board.h $(HEADER) \
  build/lib/libresnet_int8.a
	@mkdir -p $(@D)
	$(CC) $(C_TEST_FLAGS) -I$(FIRMWARE) $(LDFLAGS) -o $@ $(filter %.c %.a,$^)

# BOARD_TEST is a rule for a target's programs, one a model.
define BOARD_TEST
$(BOARD_TESTS)/$(1)/%.elf: $(TESTS)/%.rn8 Tests/Embedded/logits.c $(wildcard $(FIRMWARE)/*) build/$(1)/lib/libresnet_int8.a
	@mkdir -p $$(@D)
	@$(call BOARD_PROGRAM,$(1)) -DTRAP_UNALIGNED -DMODEL='"$$<"' -o $$@ Tests/Embedded/logits.c \
	  $(call BOARD_SOURCES,$(1)) build/$(1)/lib/libresnet_int8.a -lgcc
endef
$(foreach target,$(EMBEDDED_TARGETS),$(eval $(call BOARD_TEST,$(target))))

# Where a target's C compiler is missing, its programs are not built, and run.sh says so.
board-tests: $(BOARD_TESTS)/host \
  $(foreach target,$(EMBEDDED_TARGETS),$(if $(shell command -v $(firstword $(BOARD_CC_$(target)))),\
    $(patsubst $(TESTS)/%.rn8,$(BOARD_TESTS)/$(target)/%.elf,$(BOARD_MODELS))))
.PHONY: board-tests
