# The fuzz target for models is a C program, as those that use the library are.
#
# `make fuzz-generator SECONDS=60 SEED=1` makes valid models at random, and compares what all kernels compute of them.

MODEL_FUZZER := $(addprefix Tests/Fuzz/Model/,model.c comparison.c regions.c workers.c)
MODEL_FUZZER_FLAGS = $(CFLAGS) $(STRICT) -D_GNU_SOURCE -Iinclude -ITests/Fuzz/Driver/include
MODEL_FUZZER_HEADERS := $(wildcard Tests/Fuzz/Model/*.h) $(HEADER)

$(FUZZ)/fuzz-model: $(MODEL_FUZZER) Tests/Fuzz/Model/mutator.c $(FUZZED)/resnet_int8.o $(MODEL_FUZZER_HEADERS)
	$(FUZZ_CLANG) $(MODEL_FUZZER_FLAGS) -DRESNET_INT8_FUZZ -fsanitize=fuzzer,address \
	  -fuse-ld=lld -o $@ $(filter %.c %.o,$^)

$(FUZZ)/replay-model: $(MODEL_FUZZER) Tests/Fuzz/Driver/Replay.c build/lib/libresnet_int8.a $(MODEL_FUZZER_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(MODEL_FUZZER_FLAGS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^)

.PHONY: fuzz-generator
fuzz-generator: build/tests/generator
	$< $(SECONDS) $(SEED)
