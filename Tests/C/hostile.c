/* Tests that any bytes at all are safe to pass: a status comes back, nothing outside the model is read, nothing
 * outside the arena and the logits is written, and nothing crashes.
 *
 *   hostile MODEL [EVERY]
 *
 * The model lies in read-only pages that end where it ends. The arena, the pixels and the logits end at inaccessible
 * pages too. Damage is tried as it would come, which the checksum catches. It is also tried with the checksum made
 * right again, so that the checks behind the checksum are reached. EVERY is for slow machines: only one in so many
 * damages is tried. */
#define _DEFAULT_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

enum { PAGE = 1 << 16, MODEL_BYTES = 1 << 22, ARENA_BYTES = 1 << 24, MAX_PIXELS = 1 << 20, MAX_CLASSES = 1 << 12 };
enum { GUARD = 0xa5, GUARD_BYTES = 1024, SECONDS = 20 };
enum { WHOLE = 24 << 10, SAMPLES = 2048, MAX_KERNEL_SETS = 16 };

/* Byte offsets in the model's header, and the sizes of records: see docs/file-format.md. */
enum { VERSION = 4, METADATA_SIZE = 12, CHECKSUM = 16 };
enum { TENSOR_COUNT = 40, LAYER_COUNT = 44, TENSOR_BYTES = 56, STRINGS_OFFSET = 60 };
enum { TENSOR_WORDS = 9, LAYER_WORDS = 20, CURRENT_VERSION = 4 };

/* The statuses of resnet_int8.h. `make` takes their names from it. */
static const resnet_int8_status statuses[] = {
#define STATUS(NAME) NAME,
#include "statuses.h"
#undef STATUS
};
enum { STATUS_COUNT = sizeof statuses / sizeof *statuses };

static unsigned long every;

/* The damage that is being tried, for the report of a crash. */
static struct { const char *kind; size_t offset; uint32_t value; } attempted;

static void report_signal(int number) {
  static char line[160];
  int length = snprintf(line, sizeof line, "not ok  signal %d under %s at byte %zu, value %#x\n", number,
                        attempted.kind, attempted.offset, (unsigned)attempted.value);
  if (write(STDOUT_FILENO, line, (size_t)length) != length) _exit(2);
  _exit(EXIT_FAILURE);
}

/* Memory */

static uint8_t intact[MODEL_BYTES];
static size_t model_size;
static uint8_t *writable; /* `writable` and `readable` map the same pages; a model ends where they end */
static const uint8_t *readable;
static uint8_t *arena_end, *pixels_end, *logits_end;

/* Maps pages between inaccessible ones and returns the end of the accessible ones. */
static uint8_t *guarded_pages(size_t size, int protection, int flags, int file) {
  uint8_t *pages = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mmap(pages + PAGE, size, protection, flags | MAP_FIXED, file, 0) == MAP_FAILED)
    stop("mmap", "no memory");
  return pages + PAGE + size;
}

