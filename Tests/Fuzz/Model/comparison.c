#include "comparison.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "records.h"
#include "regions.h"
#include "workers.h"

enum { MODEL_BYTES = 16 << 20, ARENA_BYTES = 32 << 20, PIXEL_BYTES = 4 << 20, LOGIT_BYTES = MAX_CLASSES * 4 };

totals total = {.hash = 0xcbf29ce484222325u};

static struct { region model, arena, pixels, logits; float *expected; uint32_t set_count; } memory;

/* A model while it is compared. */
typedef struct attempt {
  block model, pixels;
  resnet_int8_info info;
  worker_counts counts;
  bool has_expected;
  random_state random;
} attempt;

static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("CONTRADICTION: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  abort();
}

static void prepare(void) {
  if (memory.set_count > 0) return;
  memory.model = make_region(MODEL_BYTES, true);
  memory.pixels = make_region(PIXEL_BYTES, true);
  memory.arena = make_region(ARENA_BYTES, false);
  memory.logits = make_region(LOGIT_BYTES, false);
  memory.expected = malloc(LOGIT_BYTES);
  if (!memory.expected) fail("no memory");
  int is_supported;
  const char *name;
  for (uint32_t i = 0; (name = resnet_int8_kernel_set(i, &is_supported)); ++i)
    if (is_supported && memory.set_count < SET_LIMIT) total.sets[memory.set_count++] = name;
}

/* Statuses */

static resnet_int8_status inspect(attempt *self) {
  resnet_int8_info untouched;
  memset(&self->info, 0x5a, sizeof self->info);
  memset(&untouched, 0x5a, sizeof untouched);
  resnet_int8_status status = resnet_int8_inspect(self->model.bytes, self->model.size, &self->info, sizeof self->info);
  resnet_int8_status verified = resnet_int8_verify(self->model.bytes, self->model.size);
  if ((unsigned)status >= STATUS_LIMIT || !strcmp(resnet_int8_status_string(status), "unknown status"))
    fail("inspect returns %d", (int)status);
  if (status == RESNET_INT8_OK) {
    if (verified != RESNET_INT8_OK && verified != RESNET_INT8_CORRUPT) fail("verify returns %d", (int)verified);
    return status;
  }
  if (verified != status) fail("inspect returns %d, verify %d", (int)status, (int)verified);
  if (memcmp(&self->info, &untouched, sizeof untouched) != 0) fail("inspect refuses the model and writes info");
  resnet_int8 *network = (resnet_int8 *)(void *)memory.arena.bytes;
  resnet_int8_status opened =
      resnet_int8_open(self->model.bytes, self->model.size, memory.arena.bytes, memory.arena.size, &network);
  if (opened != status || network) fail("inspect returns %d, open %d", (int)status, (int)opened);
  return status;
}

/* Runs */

static block place_arena(attempt *self, const char *set) {
  resnet_int8_info own, *info = &own;
  resnet_int8_status status =
      resnet_int8_inspect_kernels(self->model.bytes, self->model.size, set, info, sizeof *info);
  if (status != RESNET_INT8_OK) fail("inspect returns 0, inspect_kernels of %s %d", set, (int)status);
  if (info->fastest_arena + 4096 > memory.arena.size) info = &self->info;
  const size_t sizes[] = {info->smallest_arena, info->recommended_arena, info->fastest_arena,
                          info->smallest_arena + random_in(&self->random, 1, 4096),
                          info->smallest_arena +
                              random_in(&self->random, 0, (uint32_t)(info->fastest_arena - info->smallest_arena))};
  block arena = place_block(&memory.arena, sizes[random_in(&self->random, 0, 4)], info->arena_alignment,
                            one_in(&self->random, 2));
  memset(arena.writable, (int)random_in(&self->random, 0, 255), arena.size);
  return arena;
}

static void check_labels(const attempt *self, const resnet_int8 *network) {
  const uint32_t count = self->info.class_count, indices[] = {0, count / 2, count - 1, count, UINT32_MAX};
  const uint8_t *end = self->model.bytes + self->model.size;
  for (size_t i = 0; i < sizeof indices / sizeof *indices; ++i) {
    const char *label = resnet_int8_label(network, indices[i]);
    if (!label) continue;
    const uint8_t *start = (const uint8_t *)label;
    if (indices[i] >= count || start < self->model.bytes || start >= end || !memchr(start, 0, (size_t)(end - start)))
      fail("the label of class %u is no string of the model", (unsigned)indices[i]);
  }
}

/* A network whose kernels are chosen. */
typedef struct opened {
  resnet_int8 *network;
  const char *set;
  block arena;
} opened;

