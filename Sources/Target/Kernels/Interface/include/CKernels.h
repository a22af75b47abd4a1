// The only way across instruction sets: plain structures, and one function an instruction set. What imports a
// kernel module compiles its code again with its own processor flags: only one that has all of the module's may.
#pragma once
#include <stdint.h>

// What a convolution reads for one output pixel: rows x columns segments of `length` contiguous bytes.
typedef struct rn8_window {
  const uint8_t *input;   // window of output pixel (0, 0), first group
  const int8_t *weights;  // [block][rows * columns * length / 4][16][4]
  intptr_t y_stride, x_stride;         // bytes between the windows of neighbouring output pixels
  intptr_t row_stride, column_stride;  // bytes between segments
  intptr_t group_stride;               // bytes between the first channels of neighbouring groups
  int32_t rows, columns, length;       // length: bytes, a multiple of 4
  int32_t blocks_per_group;            // output blocks
} rn8_window;

// An activation tensor without its halo.
typedef struct rn8_tensor {
  uint8_t *codes;  // pixel (0, 0)
  intptr_t y_stride, x_stride;  // bytes
  int32_t height, width, channels;
} rn8_tensor;

typedef struct rn8_convolution {
  rn8_window window;
  rn8_window projection;  // weights are NULL where the shortcut is not a projection
  rn8_tensor shortcut;    // codes are NULL where the shortcut is not the identity
  rn8_tensor output;
  const uint8_t *parameters;  // ModelFormat's ParameterBlock
  intptr_t parameter_stride;  // bytes a block
} rn8_convolution;

typedef struct rn8_pool {
  rn8_tensor input, output;
  int32_t kernel_height, kernel_width, stride, padding;
} rn8_pool;

// Global average pooling and, where weights are not NULL, a fully connected layer.
typedef struct rn8_head {
  rn8_tensor input;
  const int8_t *weights;      // [block][channels / 4][16][4]
  const uint8_t *parameters;  // ModelFormat's HeadBlock
  uint8_t *sums;              // scratch, 3 x channels bytes: the pooled sums, least significant byte of all channels first
  float *logits;
  int32_t class_count;
} rn8_head;

// The tile alone: every row times every block of 16 channels. No layer uses it; it is what measurements time.
typedef struct rn8_product {
  const uint8_t *rows;    // the first of row_count rows of `depth` bytes
  intptr_t row_stride;    // bytes; rows may overlap, as pixels' windows do
  const int8_t *weights;  // [block][depth / 4][16][4]
  int32_t *sums;          // [row][block][16]
  int32_t row_count, blocks;
  int32_t depth;          // bytes, a multiple of 4
} rn8_product;

typedef enum rn8_kind { RN8_CONVOLUTION, RN8_POOL, RN8_POOL_SUMS, RN8_CLASSIFIER, RN8_PRODUCT } rn8_kind;

typedef struct rn8_operation {
  rn8_kind kind;
  union {
    rn8_convolution convolution;
    rn8_pool pool;
    rn8_head head;
    rn8_product product;
  };
} rn8_operation;

// Computes this worker's share of an operation; the shares of workers 0 ..< worker_count are disjoint and complete.
typedef void rn8_kernels(const rn8_operation *operation, int32_t worker, int32_t worker_count);

rn8_kernels rn8_kernels_portable;
rn8_kernels rn8_kernels_avx2;
rn8_kernels rn8_kernels_avxvnni;
rn8_kernels rn8_kernels_avx512vnni;
rn8_kernels rn8_kernels_amx;
rn8_kernels rn8_kernels_neon;
rn8_kernels rn8_kernels_neondot;
