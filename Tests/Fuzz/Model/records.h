/* The records of an .rn8 file, for programs that make or change models. docs/file-format.md describes them. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "these records are read where they lie, on a little-endian machine"
#endif

enum { MAGIC = 0x00384e52, BLOCK = 16, MAX_CLASSES = 1 << 20, ARENA_ALIGNMENT = 64 };
enum { CONVOLUTION = 1, MAX_POOL = 2, HEAD = 3, AVERAGE_POOL = 4 };
enum { NO_SHORTCUT = 0, IDENTITY = 1, PROJECTION = 2 };
static const uint32_t NO_REMAINDERS = UINT32_MAX;
enum { UNCHANGED = 0, SHORTER_SIDE = 1, SIDES = 2 };

typedef struct model_header {
  uint32_t magic, version, file_size, metadata_size;
  uint64_t checksum, weights_checksum, multiply_accumulates;
  uint32_t tensor_count, layer_count, class_count, input_channels, tensor_bytes;
  uint32_t strings_offset, strings_size, resize_height;
  float mean[4], std[4];
  /* These came with version 2. */
  uint32_t resize_kind, resize_width, interpolation, crop_rounding;
} model_header;

typedef struct tensor_record {
  uint32_t offset, height, width, channels, halo, fill;
  float scale;
  uint32_t remainders;     /* this came with version 3 */
  uint32_t rows_in_memory; /* and this with version 4 */
} tensor_record;

typedef struct window_record {
  uint32_t kernel_height, kernel_width, stride, padding, dilation, groups, weights;
} window_record;

typedef struct layer_record {
  uint32_t kind, input, output, shortcut_kind, shortcut, parameters;
  window_record window, projection;
} layer_record;

_Static_assert(sizeof(model_header) == 120 && sizeof(tensor_record) == 36 && sizeof(layer_record) == 80,
               "records have no padding");

enum { HEADER_BYTES_1 = 104 };

/* Returns the bytes that a header takes in its file. Tensors follow it. */
static inline size_t header_bytes(const model_header *header) {
  return header->version <= 1 ? HEADER_BYTES_1 : sizeof *header;
}

/* Returns the bytes that a tensor's record takes in its file. */
static inline size_t tensor_record_bytes(const model_header *header) {
  if (header->version <= 2) return offsetof(tensor_record, remainders);
  return header->version == 3 ? offsetof(tensor_record, rows_in_memory) : sizeof(tensor_record);
}

/* Returns the bytes from the start of the file to the record of a layer. */
static inline size_t layer_offset(const model_header *header, size_t index) {
  return header_bytes(header) + header->tensor_count * tensor_record_bytes(header) + index * sizeof(layer_record);
}

/* Returns the bytes that a tensor takes in the arena. Its fields must be within the format's bounds. */
static inline uint64_t tensor_bytes(const tensor_record *tensor) {
  uint64_t height = tensor->rows_in_memory + 2ull * tensor->halo, width = tensor->width + 2ull * tensor->halo;
  return (height * width * tensor->channels + (tensor->channels % 4 ? 3 : 0) + 63) / 64 * 64;
}

static inline int has_remainders(const tensor_record *tensor) { return tensor->remainders != NO_REMAINDERS; }

static inline int is_streamed(const tensor_record *tensor) { return tensor->rows_in_memory < tensor->height; }

/* Returns the bytes that a tensor's remainders take in the arena. */
static inline uint64_t remainder_bytes(const tensor_record *tensor) {
  return has_remainders(tensor) ? ((uint64_t)tensor->rows_in_memory * tensor->width * tensor->channels + 63) / 64 * 64 : 0;
}

/* Returns the bytes of a window, which are the weights of one output channel. */
static inline uint64_t window_depth(const window_record *window, uint32_t channels) {
  uint64_t height = window->kernel_height, width = window->kernel_width;
  if (window->groups == 1 && window->dilation == 1) return height * ((width * channels + 3) / 4 * 4);
  return height * width * ((channels / window->groups + 3) / 4 * 4);
}

/* Returns the rows of 16 parameters that a convolution has for each block of output channels. */
static inline uint32_t parameter_rows(uint32_t shortcut_kind) {
  return shortcut_kind == NO_SHORTCUT ? 3 : shortcut_kind == IDENTITY ? 5 : 7;
}

static inline uint64_t continue_checksum(uint64_t hash, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i += 8) {
    uint64_t word = 0;
    memcpy(&word, bytes + i, count - i < 8 ? count - i : 8);
    hash = (hash ^ word) * 0x100000001b3u;
    hash ^= hash >> 32;
  }
  return hash;
}

/* Makes both checksums of a model right, as far as its sizes allow it. */
static inline void seal(uint8_t *model, size_t size) {
  const uint64_t start = 0xcbf29ce484222325u;
  model_header header;
  if (size < HEADER_BYTES_1) return;
  memcpy(&header, model, HEADER_BYTES_1);
  uint32_t metadata = header.metadata_size;
  if (metadata < HEADER_BYTES_1 || metadata > size) return;
  if (header.file_size >= metadata && header.file_size <= size)
    header.weights_checksum = continue_checksum(start, model + metadata, header.file_size - metadata);
  header.checksum = 0;
  memcpy(model, &header, HEADER_BYTES_1);
  header.checksum = continue_checksum(start, model, metadata);
  memcpy(model, &header, HEADER_BYTES_1);
}

#endif
