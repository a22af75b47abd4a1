# `make fuzz TARGET=checkpoint SECONDS=60` lets libFuzzer make inputs for a fuzz target: checkpoint, graph, jpeg, json, png
# or model. What it keeps stays in build/fuzz/TARGET. An input that fails becomes a file in build/fuzz, which belongs in
# Tests/Fuzz/regressions/TARGET once it is mended.
#
# `make fuzz-merge TARGET=checkpoint` adds what build/fuzz/TARGET has found to Tests/Fuzz/corpus/TARGET, the smallest files
# that reach the same code.

FUZZ := build/fuzz
SWIFT_FUZZ_TARGETS := checkpoint graph jpeg json png
TARGET ?= checkpoint
# Swift's own clang, which lies beside swift, has the same libFuzzer.
FUZZ_CLANG = $(dir $(realpath $(shell command -v swift)))clang
SECONDS ?= 60
# No input may take more than 5 seconds or 1 GB.
FUZZ_OPTIONS ?= -timeout=5 -rss_limit_mb=1024 -max_len=65536
FUZZ_FOUND = Tests/Fuzz/corpus/$(TARGET) $(wildcard Tests/Fuzz/regressions/$(TARGET))

$(SWIFT_FUZZ_TARGETS:%=$(FUZZ)/fuzz-%): $(FUZZ)/fuzz-%: FORCE | picture-libraries
	@mkdir -p $(@D)
	RESNET_INT8_FUZZ=1 $(SWIFT) --scratch-path .build-fuzz --product fuzz-$* \
	  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address $(FUZZ_LINK)
	@cp -f .build-fuzz/release/fuzz-$* $@

include Tests/Fuzz/sources.mk
include Tests/Fuzz/jpeg.mk
include Tests/Fuzz/png.mk
include Tests/Fuzz/model.mk

.PHONY: fuzz fuzz-merge
# libFuzzer reports a crash itself. Swift's own report of it takes minutes where the address sanitizer watches.
fuzz: export SWIFT_BACKTRACE := enable=no
fuzz: $(FUZZ)/fuzz-$(TARGET)
	@mkdir -p $(FUZZ)/$(TARGET) Tests/Fuzz/corpus/$(TARGET)
	$< $(FUZZ_OPTIONS) -max_total_time=$(SECONDS) -print_final_stats=1 -artifact_prefix=$(FUZZ)/$(TARGET)- \
	  $(FUZZ)/$(TARGET) $(FUZZ_FOUND)

fuzz-merge: $(FUZZ)/fuzz-$(TARGET)
	$< $(FUZZ_OPTIONS) -merge=1 Tests/Fuzz/corpus/$(TARGET) $(FUZZ)/$(TARGET)

# `make test` gives the targets the files of both folders again, without libFuzzer. One recipe builds all, since SwiftPM
# builds one thing at a time in a folder.
SWIFT_REPLAYS := $(SWIFT_FUZZ_TARGETS:%=$(FUZZ)/replay-%)
FUZZ_REPLAYS := $(SWIFT_REPLAYS) $(FUZZ)/replay-model
$(SWIFT_REPLAYS) &: FORCE | picture-libraries
	@mkdir -p $(FUZZ)
	@for target in $(SWIFT_FUZZ_TARGETS); do \
	  $(SWIFT) --product fuzz-$$target && cp -f .build/release/fuzz-$$target $(FUZZ)/replay-$$target || exit 1; \
	done
