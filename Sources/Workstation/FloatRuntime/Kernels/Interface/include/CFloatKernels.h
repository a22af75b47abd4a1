// The interface between modules that are compiled for different instruction sets: one structure, and one function per
// instruction set. The float network reaches its kernels through nothing else.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// A convolution of one image. It uses the words of the int8 kernels' rn8_window and rn8_convolution. All strides
// count floats. Activations are NHWC inside a halo of zeros, so that no window needs a bounds check. Output
// channels come in blocks of 16.
typedef struct float_convolution {
  const float *_Nonnull input;      // window of output pixel (0, 0), first group; it may begin inside the halo
  const float *_Nonnull weights;    // [group][block][rows * columns * length][16]
  const float *_Nonnull bias;       // [group][block][16]
  const float *_Nullable shortcut;  // pixel (0, 0); added before ReLU; may be the output itself
  float *_Nonnull output;           // pixel (0, 0)

  ptrdiff_t height, width;                     // pixels of the output
  ptrdiff_t y_stride, x_stride;                // between the windows of neighbouring output pixels
  ptrdiff_t output_y_stride, output_x_stride;  // between neighbouring output pixels
  ptrdiff_t shortcut_y_stride;                 // the shortcut's x_stride is the output's

  ptrdiff_t rows, columns, length;      // a window: rows x columns segments of `length` contiguous floats
  ptrdiff_t row_stride, column_stride;  // between neighbouring segments
  ptrdiff_t groups, group_stride;       // group_stride: between the first channels of neighbouring groups
  ptrdiff_t blocks_per_group;           // blocks of 16 output channels

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
