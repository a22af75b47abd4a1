# `make fuzz TARGET=checkpoint SECONDS=60` lets libFuzzer make inputs for a fuzz target: checkpoint, graph, jpeg or model.
# What it keeps stays in build/fuzz/TARGET. An input that fails becomes a file in build/fuzz, which belongs in
# Tests/Fuzz/regressions/TARGET once it is mended.
#
# `make fuzz-merge TARGET=checkpoint` adds what build/fuzz/TARGET has found to Tests/Fuzz/corpus/TARGET, the smallest files
# that reach the same code.

FUZZ := build/fuzz
SWIFT_FUZZ_TARGETS := checkpoint graph jpeg
SECONDS ?= 60
# No input may take more than 5 seconds or 1 GB.
FUZZ_OPTIONS ?= -timeout=5 -rss_limit_mb=1024 -max_len=65536
FUZZ_FOUND = Tests/Fuzz/corpus/$(TARGET) $(wildcard Tests/Fuzz/regressions/$(TARGET))

$(SWIFT_FUZZ_TARGETS:%=$(FUZZ)/fuzz-%): $(FUZZ)/fuzz-%: FORCE | libjpeg
	@mkdir -p $(@D)
	RESNET_INT8_FUZZ=1 $(SWIFT) --scratch-path .build-fuzz --product fuzz-$* \
	  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address
	@cp -f .build-fuzz/release/fuzz-$* $@

# The target for models is a C program, as those that use the library are. Swift's clang has libFuzzer; it lies beside swift.
MODEL_FUZZER := $(addprefix Tests/Fuzz/Model/,model.c comparison.c regions.c workers.c)
MODEL_FUZZER_FLAGS = $(CFLAGS) $(STRICT) -D_GNU_SOURCE -Iinclude -ITests/Fuzz/Driver/include
MODEL_FUZZER_HEADERS := $(wildcard Tests/Fuzz/Model/*.h) $(HEADER)

$(FUZZ)/fuzz-model: $(MODEL_FUZZER) Tests/Fuzz/Model/mutator.c $(FUZZED)/resnet_int8.o $(MODEL_FUZZER_HEADERS)
	$(dir $(realpath $(shell command -v swift)))clang $(MODEL_FUZZER_FLAGS) -DRESNET_INT8_FUZZ -fsanitize=fuzzer,address \
	  -o $@ $(filter %.c %.o,$^)

.PHONY: fuzz fuzz-merge
fuzz: $(FUZZ)/fuzz-$(TARGET)
	@mkdir -p $(FUZZ)/$(TARGET) Tests/Fuzz/corpus/$(TARGET)
	$< $(FUZZ_OPTIONS) -max_total_time=$(SECONDS) -print_final_stats=1 -artifact_prefix=$(FUZZ)/$(TARGET)- \
	  $(FUZZ)/$(TARGET) $(FUZZ_FOUND)

fuzz-merge: $(FUZZ)/fuzz-$(TARGET)
	$< $(FUZZ_OPTIONS) -merge=1 Tests/Fuzz/corpus/$(TARGET) $(FUZZ)/$(TARGET)

# `make fuzz-generator SECONDS=60 SEED=1` makes valid models at random and compares what all kernels compute from them.
SEED ?= 1
.PHONY: fuzz-generator
fuzz-generator: build/tests/generator
	$< $(SECONDS) $(SEED)

# `make test` gives the targets the files of both folders again, without libFuzzer.
FUZZ_REPLAYS := $(addprefix $(FUZZ)/replay-,$(SWIFT_FUZZ_TARGETS) model)
$(SWIFT_FUZZ_TARGETS:%=$(FUZZ)/replay-%): $(FUZZ)/replay-%: FORCE | libjpeg
	@mkdir -p $(@D)
	$(SWIFT) --product fuzz-$*
	@cp -f .build/release/fuzz-$* $@

$(FUZZ)/replay-model: $(MODEL_FUZZER) Tests/Fuzz/Driver/Replay.c build/lib/libresnet_int8.a $(MODEL_FUZZER_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(MODEL_FUZZER_FLAGS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^)