static opened open_with(attempt *self, const char *set) {
  opened opened = {.set = set, .arena = place_arena(self, set)};
  resnet_int8_status status = resnet_int8_open(self->model.bytes, self->model.size, opened.arena.bytes,
                                               opened.arena.size, &opened.network);
  if (status != RESNET_INT8_OK) fail("inspect returns 0, open %d", (int)status);
  if (strcmp(resnet_int8_kernels(opened.network), total.sets[0]) != 0) fail("the fastest kernels are not chosen");
  if (set != total.sets[0]) status = resnet_int8_select_kernels(opened.network, set);
  if (status != RESNET_INT8_OK) fail("%s are supported, but select_kernels returns %d", set, (int)status);
  return opened;
}

/* Runs the network once and compares its logits with those of the first run of this model. */
static void run(attempt *self, const opened *opened, uint32_t worker_count) {
  const size_t count = self->info.class_count;
  block logits = place_block(&memory.logits, count * sizeof(float), sizeof(float), one_in(&self->random, 2));
  memset(logits.writable, 0xff, logits.size);
  resnet_int8_status status =
      run_workers(opened->network, worker_count, random_in(&self->random, 0, worker_count - 1), self->pixels.bytes,
                  (float *)(void *)logits.writable);
  if (status != RESNET_INT8_OK) fail("run returns %d", (int)status);
  if (strcmp(resnet_int8_kernels(opened->network), opened->set) != 0) fail("%s have become others", opened->set);
  if (!is_surrounded(&opened->arena) || !is_surrounded(&logits))
    fail("%s, %u workers: a write beside the arena or the logits", opened->set, (unsigned)worker_count);
  ++total.runs;
  if (!self->has_expected) {
    memcpy(memory.expected, logits.bytes, logits.size);
    self->has_expected = true;
  } else if (memcmp(logits.bytes, memory.expected, logits.size) != 0) {
    fail("%s, %u workers: not the logits of %s, 1 worker", opened->set, (unsigned)worker_count, total.sets[0]);
  }
}

static void run_everywhere(attempt *self) {
  uint32_t turn = (uint32_t)random_bits(&self->random), first = 2, last = MAX_WORKERS;
  if (self->counts == TWO_COUNTS) first = last = random_in(&self->random, 2, MAX_WORKERS);
  for (uint32_t i = 0; i < memory.set_count; ++i) {
    opened opened = open_with(self, total.sets[i]);
    run(self, &opened, 1);
    check_labels(self, opened.network);
    for (uint32_t workers = first; workers <= last; ++workers) {
      if ((turn + workers) % memory.set_count != i) continue;
      run(self, &opened, workers);
    }
  }
  ++total.compared;
  total.hash = continue_checksum(total.hash, (const uint8_t *)memory.expected, self->info.class_count * sizeof(float));
}

/* Fills the image with noise, or with the smallest or the largest code. */
static void fill_image(attempt *self) {
  uint32_t kind = random_in(&self->random, 0, 9);
  if (kind < 2) {
    memset(self->pixels.writable, kind == 0 ? 0 : 255, self->pixels.size);
    return;
  }
  for (size_t i = 0; i < self->pixels.size; ++i) self->pixels.writable[i] = (uint8_t)random_bits(&self->random);
}

resnet_int8_status compare(const uint8_t *model, size_t size, worker_counts counts, uint64_t seed,
                           uint64_t work_limit) {
  prepare();
  ++total.models;
  if (size > memory.model.size) {
    ++total.skipped;
    return RESNET_INT8_OK;
  }
  attempt self = {.counts = counts, .random = {seed}};
  self.model = place_block(&memory.model, size, 1, one_in(&self.random, 2));
  memcpy(self.model.writable, model, size);
  resnet_int8_status status = inspect(&self);
  ++total.statuses[status];
  if (status != RESNET_INT8_OK) return status;

  ++total.accepted;
  const resnet_int8_info *info = &self.info;
  if (info->arena_alignment != ARENA_ALIGNMENT) fail("an arena alignment of %u", (unsigned)info->arena_alignment);
  size_t pixel_bytes = (size_t)info->input_height * info->input_width * info->input_channels;
  if (info->fastest_arena + 4096 > memory.arena.size || pixel_bytes > memory.pixels.size ||
      info->work > work_limit) {
    ++total.skipped;
    return status;
  }
  self.pixels = place_block(&memory.pixels, pixel_bytes, 1, one_in(&self.random, 2));
  fill_image(&self);
  run_everywhere(&self);
  return status;
}

void print_totals(void) {
  printf("%llu models, %llu accepted, %llu compared, %llu skipped, %llu runs; sets",
         (unsigned long long)total.models, (unsigned long long)total.accepted, (unsigned long long)total.compared,
         (unsigned long long)total.skipped, (unsigned long long)total.runs);
  for (uint32_t i = 0; i < memory.set_count; ++i) printf(" %s", total.sets[i]);
  printf("; statuses");
  for (int i = 0; i < STATUS_LIMIT; ++i)
    if (total.statuses[i] > 0) printf(" %d: %llu", i, (unsigned long long)total.statuses[i]);
  printf("; logits %016llx\n", (unsigned long long)total.hash);
}
