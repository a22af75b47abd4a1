/* Tests that the library asks for no memory from open to the last run, preparation of pictures included. Every function that could give it memory is
 * replaced by one that counts its calls.
 *
 *   heap MODEL      (linked statically, so that these definitions are the program's only ones) */
#include <errno.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "support.h"

enum { HEAP_BYTES = 1 << 20, MODEL_BYTES = 1 << 25, ARENA_BYTES = 1 << 24, MAX_CLASSES = 1 << 12 };

static unsigned call_count;

/* The program's own heap, for the memory that stdio asks for before the counting starts. It is a stack of blocks
 * that are never given back. Each block lies behind its size, which realloc needs. */
static _Alignas(64) unsigned char heap[HEAP_BYTES];
static size_t heap_used;

static void *take(size_t alignment, size_t size) {
  ++call_count;
  if (alignment < 16) alignment = 16;
  size_t start = (heap_used + sizeof size + alignment - 1) / alignment * alignment;
  if (start > HEAP_BYTES || size > HEAP_BYTES - start) return NULL;
  memcpy(heap + start - sizeof size, &size, sizeof size);
  heap_used = start + size;
  return heap + start;
}

void *malloc(size_t size) { return take(16, size); }
void *calloc(size_t count, size_t size) {
  return size && count > HEAP_BYTES / size ? NULL : take(16, count * size); /* static memory is zero */
}
void *realloc(void *old, size_t size) {
  void *block = take(16, size);
  if (old && block) {
    size_t old_size;
    memcpy(&old_size, (unsigned char *)old - sizeof old_size, sizeof old_size);
    memcpy(block, old, old_size < size ? old_size : size);
  }
  return block;
}
void free(void *block) { (void)block, ++call_count; }
void *aligned_alloc(size_t alignment, size_t size) { return take(alignment, size); }
void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size) { return take(alignment, size); }
int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = take(alignment, size);
  return *block ? 0 : ENOMEM;
}
void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  (void)address, (void)protection, (void)flags, (void)file, (void)offset;
  void *block = take(4096, size);
  return block ? block : MAP_FAILED;
}

static uint8_t model[MODEL_BYTES], pixels[1 << 20], picture[300 * 200 * 4], scratch[1 << 20];
static _Alignas(64) uint8_t arena[ARENA_BYTES];
static float logits[MAX_CLASSES];

/* These pointers are volatile, so that the compiler cannot leave out the pair of calls. */
static void *(*volatile allocate)(size_t) = malloc;
static void (*volatile release)(void *) = free;

int main(int argc, char **argv) {
  if (argc != 2) stop("usage", "heap MODEL");
  size_t model_size = read_file(argv[1], model, sizeof model);
  resnet_int8_info info;
  /* The portable kernels gain most by memory. In their arena other sets have scratch too. */
  require(resnet_int8_inspect_kernels(model, model_size, "portable", &info, sizeof info), argv[1]);
  if (info.recommended_arena > sizeof arena || pixel_bytes(&info) > sizeof pixels || info.class_count > MAX_CLASSES)
    stop(argv[1], "larger than this test's buffers");
  fill_pixels(pixels, pixel_bytes(&info), 1);

  unsigned before = call_count;
  release(allocate(1));
  check(call_count == before + 2, "the replaced functions count");

  bool ran = true;
  before = call_count;
  resnet_int8 *network;
  ran &= resnet_int8_open(model, model_size, arena, info.recommended_arena, &network) == RESNET_INT8_OK;
  size_t scratch_size;
  ran &= resnet_int8_prepare_scratch(network, 300, 200, RESNET_INT8_BGRA, &scratch_size) == RESNET_INT8_OK &&
         scratch_size <= sizeof scratch &&
         resnet_int8_prepare(network, picture, 300, 200, 300 * 4, RESNET_INT8_BGRA, scratch, scratch_size, pixels) ==
             RESNET_INT8_OK;
  unsigned kernel_sets = 0;
  const char *kernels;
  for (uint32_t index = 0; ran && (kernels = next_supported_kernels(&index));) {
    ran &= resnet_int8_select_kernels(network, kernels) == RESNET_INT8_OK;
    for (unsigned run = 0; run < 3; ++run) ran &= resnet_int8_run(network, pixels, logits) == RESNET_INT8_OK;
    ++kernel_sets;
  }
  unsigned calls = call_count - before;

  check(ran && kernel_sets > 0, "opens, prepares and runs with %u kernel sets", kernel_sets);
  check(calls == 0, "%u calls of malloc, calloc, realloc, free, posix_memalign, aligned_alloc, mmap", calls);
  return finish();
}
