/* bench MODEL.rn8 [RUNS]: times the library on one core, each kernel set in turn within a round so that the machine's
 * drift meets all of them alike. Prints the minimum and the median of RUNS (default 50) images. */
#define _POSIX_C_SOURCE 200809L
#include <resnet_int8.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  void *bytes = aligned_alloc(64, (*size + 63) / 64 * 64);
  if (bytes && fread(bytes, 1, *size, file) != *size) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  return bytes;
}

int main(int argc, char **argv) {
  static const char *const names[] = {"amx", "avx512vnni", "portable"};
  enum { name_count = sizeof names / sizeof *names };
  long runs = argc > 2 ? strtol(argv[2], NULL, 10) : 50;
  if (argc < 2 || runs < 1) {
    fprintf(stderr, "usage: bench MODEL.rn8 [RUNS]\n");
    return 2;
  }
  size_t size = 0;
  void *model = read_file(argv[1], &size);
  if (!model) {
    perror(argv[1]);
    return 1;
  }
  resnet_int8_info info;
  resnet_int8_status status = resnet_int8_inspect(model, size, &info);
  if (status != RESNET_INT8_OK) {
    fprintf(stderr, "%s: %s\n", argv[1], resnet_int8_status_string(status));
    return 1;
  }
  void *arena = aligned_alloc(info.arena_alignment, (info.arena_size + 63) / 64 * 64);
  size_t pixel_count = (size_t)info.input_height * info.input_width * info.input_channels;
  uint8_t *pixels = malloc(pixel_count);
  float *logits = malloc(info.class_count * sizeof *logits);
  double *times = malloc(name_count * (size_t)runs * sizeof *times);
  resnet_int8 *network = NULL;
  if (!arena || !pixels || !logits || !times) return 1;
  for (size_t i = 0; i < pixel_count; i++) pixels[i] = (uint8_t)(i * 2654435761u >> 24);
  if (resnet_int8_open(model, size, arena, info.arena_size, &network) != RESNET_INT8_OK) return 1;

  for (long run = -1; run < runs; run++) { /* round -1 warms up */
    for (size_t k = 0; k < name_count; k++) {
      if (resnet_int8_select_kernels(network, names[k]) != RESNET_INT8_OK) continue;
      double start = now();
      resnet_int8_run(network, pixels, logits);
      if (run >= 0) times[k * (size_t)runs + (size_t)run] = now() - start;
    }
  }
  for (size_t k = 0; k < name_count; k++) {
    if (resnet_int8_select_kernels(network, names[k]) != RESNET_INT8_OK) continue;
    double *own = times + k * (size_t)runs;
    qsort(own, (size_t)runs, sizeof *own, ascending);
    printf("%-12s min %8.3f ms  median %8.3f ms  %6.1f GMAC/s\n", names[k], own[0], own[runs / 2],
           (double)info.multiply_accumulates / own[0] * 1e-6);
  }
  return 0;
}
