// The only interface between the run-time and the kernels, and between the kernels of two instruction sets: plain
// structures, and one function for each instruction set.
//
// No Swift code may cross this border. A module that imports a kernel module compiles the kernel module's code again,
// with the importer's own processor flags. So only a module that has all the flags of a kernel module may import it.
//
// Codes are unsigned 8-bit activations, NHWC. Blocks are blocks of 16 output channels. Pointers may have any
// alignment, except those to float and int32_t, which have that of their type.
#pragma once
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "a big-endian processor cannot run models: their numbers are little-endian, and used where they lie"
#endif

// What a convolution reads, and the weights that it multiplies this by. Each output pixel reads one window in each
// group: rows x columns segments of `length` contiguous bytes. With one group and no dilation a row of the
// convolution's kernel is contiguous in NHWC, so that the segments are kernel height x 1.
typedef struct rn8_window {
  // The first byte of the window that output pixel (0, 0) reads in the first group. With padding it lies in the halo.
  const uint8_t *input;
  // [block][rows * columns * length / 4][16][4], -128 ... 127: for each 4 bytes of a window, 4 weights of each of a
  // block's 16 channels. Where `length` was rounded up to a multiple of 4, the weights of the bytes beyond are zeros.
  const int8_t *weights;
  // Bytes from an output pixel's window to the window of the pixel below it, and of the pixel on its right.
  intptr_t y_stride, x_stride;
  // Bytes from a segment to the segment below it, and to the segment on its right.
  intptr_t row_stride, column_stride;
  // Bytes from the first input channel of a group to the first input channel of the next group.
  intptr_t group_stride;
  // Segments from top to bottom, segments from left to right, and bytes of a segment, a multiple of 4.
  int32_t rows, columns, length;
  int32_t blocks_per_group;  // output channels of a group / 16
  // What the kernels made of the weights of the blocks that they compute at a time. NULL outside of them.
  const uint8_t *sorted_places;
} rn8_window;

// An activation tensor, NHWC, one byte for each channel. The structure describes its pixels, without the halo around
// them.
typedef struct rn8_tensor {
  uint8_t *codes;                   // pixel (0, 0), 0 ... 255
  intptr_t y_stride, x_stride;      // bytes from a pixel to the pixel below it, and to the pixel on its right
  int32_t height, width, channels;  // pixels, pixels, and a multiple of 16
  // [height][width][channels], 0 ... 255: what rounding took away from the codes, plus 128, in 1/256 of a code. NULL
  // where the tensor has none.
  uint8_t *remainders;
} rn8_tensor;

// output = requantize(convolution + shortcut); docs/numerics.md has the arithmetic.
typedef struct rn8_convolution {
  rn8_window window;
  // The convolution that the shortcut goes through. Its weights are NULL where the shortcut is not a projection.
  rn8_window projection;
  // The same convolution over the remainders of the tensor that `projection` reads. Its weights are NULL where this
  // tensor has none.
  rn8_window projection_remainders;
  // The tensor that is added as it is. It has the output's shape and may be the output's memory. Its codes are NULL
  // where the shortcut is not the identity.
  rn8_tensor shortcut;
  rn8_tensor output;
  const uint8_t *parameters;  // for each block of the output 3, 5 or 7 rows of 16 int32: ModelFormat's ParameterBlock
  intptr_t parameter_stride;  // bytes from a block's parameters to the next block's: 192, 320 or 448
} rn8_convolution;

// A convolution of 3 x 3 taps, stride 1, one group and no dilation, by Winograd's minimal filtering: docs/winograd.md. It takes
// three operations, RN8_WINOGRAD_INPUT, RN8_WINOGRAD_WEIGHTS and RN8_WINOGRAD_OUTPUT. The last two compute some blocks of
// the output, and follow each other for each such part. Memory is shared by all workers, and aligned to 64 bytes.
typedef struct rn8_winograd {
  rn8_convolution convolution;  // with any shortcut
  int16_t *input;               // [position][tile that has it][channel]: TiledMap
  int16_t *weights;             // [block][position][channel / 2][16][2], those of the blocks below
  int32_t *products;            // room for the sums of products of some tiles: each worker has a part
  intptr_t product_bytes;
  int32_t first_block, blocks;  // of 16 output channels
  int32_t largest_tile;         // 4 or 3 pixels each way
} rn8_winograd;

