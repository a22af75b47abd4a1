/* first_logits MODEL.rn8 maps the model and computes one image twice. It prints as JSON when it had the logits of
 * each run (CLOCK_MONOTONIC, nanoseconds), the most memory that it ever had resident (KiB), and the size of model
 * and arena together (KiB). */
#define _POSIX_C_SOURCE 200809L
#include <resnet_int8.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static long peak_kib(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  long kib = -1;
  while (status && kib < 0 && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kib);
  return kib;
}

int main(int argc, char **argv) {
  struct stat stat;
  int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  if (file < 0 || fstat(file, &stat)) return perror("first_logits: model"), 1;
  size_t size = (size_t)stat.st_size;
  const void *model = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  resnet_int8_info info;
  resnet_int8 *network;
  if (model == MAP_FAILED || resnet_int8_inspect(model, size, &info, sizeof info) != RESNET_INT8_OK) return 1;
  void *arena = aligned_alloc(info.arena_alignment, info.recommended_arena);
  uint8_t *pixels = calloc((size_t)info.input_height * info.input_width, info.input_channels);
  float *logits = malloc(info.class_count * sizeof *logits);
  if (!arena || !pixels || !logits) return 1;
  if (resnet_int8_open(model, size, arena, info.recommended_arena, &network) != RESNET_INT8_OK) return 1;
  if (resnet_int8_run(network, pixels, logits) != RESNET_INT8_OK) return 1;
  long long first = now();
  resnet_int8_run(network, pixels, logits);
  long long second = now();
  printf("{\"logits\": %lld, \"second_logits\": %lld, \"peak_kib\": %ld, \"model_and_arena_kib\": %zu}\n", first,
         second, peak_kib(), (size + info.recommended_arena) / 1024);
  return 0;
}
