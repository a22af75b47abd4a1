/* Runs a model on 20 images and prints the bits of all logits as one number, and what it needed.
 *
 * It is compiled for the host, which reads the model from a file, and for boards without an operating system, where the model
 * lies in flash: -DMODEL=\"FILE\". Images are made from a seed, half of them noise and half of them smooth. */
#include "board.h"

#include <resnet_int8.h>

#include <stddef.h>

#ifndef ARENA_BYTES
#define ARENA_BYTES (1 << 20)
#endif
enum { IMAGES = 20, MOST_PIXELS = 64 * 64 * 3, MOST_CLASSES = 1000 };

#ifdef MODEL
__asm__(
    ".section .model, \"a\"\n.balign 64\n.globl model_start\nmodel_start:\n.incbin \"" MODEL
    "\"\n.globl model_end\nmodel_end:\n.previous\n");
extern const uint8_t model_start[], model_end[];
#else
#include <stdio.h>
#endif

static _Alignas(64) uint8_t arena[ARENA_BYTES];
static uint8_t pixels[MOST_PIXELS];
static float logits[MOST_CLASSES];

static void make_image(uint32_t index, uint32_t count, uint32_t width) {
  uint32_t random = index * 2654435761u + 1;
  for (uint32_t i = 0; i < count; i++) {
    random = random * 1664525 + 1013904223;
    pixels[i] = index % 2 ? (uint8_t)(random >> 24) : (uint8_t)(i / width * (index + 1) + i % width * 3 + (random >> 28));
  }
}

/* FNV-1a. */
static uint32_t hash_of_logits(uint32_t hash, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    union {
      float value;
      uint8_t bytes[4];
    } logit = {logits[i]};
    for (int byte = 0; byte < 4; byte++) hash = (hash ^ logit.bytes[byte]) * 16777619;
  }
  return hash;
}

static int run(const void *model, size_t size) {
  resnet_int8_info info;
  resnet_int8 *network;
  resnet_int8_status status = resnet_int8_inspect(model, size, &info, sizeof info);
  uint32_t count = 0, hash = 2166136261u;
  if (status == RESNET_INT8_OK) {
    count = info.input_height * info.input_width * info.input_channels;
    if (count > sizeof pixels || info.class_count > MOST_CLASSES) {
      board_print("the program has too little room for this model\n");
      return 1;
    }
    size_t bytes = info.recommended_arena <= sizeof arena ? info.recommended_arena : info.smallest_arena;
    status = resnet_int8_open(model, size, arena, bytes, &network);
  }
  for (uint32_t index = 0; status == RESNET_INT8_OK && index < IMAGES; index++) {
    make_image(index, count, info.input_width * info.input_channels);
    status = resnet_int8_run(network, pixels, logits);
    hash = hash_of_logits(hash, info.class_count);
  }
  if (status != RESNET_INT8_OK) {
    board_print(resnet_int8_status_string(status));
    board_print("\n");
    return 1;
  }
  board_print("kernels ");
  board_print(resnet_int8_kernels(network));
  board_print(", arena ");
  board_print_number((uint32_t)info.smallest_arena);
  board_print(", stack ");
  board_print_number(board_stack_used());
  board_print("\nlogits ");
  board_print_number(hash);
  board_print("\n");
  return 0;
}

#ifdef MODEL
int main(void) { return run(model_start, (size_t)(model_end - model_start)); }
#else
int main(int count, char **arguments) {
  FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  if (!file) return fprintf(stderr, "usage: logits MODEL.rn8\n"), 2;
  static _Alignas(64) uint8_t model[1 << 23];
  return run(model, fread(model, 1, sizeof model, file));
}
#endif
