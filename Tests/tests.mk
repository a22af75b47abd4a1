# `make test` runs the Swift tests, then the C programs of Tests/C, which use only the header and the library.

TESTS := build/tests
C_TESTS := $(addprefix $(TESTS)/,heap hostile kernels older stack workers)

# The models are a small network of each structure, and both trained networks. Tests that need only one model run the
# first.
REFERENCE_MODELS := $(patsubst %,$(TESTS)/%.rn8,\
  basic basic-grey bottleneck-dilated resnext-4 resnet-d-odd cifar-a cifar-b-odd labml-bottleneck-k4)
TRAINED_MODELS := $(TESTS)/resnet20-fashion-mnist.rn8 $(TESTS)/bottleneck-fashion-mnist.rn8

$(REFERENCE_MODELS): SIZE := 32
$(REFERENCE_MODELS): SAMPLES := 16
$(TESTS)/basic-grey.rn8: OPTIONS := --mean 0.5 --std 0.25
$(TESTS)/bottleneck-dilated.rn8: OPTIONS := --dilate-stage 3 --dilate-stage 4
$(TESTS)/cifar-b-odd.rn8: SIZE := 17
$(TESTS)/resnet-d-odd.rn8: SIZE := 51
$(TRAINED_MODELS): SAMPLES := 500
$(TRAINED_MODELS): OPTIONS := --labels build/fashion-mnist/labels.txt
$(TESTS)/resnet20-fashion-mnist.rn8: SIZE := 28
$(TESTS)/bottleneck-fashion-mnist.rn8: SIZE := 56

QUANTIZE_FOR_TEST = $(RESNET_QUANTIZE) $< --calibration build/fashion-mnist/calibration --samples $(SAMPLES) \
  --input-size $(SIZE) $(OPTIONS) --output $@

$(REFERENCE_MODELS): $(TESTS)/%.rn8: Tests/Fixtures/reference/%.pth build/bin/resnet-quantize $(FASHION_IMAGES)
	@mkdir -p $(@D)
	@$(QUANTIZE_FOR_TEST)

$(TRAINED_MODELS): $(TESTS)/%.rn8: $(CHECKPOINTS)/%.pth build/bin/resnet-quantize $(FASHION_IMAGES)
	@mkdir -p $(@D)
	@$(QUANTIZE_FOR_TEST)

# statuses.h has a line STATUS(NAME) for each status of the header.
$(TESTS)/statuses.h: $(HEADER)
	@mkdir -p $(@D)
	@sed -n '/enum resnet_int8_status/,/^}/s/^  \(RESNET_INT8_[A-Z_0-9]*\)[ ,].*/STATUS(\1)/p' $< > $@

C_TEST_FLAGS = $(CFLAGS) $(STRICT) -Iinclude -I$(TESTS) -pthread
$(C_TESTS): $(TESTS)/%: Tests/C/%.c Tests/C/support.h $(TESTS)/statuses.h $(HEADER) build/lib/libresnet_int8.a
	$(CC) $(C_TEST_FLAGS) $(LDFLAGS) $(LINK) -o $@ $< build/lib/libresnet_int8.a
$(TESTS)/heap: LINK := -static

# The test of prepared pictures shares records and guarded memory with the fuzz target for models.
PREPARE := Tests/C/prepare.c Tests/Fuzz/Model/regions.c
PREPARE_FLAGS = $(C_TEST_FLAGS) -D_GNU_SOURCE -ITests/Fuzz/Model
$(TESTS)/prepare: $(PREPARE) Tests/C/support.h Tests/Fuzz/Model/records.h Tests/Fuzz/Model/regions.h $(TESTS)/statuses.h \
  $(HEADER) build/lib/libresnet_int8.a
	$(CC) $(PREPARE_FLAGS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^)

$(TESTS)/classify: Tools/classify/classify.c $(HEADER) build/lib/libresnet_int8.a | picture-libraries
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude $(LDFLAGS) -o $@ $< build/lib/libresnet_int8.a -ljpeg -lm