static void map_memory(void) {
  FILE *file = tmpfile();
  if (!file || ftruncate(fileno(file), MODEL_BYTES + PAGE) != 0) stop("tmpfile", "cannot be made");
  readable = guarded_pages(MODEL_BYTES + PAGE, PROT_READ, MAP_SHARED, fileno(file));
  writable = guarded_pages(MODEL_BYTES + PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file));
  arena_end = guarded_pages(ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  pixels_end = guarded_pages(MAX_PIXELS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  logits_end = guarded_pages(MAX_CLASSES * sizeof(float), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  fill_pixels(pixels_end - MAX_PIXELS, MAX_PIXELS, 3);
}

/* Attempts */

static unsigned run_count, contradiction_count, overrun_count;
static uint32_t kernel_turn, arena_turn;
/* The kernel sets that the processor supports; NULL ends them. To list them asks the processor, which is slow. */
static const char *kernel_sets[MAX_KERNEL_SETS + 1];
static unsigned status_counts[STATUS_COUNT]; /* the answers of verify, which is at least as strict as inspect */

static bool is_guard(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (bytes[i] != GUARD) return false;
  return true;
}

static void run_guarded(const uint8_t *model, size_t size, const resnet_int8_info *info) {
  const char *kernels = kernel_sets[kernel_turn++]; /* takes every kernel set in turn, then none: the best stays */
  if (!kernels) kernel_turn = 0, ++arena_turn; /* and once more with another arena */
  resnet_int8_info own = *info;
  if (kernels && resnet_int8_inspect_kernels(model, size, kernels, &own, sizeof own) != RESNET_INT8_OK)
    ++contradiction_count;
  if (own.fastest_arena + GUARD_BYTES + 64 > ARENA_BYTES) own = *info;
  const size_t sizes[] = {own.smallest_arena, own.recommended_arena, own.fastest_arena};
  size_t arena_size = sizes[arena_turn % 3], logits_bytes = info->class_count * sizeof(float);
  size_t arena_bytes = (arena_size + 63) / 64 * 64;
  uint8_t *arena = arena_end - arena_bytes, *logits = logits_end - logits_bytes;
  uint8_t *guard = arena - GUARD_BYTES, *slack = arena + arena_size;
  memset(guard, GUARD, GUARD_BYTES);
  memset(slack, GUARD, (size_t)(arena_end - slack));

  resnet_int8 *network;
  bool ran = resnet_int8_open(model, size, arena, arena_size, &network) == RESNET_INT8_OK;
  if (ran && kernels) ran = resnet_int8_select_kernels(network, kernels) == RESNET_INT8_OK;
  ran = ran && resnet_int8_run(network, pixels_end - pixel_bytes(info), (float *)(void *)logits) == RESNET_INT8_OK;
  for (uint32_t i = 0; ran && i <= info->class_count; ++i) {
    const char *label = resnet_int8_label(network, i);
    if (label && (i == info->class_count || label + strlen(label) >= (const char *)model + size)) ++overrun_count;
  }
  contradiction_count += !ran;
  overrun_count += !is_guard(guard, GUARD_BYTES) || !is_guard(slack, (size_t)(arena_end - slack));
  ++run_count;
}

/* Inspects, verifies and opens the `size` bytes before the pages' end, and runs them where they are a model. */
static resnet_int8_status attempt(size_t size) {
  const uint8_t *model = readable - size;
  alarm(SECONDS);
  resnet_int8_info info;
  resnet_int8_status status = resnet_int8_inspect(model, size, &info, sizeof info);
  resnet_int8_status verified = resnet_int8_verify(model, size);
  contradiction_count += status != RESNET_INT8_OK ? verified != status
                                                  : verified != RESNET_INT8_OK && verified != RESNET_INT8_CORRUPT;
  if (status != RESNET_INT8_OK) {
    resnet_int8 *network = (resnet_int8 *)(void *)arena_end;
    contradiction_count +=
        resnet_int8_open(model, size, arena_end - ARENA_BYTES, ARENA_BYTES, &network) != status || network != NULL;
  } else if (info.fastest_arena + GUARD_BYTES + 64 <= ARENA_BYTES && info.class_count <= MAX_CLASSES &&
             pixel_bytes(&info) <= MAX_PIXELS) {
    run_guarded(model, size, &info);
  }
  ++status_counts[verified];
  return status;
}

/* The result that is expected of the attempts since the last report. Either verify refused all of them, or some were
 * accepted and run, which shows that the code behind the refusals was reached. */
typedef enum { ALL_REFUSED, SOME_RUN } outcome;

static void report(const char *kind, outcome expected) {
  unsigned total = 0;
  for (unsigned i = 0; i < STATUS_COUNT; ++i) total += status_counts[i];
  unsigned ok = status_counts[RESNET_INT8_OK];
  bool as_expected = expected == SOME_RUN ? ok > 0 && run_count > 0 : ok == 0;
  bool holds = total > 0 && contradiction_count == 0 && overrun_count == 0 && as_expected;
  check(holds, "%s: %u tried, %u refused, %u run, %u inconsistent answers, %u overruns", kind, total, total - ok,
        run_count, contradiction_count, overrun_count);
  memset(status_counts, 0, sizeof status_counts);
  run_count = contradiction_count = overrun_count = 0;
}

/* Damage */

static uint32_t word(const uint8_t *bytes, size_t offset) {
  bytes += offset;
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void set_word(uint8_t *bytes, size_t offset, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[offset + (size_t)i] = (uint8_t)(value >> 8 * i);
}

static uint8_t *restore(void) { return memcpy(writable - model_size, intact, model_size); }

/* Makes the metadata's checksum right. It is FNV-1a over 64-bit words with a fold, and takes its own field as 0. */
static void seal(uint8_t *model) {
  size_t size = word(model, METADATA_SIZE);
  if (size > model_size || size % 8 != 0) size = word(intact, METADATA_SIZE);
  memset(model + CHECKSUM, 0, 8);
  uint64_t hash = HASH_START;
  for (size_t i = 0; i < size; i += 8) {
    hash = (hash ^ (word(model, i) | (uint64_t)word(model, i + 4) << 32)) * 0x100000001b3u;
    hash ^= hash >> 32;
  }
  set_word(model, CHECKSUM, (uint32_t)hash);
  set_word(model, CHECKSUM + 4, (uint32_t)(hash >> 32));
}

/* Returns the step from one weight that is tried to the next. In a model of at most WHOLE bytes every weight is
 * tried, in a larger one about SAMPLES of them. */
static size_t weight_step(void) {
  return model_size <= WHOLE ? 1 : 1 + (model_size - word(intact, METADATA_SIZE)) / SAMPLES;
}

/* Tells whether the next damage is tried: one in `every` is. */
static bool is_due(void) {
  static unsigned long count;
  return count++ % every == 0;
}

static void cut(void) {
  attempted.kind = "cut";
  size_t metadata = word(intact, METADATA_SIZE), step = weight_step();
  for (size_t size = 0; size < model_size; size += size < metadata ? 1 : step) {
    if (!is_due()) continue;
    attempted.offset = size;
    memcpy(writable - size, intact, size);
    attempt(size);
  }
  report("cut at a length", ALL_REFUSED);
}

static void flip(const char *kind, size_t first, size_t end, size_t step, bool sealed) {
  attempted.kind = kind;
  uint8_t *model = restore();
  for (size_t offset = first; offset < end; offset += step) {
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    for (unsigned i = 0; i < sizeof masks; ++i) {
      if (!is_due()) continue;
      attempted.offset = offset, attempted.value = masks[i];
      model[offset] ^= masks[i];
      if (sealed) seal(model);
      attempt(model_size);
      memcpy(model + CHECKSUM, intact + CHECKSUM, 8);
      model[offset] = intact[offset];
    }
  }
  report(kind, sealed ? SOME_RUN : ALL_REFUSED);
}

static void replace(const char *kind, size_t first, size_t end) {
  static const uint32_t values[] = {0, 1, 2, 15, 16, 17, 64, 255, 1024, 65536, 0x7fffffff, 0x80000000, 0xffffffff};
  attempted.kind = kind;
  uint8_t *model = restore();
  for (size_t offset = first; offset < end; offset += 4) {
    for (unsigned i = 0; i < sizeof values / sizeof *values; ++i) {
      if (!is_due()) continue;
      attempted.offset = offset, attempted.value = values[i];
      set_word(model, offset, values[i]);
      seal(model);
      attempt(model_size);
      memcpy(model + CHECKSUM, intact + CHECKSUM, 8);
      memcpy(model + offset, intact + offset, 4);
    }
  }
  report(kind, SOME_RUN);
}

/* Replaces several fields of one layer and its two tensors by small numbers or by copies of other fields. The arena is
 * large, so that many of these models are consistent but strange. */
static void scramble(unsigned count) {
  attempted.kind = "several fields of a layer replaced, checksum right";
  size_t first_tensor = word(intact, VERSION) == 1 ? 104 : 120;
  /* Versions 3 and 4 each added a word. */
  uint32_t version = word(intact, VERSION), tensor_words = TENSOR_WORDS - (version <= 2 ? 2 : CURRENT_VERSION - version);
  size_t layers = first_tensor + word(intact, TENSOR_COUNT) * (size_t)tensor_words * 4;
  uint32_t random = 12345;
  for (unsigned i = 0; i < count; ++i) {
    if (!is_due()) continue;
    attempted.offset = i;
    uint8_t *model = restore();
    set_word(model, TENSOR_BYTES, 1 << 22);
    size_t layer = layers + i % word(intact, LAYER_COUNT) * (size_t)LAYER_WORDS * 4;
    size_t tensors[2];
    for (unsigned k = 0; k < 2; ++k) /* the second word of a layer is its input, the third its output */
      tensors[k] = first_tensor + word(intact, layer + 4 + 4 * k) * (size_t)tensor_words * 4;
    for (unsigned fields = 2 + i / 7 % 5; fields > 0; --fields) {
      uint32_t draws[4];
      for (unsigned k = 0; k < 4; ++k) draws[k] = (random = random * 1664525u + 1013904223u) >> 8;
      uint32_t field = draws[0] % (LAYER_WORDS + 2 * tensor_words);
      size_t offset = field < LAYER_WORDS
                          ? layer + 4 * field
                          : tensors[(field - LAYER_WORDS) % 2] + 4 * ((field - LAYER_WORDS) / 2);
      set_word(model, offset, draws[1] % 4 ? draws[2] % 20 : word(intact, layers - 4 * (1 + draws[3] % 64)));
    }
    seal(model);
    attempt(model_size);
  }
  report(attempted.kind, SOME_RUN);
}

/* Arguments */

static void arguments(void) {
  const uint8_t *model = readable - model_size;
  restore();
  resnet_int8_info info;
  require(resnet_int8_inspect(model, model_size, &info, sizeof info), "intact model");
  uint8_t *arena = arena_end - ARENA_BYTES, *pixels = pixels_end - MAX_PIXELS;
  float *logits = (float *)(void *)(logits_end - info.class_count * sizeof *logits);
  resnet_int8 *network;
  require(resnet_int8_open(model, model_size, arena, info.recommended_arena, &network), "intact model");

  const resnet_int8_status null = RESNET_INT8_NULL_POINTER;
  resnet_int8 *none = network;
  check(resnet_int8_inspect(NULL, model_size, &info, sizeof info) == null, "inspect, model NULL");
  check(resnet_int8_inspect(model, model_size, NULL, sizeof info) == null, "inspect, info NULL");
  check(resnet_int8_verify(NULL, model_size) == null, "verify, model NULL");
  check(resnet_int8_open(NULL, model_size, arena, info.recommended_arena, &none) == null && !none, "open, model NULL");
  none = network;
  check(resnet_int8_open(model, model_size, NULL, info.recommended_arena, &none) == null && !none, "open, arena NULL");
  check(resnet_int8_open(model, model_size, arena, info.recommended_arena, NULL) == null, "open, network NULL");
  check(resnet_int8_run(NULL, pixels, logits) == null, "run, network NULL");
  check(resnet_int8_run(network, NULL, logits) == null, "run, pixels NULL");
  check(resnet_int8_run(network, pixels, NULL) == null, "run, logits NULL");
  check(resnet_int8_run_worker(NULL, 0, 1, pixels, logits) == null, "run_worker, network NULL");
  check(resnet_int8_label(NULL, 0) == NULL, "label, network NULL");
  check(resnet_int8_kernels(NULL) == NULL, "kernels, network NULL");
  const resnet_int8_status unknown = RESNET_INT8_UNKNOWN_KERNELS, worker = RESNET_INT8_INVALID_WORKER;
  resnet_int8_info own;
  check(resnet_int8_inspect_kernels(NULL, model_size, "portable", &own, sizeof own) == null, "inspect_kernels, model NULL");
  check(resnet_int8_inspect_kernels(model, model_size, NULL, &own, sizeof own) == null, "inspect_kernels, name NULL");
  check(resnet_int8_inspect_kernels(model, model_size, "portable", NULL, sizeof own) == null, "inspect_kernels, info NULL");
  check(resnet_int8_inspect_kernels(model, model_size, "portabl", &own, sizeof own) == unknown,
        "inspect_kernels, part of a name");
  check(resnet_int8_inspect_kernels(model, model_size, "portable", &own, sizeof own) == RESNET_INT8_OK &&
            own.smallest_arena == info.smallest_arena && own.recommended_arena > own.smallest_arena,
        "inspect_kernels, portable: arenas of %zu and %zu bytes", own.smallest_arena, own.recommended_arena);
  check(resnet_int8_select_kernels(NULL, "portable") == null, "select_kernels, network NULL");
  check(resnet_int8_select_kernels(network, NULL) == null, "select_kernels, name NULL");

  check(resnet_int8_select_kernels(network, "") == unknown, "select_kernels, no name");
  check(resnet_int8_select_kernels(network, "portabl") == unknown, "select_kernels, part of a name");
  check(resnet_int8_select_kernels(network, "portable ") == unknown, "select_kernels, more than a name");
  check(resnet_int8_run_worker(network, 0, 0, pixels, logits) == worker, "run_worker, no workers");
  check(resnet_int8_run_worker(network, 2, 2, pixels, logits) == worker, "run_worker, worker 2 of 2");
  check(resnet_int8_run_worker(network, 0, 65537, pixels, logits) == worker, "run_worker, 65,537 workers");
  check(resnet_int8_label(network, info.class_count) == NULL, "label, past the last class");

  bool holds = true;
  for (unsigned offset = 1; offset < 64; ++offset)
    holds &= resnet_int8_open(model, model_size, arena + offset, info.recommended_arena, &none) ==
                 RESNET_INT8_ARENA_MISALIGNED && !none;
  check(holds, "open, arena misaligned by 1 to 63 bytes");
  check(info.smallest_arena <= info.recommended_arena && info.recommended_arena <= info.fastest_arena,
        "arenas of %zu, %zu and %zu bytes", info.smallest_arena, info.recommended_arena, info.fastest_arena);
  none = network;
  check(resnet_int8_open(model, model_size, arena, info.smallest_arena - 1, &none) == RESNET_INT8_ARENA_TOO_SMALL && !none,
        "open, arena of %zu bytes, one too few", info.smallest_arena - 1);
  check(resnet_int8_open(model, model_size, arena, 0, &none) == RESNET_INT8_ARENA_TOO_SMALL, "open, arena of no bytes");

  const char *unknown_status = resnet_int8_status_string((resnet_int8_status)STATUS_COUNT);
  check(strcmp(unknown_status, "unknown status") == 0, "status_string, a status that is none");
  for (unsigned i = 0; i < STATUS_COUNT; ++i) {
    const char *sentence = resnet_int8_status_string(statuses[i]);
    holds = strcmp(sentence, unknown_status) != 0 && (unsigned)statuses[i] == i;
    for (unsigned j = 0; j < i; ++j) holds &= strcmp(sentence, resnet_int8_status_string(statuses[j])) != 0;
    check(holds, "status_string, %s", sentence);
  }
}

static void other_files(void) {
  static const char text[] = "This is text, and long enough to be taken for a header: 0123456789 0123456789 0123456789 "
                             "0123456789 0123456789";
  attempted.kind = "not a model";
  memcpy(writable - sizeof text, text, sizeof text);
  check(attempt(sizeof text) == RESNET_INT8_NOT_A_MODEL, "text is not a model");
  memset(writable - PAGE, 0, PAGE);
  check(attempt(PAGE) == RESNET_INT8_NOT_A_MODEL, "zeros are not a model");
  check(attempt(0) == RESNET_INT8_TRUNCATED, "no bytes are a truncated model");

  uint8_t *model = restore();
  seal(model);
  check(memcmp(model, intact, model_size) == 0, "this test computes the checksum as the writer does");
  set_word(model, VERSION, CURRENT_VERSION + 1);
  check(attempt(model_size) == RESNET_INT8_LATER_VERSION, "a later version, whose checksum may be another");
  seal(model);
  check(attempt(model_size) == RESNET_INT8_LATER_VERSION, "a later version, checksum right");
  report("other files", ALL_REFUSED);
}

static void misaligned_model(void) {
  attempted.kind = "misaligned model";
  float expected[MAX_CLASSES];
  bool equal = true;
  for (size_t offset = 0; offset < 8; ++offset) {
    memcpy(writable - model_size - offset, intact, model_size);
    const uint8_t *model = readable - model_size - offset;
    resnet_int8_info info;
    require(resnet_int8_inspect(model, model_size, &info, sizeof info), "misaligned model");
    run_guarded(model, model_size, &info);
    size_t byte_count = info.class_count * sizeof *expected;
    if (offset == 0) memcpy(expected, logits_end - byte_count, byte_count);
    equal &= memcmp(expected, logits_end - byte_count, byte_count) == 0;
    ++status_counts[RESNET_INT8_OK];
  }
  check(equal, "a model at offsets 0 to 7: logits equal");
  report("misaligned model", SOME_RUN);
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3) stop("usage", "hostile MODEL [EVERY]");
  every = argc == 3 ? strtoul(argv[2], NULL, 10) : 1;
  if (every == 0) stop(argv[2], "a number of damages, at least 1");
  model_size = read_file(argv[1], intact, sizeof intact);
  map_memory();
  uint32_t index = 0, set_count = 0;
  while ((kernel_sets[set_count] = next_supported_kernels(&index)))
    if (++set_count > MAX_KERNEL_SETS) stop("kernel sets", "more than this test expects");
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGALRM};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; ++i) signal(signals[i], report_signal);

  restore();
  check(attempt(model_size) == RESNET_INT8_OK, "the intact model runs");
  report("intact, in an arena of the exact size", SOME_RUN);
  arguments();
  other_files();
  misaligned_model();

  size_t tables_end = word(intact, STRINGS_OFFSET), metadata = word(intact, METADATA_SIZE);
  cut();
  flip("a byte of the metadata flipped", 0, metadata, 1, false);
  flip("a byte of the weights flipped", metadata, model_size, weight_step(), false);
  flip("a byte of the tables flipped, checksum right", 0, tables_end, 1, true);
  flip("a byte behind the tables flipped, checksum right", tables_end, metadata, 1 + (metadata - tables_end) / 8192,
       true);
  replace("a field of the tables replaced, checksum right", 0, tables_end / 4 * 4);
  replace("a parameter replaced, checksum right", (tables_end + 3) / 4 * 4, metadata);
  scramble(100000);
  return finish();
}
