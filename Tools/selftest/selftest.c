/* Tests that a device computes what it must: the published vectors of Tests/Vectors, by every set of kernels that it
 * has. This needs the header and the library alone, 16 KiB of static memory and no heap. Vectors are part of the
 * program, so that it needs no files either: vectors.h, which embed.sh makes. */
#include <stdio.h>
#include <string.h>

#include "resnet_int8.h"
#include "sha256.h"

typedef struct vector {
  const char *name;
  const uint8_t *model;
  size_t model_size;
  const uint8_t *image;
  size_t image_size;
  uint8_t digest[32]; /* the SHA-256 of the logits, as little-endian floats */
} vector;

#include "vectors.h"

enum { ARENA_BYTES = 16 << 10, MAX_CLASSES = 16 };

static _Alignas(64) uint8_t arena[ARENA_BYTES];
static float logits[MAX_CLASSES];

static void hash_logits(uint32_t count, uint8_t digest[32]) {
  sha256 hash;
  sha256_start(&hash);
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t bits;
    memcpy(&bits, &logits[i], sizeof bits);
    for (int shift = 0; shift < 32; shift += 8) sha256_append(&hash, (uint8_t)(bits >> shift));
  }
  sha256_finish(&hash, digest);
}

/* Returns NULL, or what is wrong. */
static const char *test(const vector *vector, const char *kernels) {
  resnet_int8_info info;
  resnet_int8 *network;
  resnet_int8_status status = resnet_int8_verify(vector->model, vector->model_size);
  if (status == RESNET_INT8_OK) status = resnet_int8_inspect(vector->model, vector->model_size, &info, sizeof info);
  if (status != RESNET_INT8_OK) return resnet_int8_status_string(status);
  if ((size_t)info.input_height * info.input_width * info.input_channels != vector->image_size ||
      info.class_count > MAX_CLASSES)
    return "the model is not that of the vector";
  status = resnet_int8_open(vector->model, vector->model_size, arena, sizeof arena, &network);
  if (status == RESNET_INT8_OK) status = resnet_int8_select_kernels(network, kernels);
  if (status == RESNET_INT8_OK) status = resnet_int8_run(network, vector->image, logits);
  if (status != RESNET_INT8_OK) return resnet_int8_status_string(status);
  uint8_t digest[32];
  hash_logits(info.class_count, digest);
  return memcmp(digest, vector->digest, sizeof digest) == 0 ? NULL : "other logits than those of the vector";
}

int main(void) {
  int is_supported, failures = 0;
  const char *kernels;
  for (uint32_t index = 0; (kernels = resnet_int8_kernel_set(index, &is_supported)); ++index) {
    for (size_t i = 0; is_supported && i < sizeof vectors / sizeof *vectors; ++i) {
      const char *reason = test(&vectors[i], kernels);
      printf("%s  %s, %s%s%s\n", reason ? "not ok" : "ok    ", vectors[i].name, kernels, reason ? ": " : "",
             reason ? reason : "");
      failures += reason != NULL;
    }
  }
  return failures > 0;
}
