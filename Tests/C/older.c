/* Tests the library with the structure of a program that was compiled when resnet_int8_info had fewer fields, and
 * with that of one compiled when it has more. This file has its own declarations in place of the header's.
 *
 *   older MODEL */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct older_info {
  uint32_t input_height, input_width, input_channels, class_count, layer_count, arena_alignment;
  size_t smallest_arena;
} older_info;

/* Today's fields, and those that a later version might append. */
typedef struct newer_info {
  older_info older;
  size_t recommended_arena, fastest_arena;
  uint64_t multiply_accumulates, work;
  uint64_t future[5];
} newer_info;

typedef struct resnet_int8 resnet_int8;
int resnet_int8_inspect(const void *model, size_t model_size, void *info, size_t info_size);
int resnet_int8_open(const void *model, size_t model_size, void *arena, size_t arena_size, resnet_int8 **network);
int resnet_int8_run(resnet_int8 *network, const uint8_t *pixels, float *logits);

static bool failed;

static void check(bool holds, const char *what) {
  printf("%s  %s\n", holds ? "ok    " : "not ok", what);
  failed |= !holds;
}

static bool all(const uint8_t *bytes, size_t count, uint8_t value) {
  for (size_t i = 0; i < count; ++i)
    if (bytes[i] != value) return false;
  return true;
}

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file) return 2;
  static uint8_t model[1 << 22];
  size_t size = fread(model, 1, sizeof model, file);
  fclose(file);

  union {
    older_info older;
    newer_info newer;
    uint8_t bytes[sizeof(newer_info) + 64];
  } info, whole;
  memset(&whole, 0xa5, sizeof whole);
  check(resnet_int8_inspect(model, size, &whole, sizeof whole.newer) == 0, "inspect, a structure of a later version");
  check(all((uint8_t *)whole.newer.future, sizeof whole.newer.future, 0), "fields that the library does not know are 0");
  check(all(whole.bytes + sizeof whole.newer, 64, 0xa5), "nothing is written after it");
  check(whole.newer.older.class_count > 0 && whole.newer.multiply_accumulates > 0 &&
            whole.newer.work > whole.newer.multiply_accumulates &&
            whole.newer.fastest_arena >= whole.newer.older.smallest_arena,
        "its other fields are filled");

  bool as_whole = true;
  for (size_t length = 0; length <= sizeof whole.newer; ++length) {
    memset(&info, 0xa5, sizeof info);
    as_whole &= resnet_int8_inspect(model, size, &info, length) == 0 && memcmp(&info, &whole, length) == 0 &&
                all(info.bytes + length, sizeof info - length, 0xa5);
  }
  check(as_whole, "inspect, structures of every length: that many bytes are written");

  memset(&info, 0xa5, sizeof info);
  check(resnet_int8_inspect(model, 3, &info, sizeof info.older) != 0 && all(info.bytes, sizeof info, 0xa5),
        "a refusal leaves it alone");

  check(resnet_int8_inspect(model, size, &info, sizeof info.older) == 0, "inspect, a structure of an earlier version");
  const older_info *older = &info.older;
  void *arena = aligned_alloc(older->arena_alignment, older->smallest_arena);
  uint8_t *pixels = calloc((size_t)older->input_height * older->input_width, older->input_channels);
  float *logits = malloc(older->class_count * sizeof *logits);
  memset(logits, 0xff, older->class_count * sizeof *logits); /* a NaN, which no run writes */
  resnet_int8 *network;
  check(resnet_int8_open(model, size, arena, older->smallest_arena, &network) == 0, "open");
  check(resnet_int8_run(network, pixels, logits) == 0 && logits[0] == logits[0], "run");
  free(arena), free(pixels), free(logits);
  return failed;
}
