/* Memory between inaccessible pages, so that an access outside it is a crash. */
#ifndef REGIONS_H
#define REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `size` bytes between inaccessible pages. Both addresses are of the same memory; behind `bytes` it is read-only in a
 * region that was made so. */
typedef struct region {
  uint8_t *bytes, *writable;
  size_t size;
} region;

region make_region(size_t size, bool is_read_only);

/* A part of a region that a test uses. A few bytes on both sides have a known value. */
typedef struct block {
  uint8_t *bytes, *writable;
  uint8_t *front, *rear;
  size_t size, front_size, rear_size;
} block;

/* Places a block at the end of a region, as near to it as a start at a multiple of `alignment` allows, or at the
 * region's start. */
block place_block(const region *region, size_t size, size_t alignment, bool at_end);

/* Returns whether the bytes on both sides of the block are as they were. */
bool is_surrounded(const block *block);

#endif
