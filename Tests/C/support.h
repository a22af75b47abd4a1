/* Functions that the C tests share, for checks, files, images and kernel sets. Each test is one source file. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resnet_int8.h"

/* Checks. Each prints `ok` or `not ok` and what was checked. */

static unsigned support_failures;

static inline bool check(bool holds, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs(holds ? "ok      " : "not ok  ", stdout);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  if (!holds) ++support_failures;
  return holds;
}

/* Returns the exit status for main. */
static inline int finish(void) { return support_failures ? EXIT_FAILURE : EXIT_SUCCESS; }

static inline _Noreturn void stop(const char *path, const char *reason) {
  printf("not ok  %s: %s\n", path, reason);
  exit(EXIT_FAILURE);
}

static inline void require(resnet_int8_status status, const char *path) {
  if (status != RESNET_INT8_OK) stop(path, resnet_int8_status_string(status));
}

/* Reads a whole file into `capacity` bytes and returns its size. Stops where the file is larger. */

static inline size_t read_file(const char *path, void *bytes, size_t capacity) {
  FILE *file = fopen(path, "rb");
  if (!file) stop(path, "cannot be opened");
  size_t count = fread(bytes, 1, capacity, file);
  if (ferror(file) || !feof(file)) stop(path, count == capacity ? "larger than this test expects" : "cannot be read");
  fclose(file);
  return count;
}

/* Images. Their pixels look like noise and are the same on every machine. */

static inline void fill_pixels(uint8_t *pixels, size_t count, uint32_t seed) {
  uint32_t state = seed * 2654435769u + 1;
  for (size_t i = 0; i < count; ++i) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    pixels[i] = (uint8_t)(state >> 24);
  }
}

static inline size_t pixel_bytes(const resnet_int8_info *info) {
  return (size_t)info->input_height * info->input_width * info->input_channels;
}

/* Continues a 64-bit FNV-1a hash, by which the results of different machines are compared. */
static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
  return hash;
}
#define HASH_START 0xcbf29ce484222325u

/* Returns the next kernel set that this processor can run, or NULL after the last one. `index` starts at 0. */
static inline const char *next_supported_kernels(uint32_t *index) {
  int is_supported = 0;
  const char *name;
  while ((name = resnet_int8_kernel_set((*index)++, &is_supported)) && !is_supported) continue;
  return name;
}

#endif