# The generator of models shares its comparison with the fuzz target for models.
GENERATOR := $(wildcard Tests/Fuzz/Generator/*.c) $(addprefix Tests/Fuzz/Model/,comparison.c regions.c workers.c)
GENERATOR_FLAGS = $(C_TEST_FLAGS) -D_GNU_SOURCE -ITests/Fuzz/Model
$(TESTS)/generator: $(GENERATOR) $(wildcard Tests/Fuzz/Generator/*.h Tests/Fuzz/Model/*.h) $(HEADER) build/lib/libresnet_int8.a
	@mkdir -p $(@D)
	$(CC) $(GENERATOR_FLAGS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^)

# An emulator runs the same programs built for AArch64. Without a compiler for it there are none, and run.sh says so.
.PHONY: aarch64-tests
aarch64-tests: $(TESTS)/statuses.h $(SELFTEST)/vectors.h | emulators
	@if [ $(HOST_ARCH) = x86_64 ] && command -v aarch64-linux-gnu-gcc > /dev/null; then \
	  $(MAKE) --no-print-directory library ARCH=aarch64 && mkdir -p $(TESTS)/aarch64 && \
	  for source in $(C_TESTS:$(TESTS)/%=Tests/C/%.c) Tests/Oracle/logits.c Tools/selftest/selftest.c; do \
	    aarch64-linux-gnu-gcc $(C_TEST_FLAGS) -I$(SELFTEST) -static -o $(TESTS)/aarch64/$$(basename $$source .c) $$source \
	      build/aarch64/lib/libresnet_int8.a || exit 1; \
	  done; \
	  aarch64-linux-gnu-gcc $(PREPARE_FLAGS) -static -o $(TESTS)/aarch64/prepare $(PREPARE) \
	    build/aarch64/lib/libresnet_int8.a || exit 1; \
	  aarch64-linux-gnu-gcc $(GENERATOR_FLAGS) -static -o $(TESTS)/aarch64/generator $(GENERATOR) \
	    build/aarch64/lib/libresnet_int8.a; \
	else rm -rf $(TESTS)/aarch64; fi

# Not every compiler has the address sanitizer's runtime. Without it this program is not built, and run.sh says so.
$(TESTS)/hostile-sanitized: Tests/C/hostile.c Tests/C/support.h $(TESTS)/statuses.h $(HEADER) build/lib/libresnet_int8.a
	@$(CC) $(C_TEST_FLAGS) -fsanitize=address -o $@ $< build/lib/libresnet_int8.a 2> /dev/null || rm -f $@

# Where the compiler lacks the thread sanitizer's runtime, these programs are not built either.
THREAD_TESTS := $(addprefix $(THREAD_SANITIZED)/,workers race threads)
$(THREAD_SANITIZED)/workers: Tests/C/workers.c
$(THREAD_SANITIZED)/race: Tests/C/race.c
$(THREAD_SANITIZED)/threads: Tools/threads/threads.c
$(THREAD_TESTS): Tests/C/support.h $(HEADER) $(THREAD_SANITIZED)/resnet_int8.o
	@if echo 'int main(void) { return 0; }' | $(CC) -fsanitize=thread -x c -o $@ - 2> /dev/null; then \
	  $(CC) $(C_TEST_FLAGS) -fsanitize=thread -o $@ $(filter %.c %.o,$^); \
	else rm -f $@; fi

# SwiftPM builds one thing at a time in a folder: what shares the folder of the tools waits for its turn here.
build/bin/resnet-bench: | $(RESNET_QUANTIZE)
$(SWIFT_REPLAYS): | tools
.PHONY: swift-tests
swift-tests: | $(SWIFT_REPLAYS)
	$(SWIFT) --build-tests

# Everything that tests run.
.PHONY: test-products
test-products: library tools swift-tests aarch64-tests board-tests $(C_TESTS) $(TESTS)/hostile-sanitized $(THREAD_TESTS) \
  $(addprefix $(TESTS)/,logits generator prepare selftest classify) build/bin/threads $(FUZZ_REPLAYS) \
  $(REFERENCE_MODELS) $(TRAINED_MODELS)

# Dask, for the examples of docs/evaluation.md. Where it cannot be installed, as without a network, they are skipped.
DASK := $(TESTS)/dask
.PHONY: dask
dask: | schedulers
	-@[ $(DASK)/installed -nt Tests/Build/requirements.txt ] || { \
	  $(PYTHON) -m venv --clear $(DASK) && $(DASK)/bin/pip install --quiet -r Tests/Build/requirements.txt && \
	  touch $(DASK)/installed; \
	} || { rm -rf $(DASK); false; }

# Products are built side by side. The second suite runs even where the first one fails.
.PHONY: test
test: emulators numpy signing schedulers dask picture-libraries fashion-mnist-data
	@$(MAKE) --no-print-directory --jobs=$(shell nproc) --output-sync=target test-products
	@status=0; \
	swift test -c release --disable-testable-imports --skip-build || status=1; \
	printf '\n== C programs, with the header and the library alone ==\n'; \
	Tests/C/run.sh $(REFERENCE_MODELS) $(TRAINED_MODELS) || status=1; \
	exit $$status
