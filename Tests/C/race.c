/* Does what callers must not do: two threads run one network at once. The thread sanitizer must report the race and
 * name the kernels; otherwise its silence about workers.c would mean nothing. This program is only run under the
 * sanitizer.
 *
 *   race MODEL
 *
 * It uses the portable kernels. Other kernel sets access 32 and 64 bytes at once, and the sanitizer ignores such
 * accesses. */
#include <pthread.h>

#include "support.h"

enum { MODEL_BYTES = 1 << 22, RUNS = 20 };

static _Alignas(64) uint8_t model[MODEL_BYTES];
static resnet_int8 *network;
static uint8_t *pixels;
static float *logits;

static void *run(void *unused) {
  for (unsigned i = 0; i < RUNS; ++i) resnet_int8_run(network, pixels, logits);
  return unused;
}

int main(int argc, char **argv) {
  if (argc != 2) stop("usage", "race MODEL");
  size_t model_size = read_file(argv[1], model, sizeof model);
  resnet_int8_info info;
  /* The portable kernels gain most by memory. In their arena other sets have scratch too. */
  require(resnet_int8_inspect_kernels(model, model_size, "portable", &info, sizeof info), argv[1]);
  void *arena = aligned_alloc(info.arena_alignment, info.recommended_arena);
  pixels = calloc(pixel_bytes(&info), 1);
  logits = malloc(info.class_count * sizeof *logits);
  require(resnet_int8_open(model, model_size, arena, info.recommended_arena, &network), argv[1]);
  require(resnet_int8_select_kernels(network, "portable"), "portable");

  pthread_t other;
  if (pthread_create(&other, NULL, run, NULL) != 0) stop("pthread_create", "no thread");
  run(NULL);
  pthread_join(other, NULL);
  return finish();
}
