#include "regions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 1 << 16, SIDE = 128, VALUE = 0xa5 };

static _Noreturn void stop(const char *reason) {
  perror(reason);
  exit(2);
}

static uint8_t *map_between_guards(int file, size_t size, int protection) {
  uint8_t *pages = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED || mmap(pages + PAGE, size, protection, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED)
    stop("mmap");
  return pages + PAGE;
}

region make_region(size_t size, bool is_read_only) {
  size = (size + PAGE - 1) / PAGE * PAGE;
  int file = memfd_create("region", 0);
  if (file < 0 || ftruncate(file, (off_t)size) != 0) stop("memfd_create");
  uint8_t *writable = map_between_guards(file, size, PROT_READ | PROT_WRITE);
  uint8_t *bytes = is_read_only ? map_between_guards(file, size, PROT_READ) : writable;
  close(file);
  return (region){bytes, writable, size};
}

block place_block(const region *region, size_t size, size_t alignment, bool at_end) {
  size_t start = at_end ? (region->size - size) / alignment * alignment : 0, end = start + size;
  block block = {.bytes = region->bytes + start, .writable = region->writable + start, .size = size};
  block.front_size = start < SIDE ? start : SIDE;
  block.rear_size = region->size - end < SIDE ? region->size - end : SIDE;
  block.front = block.writable - block.front_size;
  block.rear = block.writable + size;
  memset(block.front, VALUE, block.front_size);
  memset(block.rear, VALUE, block.rear_size);
  return block;
}

static bool is_filled(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (bytes[i] != VALUE) return false;
  return true;
}

bool is_surrounded(const block *block) {
  return is_filled(block->front, block->front_size) && is_filled(block->rear, block->rear_size);
}