// Max or average pooling. Each window is clipped to the input, so that padding never counts. Remainders are read where the
// output has some.
typedef struct rn8_pool {
  rn8_tensor input, output;                     // of equally many channels
  int32_t kernel_height, kernel_width, stride;  // pixels
  int32_t top, left;                            // pixels of padding, less than kernel_height and kernel_width
} rn8_pool;

// Global average pooling and, where weights are not NULL, a fully connected layer.
typedef struct rn8_head {
  rn8_tensor input;
  // [block of 16 classes][channels / 4][16][4], -128 ... 127. NULL: the logits are the pooled features.
  const int8_t *weights;
  const uint8_t *parameters;  // for each block of 16 classes 16 float scales, 16 float biases: ModelFormat's HeadBlock
  // [3][channels]: each channel's exact sum of codes, below 2^24, as three bytes, the least significant one first.
  // Where the input has remainders, [4][channels]: the sum of 256 * code + remainder, below 2^32. RN8_POOL_SUMS writes
  // them, RN8_CLASSIFIER reads them.
  uint8_t *sums;
  float *logits;        // class_count floats, which RN8_CLASSIFIER writes
  int32_t class_count;  // 1 ... 2^20; without weights, at most the input's channels
} rn8_head;

// The product that a tile computes, alone: every row of bytes times every block of 16 channels. No layer uses it. Tests
// call it, and resnet-bench times it.
typedef struct rn8_product {
  const uint8_t *rows;        // the first of row_count rows of `depth` codes, 0 ... 255
  intptr_t row_stride;        // bytes from a row to the next; rows may overlap, as the windows of pixels do
  const int8_t *weights;      // [block][depth / 4][16][4], -128 ... 127
  int32_t *sums;              // [row][block][16], which are written
  int32_t row_count, blocks;  // both at least 1
  int32_t depth;              // bytes of a row, a multiple of 4
} rn8_product;

// The head takes two operations, one after the other: RN8_POOL_SUMS, then RN8_CLASSIFIER.
typedef enum rn8_kind {
  RN8_CONVOLUTION,
  RN8_MAX_POOL,
  RN8_POOL_SUMS,
  RN8_CLASSIFIER,
  RN8_PRODUCT,
  RN8_AVERAGE_POOL,
  RN8_WINOGRAD_INPUT,
  RN8_WINOGRAD_WEIGHTS,
  RN8_WINOGRAD_OUTPUT
} rn8_kind;

// One operation, which all workers compute together. `kind` says which member of the union is set.
typedef struct rn8_operation {
  rn8_kind kind;
  union {
    rn8_convolution convolution;
    rn8_winograd winograd;
    rn8_pool pool;
    rn8_head head;
    rn8_product product;
  };
} rn8_operation;

// Computes a worker's share of an operation. The shares of the workers 0 ... worker_count - 1 write disjoint parts
// of the output and together all of it. The input must be complete before any worker begins.
typedef void rn8_kernels(const rn8_operation *operation, int32_t worker, int32_t worker_count);

// Stores `count` neighbouring pixels of an output row from (y, x) on, in `blocks` blocks of channels from `block` on: adds the
// shortcut to the sums and requantizes them. Sums are [pixel][block][16]; `projected` is NULL where the shortcut is not a
// projection. Sets with other dot products store their pixels by it too: AVX-VNNI's, one block at a time, by AVX2's, and
// those of AVX-512 VNNI and AMX by AVX-512's.
typedef void rn8_store_run(const void *sums, const void *projected, int32_t count, const rn8_convolution *convolution,
                           int32_t block, int32_t blocks, int32_t y, int32_t x);
// All are hidden: they are of this library alone, so that no table of addresses must be filled before the first call.
#pragma GCC visibility push(hidden)
rn8_store_run rn8_store_run_avx2;
rn8_store_run rn8_store_run_avx512;

rn8_kernels rn8_kernels_portable;
rn8_kernels rn8_kernels_avx2;
rn8_kernels rn8_kernels_avxvnni;
rn8_kernels rn8_kernels_avx512;
rn8_kernels rn8_kernels_avx512vnni;
rn8_kernels rn8_kernels_amx;
rn8_kernels rn8_kernels_neon;
rn8_kernels rn8_kernels_neondot;
#pragma GCC visibility pop
