#pragma once
#include <stdbool.h>
#include <stddef.h>

// One float convolution of one image with every pointer resolved: the only way across instruction sets.
//
// Activations are NHWC floats inside a halo of zeros, so that no tap needs a bounds check. All steps are in floats.
// Output channels come in blocks of 16; a block's weights are `depth` vectors of 16 floats, in the order of the walk
// over the taps: depth = kernel_rows * kernel_columns * run_length.
typedef struct float_convolution {
  const float *_Nonnull input;      // first tap of output pixel (0, 0), possibly inside the halo
  const float *_Nonnull weights;    // [group][block][depth][16]
  const float *_Nonnull bias;       // [group][block][16]
  const float *_Nullable shortcut;  // added before ReLU; output pixel (0, 0) of it; may be the output itself
  float *_Nonnull output;           // output pixel (0, 0)

  ptrdiff_t output_height, output_width;
  ptrdiff_t input_row_step, input_pixel_step;  // from an output pixel's first tap to that of the pixel below, to the right
  ptrdiff_t output_row_step, output_pixel_step;
  ptrdiff_t shortcut_row_step;  // its pixel step is the output's

  ptrdiff_t kernel_rows, kernel_row_step;
  ptrdiff_t kernel_columns, kernel_column_step;  // 1 where a whole kernel row is contiguous
  ptrdiff_t run_length;                          // contiguous floats at each tap

  ptrdiff_t group_count, group_input_step;
  ptrdiff_t group_blocks;  // blocks of 16 output channels a group

  bool relu;
} float_convolution;

typedef void (*float_convolve_function)(const float_convolution *_Nonnull convolution);

void float_convolve_portable(const float_convolution *_Nonnull convolution)
    __attribute__((swift_name("convolvePortable(_:)")));
#if defined(__x86_64__)
void float_convolve_avx2(const float_convolution *_Nonnull convolution)
    __attribute__((swift_name("convolveAVX2(_:)")));
void float_convolve_avx512(const float_convolution *_Nonnull convolution)
    __attribute__((swift_name("convolveAVX512(_:)")));

static inline bool float_cpu_has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static inline bool float_cpu_has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && float_cpu_has_avx2();
}
#endif
