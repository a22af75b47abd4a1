// Instructions of Intel AMX. The processor has eight tiles, registers of up to 16 rows x 64 bytes, and an instruction
// that multiplies two tiles and adds the product to a third.
//
// An instruction names its tiles as constants, so that each tile has a fixed role here:
//   tiles 0 ... 3   sums, `rows` x 16 int32
//   tiles 4, 5      activations, `rows` x `depth` uint8
//   tiles 6, 7      weights, `depth` / 4 x 16 x 4 int8, of one block of 16 channels
//
// A slice is what is multiplied at once: `depth` bytes of each row. Where a slice has more operands than there are
// tiles for them, the operands take turns.
#pragma once
#include "Vectors.h"

#if defined(__AMX_INT8__)
#include <immintrin.h>

// Gives all tiles their shapes and sets them to zero. `rows` is 1 ... 16; `depth` is a multiple of 4 in 4 ... 64.
RN8_INLINE void rn8_tiles_configure(int rows, int depth) {
  struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } shapes = {.palette = 1};
  for (int tile = 0; tile < 8; tile++) {
    int activations = tile == 4 || tile == 5;
    shapes.row_bytes[tile] = (uint16_t)(activations ? depth : 64);
    shapes.rows[tile] = (uint8_t)(tile < 6 ? rows : depth / 4);
  }
  _tile_loadconfig(&shapes);
}

RN8_INLINE void rn8_tiles_release(void) { _tile_release(); }

RN8_INLINE void rn8_tiles_zero(void) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

// Adds one slice of two tiles of rows by two blocks: the rows at a0 by blocks w0 and w1 to sums 0 and 1, the rows at
// a1 by the same blocks to sums 2 and 3. `a_stride` is the distance from one row to the next, in bytes.
RN8_INLINE void rn8_tiles_multiply_2x2(const void *a0, const void *a1, intptr_t a_stride, const void *w0, const void *w1) {
  _tile_loadd(6, w0, 64);
  _tile_loadd(4, a0, a_stride);
  _tile_dpbusd(0, 4, 6);
  _tile_loadd(7, w1, 64);
  _tile_dpbusd(1, 4, 7);
  _tile_loadd(5, a1, a_stride);
  _tile_dpbusd(2, 5, 6);
  _tile_dpbusd(3, 5, 7);
}

// Adds one slice of one tile of rows by four blocks: the rows at a by the block at w + i * w_stride to sum i. Strides
// are in bytes.
RN8_INLINE void rn8_tiles_multiply_1x4(const void *a, intptr_t a_stride, const char *w, intptr_t w_stride) {
  _tile_loadd(4, a, a_stride);
  _tile_loadd(6, w, 64);
  _tile_dpbusd(0, 4, 6);
  _tile_loadd(7, w + w_stride, 64);
  _tile_dpbusd(1, 4, 7);
  _tile_loadd(6, w + 2 * w_stride, 64);
  _tile_dpbusd(2, 4, 6);
  _tile_loadd(7, w + 3 * w_stride, 64);
  _tile_dpbusd(3, 4, 7);
}

// Adds one slice of four tiles of rows by one block: the rows at ai by block w to sum i. `a_stride` is in bytes.
RN8_INLINE void rn8_tiles_multiply_4x1(const void *a0, const void *a1, const void *a2, const void *a3, intptr_t a_stride,
                                   const void *w) {
  _tile_loadd(6, w, 64);
  _tile_loadd(4, a0, a_stride);
  _tile_dpbusd(0, 4, 6);
  _tile_loadd(5, a1, a_stride);
  _tile_dpbusd(1, 5, 6);
  _tile_loadd(4, a2, a_stride);
  _tile_dpbusd(2, 4, 6);
  _tile_loadd(5, a3, a_stride);
  _tile_dpbusd(3, 5, 6);
}

// Stores sum i at si, one row of 16 int32 every `stride` bytes.
RN8_INLINE void rn8_tiles_store(void *s0, void *s1, void *s2, void *s3, intptr_t stride) {
  _tile_stored(0, s0, stride);
  _tile_stored(1, s1, stride);
  _tile_stored(2, s2, stride);
  _tile_stored(3, s3, stride);
}
#endif
