// Instructions of AArch64, whose registers have 4 lanes of 32 bits.
#pragma once

#if defined(__aarch64__)
#include <arm_neon.h>

typedef int32_t rn8_int32x4 __attribute__((vector_size(16)));

// The lanes 4 * INDEX to 4 * INDEX + 3 of a vector of 16.
#define RN8_QUARTER(VECTOR, INDEX) \
  (int32x4_t) __builtin_shufflevector(VECTOR, VECTOR, 4 * INDEX, 4 * INDEX + 1, 4 * INDEX + 2, 4 * INDEX + 3)

RN8_INLINE rn8_int32x16 rn8_join_quarters(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d) {
  typedef int32_t rn8_int32x8 __attribute__((vector_size(32)));
  rn8_int32x8 low = __builtin_shufflevector((rn8_int32x4)a, (rn8_int32x4)b, 0, 1, 2, 3, 4, 5, 6, 7);
  rn8_int32x8 high = __builtin_shufflevector((rn8_int32x4)c, (rn8_int32x4)d, 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// Computes eight channels of rn8_smlal. `a` holds the 4 activations, and `low` and `high` hold 4 weights of each
// channel. Those are sorted into vectors w0 to w3 and widened to 16 bits: wi holds the i-th weight of all eight
// channels.
RN8_INLINE void rn8_smlal_8(int32x4_t sums[2], int16x8_t a, int8x16_t low, int8x16_t high) {
  int8x16_t bytes02 = vuzp1q_s8(low, high), bytes13 = vuzp2q_s8(low, high);
  int8x16_t bytes01 = vuzp1q_s8(bytes02, bytes13), bytes23 = vuzp2q_s8(bytes02, bytes13);
  int16x8_t w0 = vmovl_s8(vget_low_s8(bytes01)), w1 = vmovl_high_s8(bytes01);
  int16x8_t w2 = vmovl_s8(vget_low_s8(bytes23)), w3 = vmovl_high_s8(bytes23);
  sums[0] = vmlal_laneq_s16(sums[0], vget_low_s16(w0), a, 0), sums[1] = vmlal_high_laneq_s16(sums[1], w0, a, 0);
  sums[0] = vmlal_laneq_s16(sums[0], vget_low_s16(w1), a, 1), sums[1] = vmlal_high_laneq_s16(sums[1], w1, a, 1);
  sums[0] = vmlal_laneq_s16(sums[0], vget_low_s16(w2), a, 2), sums[1] = vmlal_high_laneq_s16(sums[1], w2, a, 2);
  sums[0] = vmlal_laneq_s16(sums[0], vget_low_s16(w3), a, 3), sums[1] = vmlal_high_laneq_s16(sums[1], w3, a, 3);
}

// Lane i of the result is sum[i] + a[4i] * w[4i] + ... + a[4i+3] * w[4i+3], where a holds unsigned bytes, w signed
// ones. All lanes of a must be equal, since only the first is read.
RN8_INLINE rn8_int32x16 rn8_smlal(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 w) {
  int16x8_t bytes = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(vreinterpretq_u8_s32(RN8_QUARTER(a, 0)))));
  int32x4_t sums[4] = {RN8_QUARTER(sum, 0), RN8_QUARTER(sum, 1), RN8_QUARTER(sum, 2), RN8_QUARTER(sum, 3)};
  rn8_smlal_8(sums, bytes, vreinterpretq_s8_s32(RN8_QUARTER(w, 0)), vreinterpretq_s8_s32(RN8_QUARTER(w, 1)));
  rn8_smlal_8(sums + 2, bytes, vreinterpretq_s8_s32(RN8_QUARTER(w, 2)), vreinterpretq_s8_s32(RN8_QUARTER(w, 3)));
  return rn8_join_quarters(sums[0], sums[1], sums[2], sums[3]);
}

#if defined(__ARM_FEATURE_DOTPROD)
// Computes four lanes of rn8_sdot. An exclusive or with 0x80 subtracts 128 from an unsigned byte and makes it signed.
RN8_INLINE int32x4_t rn8_sdot_4(int32x4_t sum, int32x4_t a, int32x4_t w) {
  return vdotq_s32(sum, veorq_s8(vreinterpretq_s8_s32(a), vdupq_n_s8(-128)), vreinterpretq_s8_s32(w));
}

// Lane i of the result is sum[i] + (a[4i] - 128) * w[4i] + ... + (a[4i+3] - 128) * w[4i+3], where a holds unsigned
// bytes, w signed ones. 128 is subtracted because both operands of sdot are signed.
RN8_INLINE rn8_int32x16 rn8_sdot(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 w) {
  return rn8_join_quarters(rn8_sdot_4(RN8_QUARTER(sum, 0), RN8_QUARTER(a, 0), RN8_QUARTER(w, 0)),
                           rn8_sdot_4(RN8_QUARTER(sum, 1), RN8_QUARTER(a, 1), RN8_QUARTER(w, 1)),
                           rn8_sdot_4(RN8_QUARTER(sum, 2), RN8_QUARTER(a, 2), RN8_QUARTER(w, 2)),
                           rn8_sdot_4(RN8_QUARTER(sum, 3), RN8_QUARTER(a, 3), RN8_QUARTER(w, 3)));
}
#endif

// Requantizes 16 values and stores 16 codes: saturates to int16, multiplies by multiplier * 2^-15 rounding halves up,
// saturates to uint8.
RN8_INLINE void rn8_store_codes_neon(void *codes, rn8_int32x16 value, rn8_int32x16 multiplier) {
  int16x8_t low = vqmovn_high_s32(vqmovn_s32(RN8_QUARTER(value, 0)), RN8_QUARTER(value, 1));
  int16x8_t high = vqmovn_high_s32(vqmovn_s32(RN8_QUARTER(value, 2)), RN8_QUARTER(value, 3));
  int16x8_t low_multiplier = vmovn_high_s32(vmovn_s32(RN8_QUARTER(multiplier, 0)), RN8_QUARTER(multiplier, 1));
  int16x8_t high_multiplier = vmovn_high_s32(vmovn_s32(RN8_QUARTER(multiplier, 2)), RN8_QUARTER(multiplier, 3));
  uint8x8_t bytes = vqmovun_s16(vqrdmulhq_s16(low, low_multiplier));
  vst1q_u8((uint8_t *)codes, vqmovun_high_s16(bytes, vqrdmulhq_s16(high, high_multiplier)));
}

// Requantizes 8 values as rn8_store_codes_neon does, and stores 8 codes and their remainders: bits 7 to 14 of the
// positive product plus 2^14. In 16 bits, these are the upper ones of the product times 2 plus 2^15.
RN8_INLINE void rn8_store_fine_codes_8(uint8_t *codes, uint8_t *remainders, int32x4_t low, int32x4_t high,
                                       int32x4_t low_multiplier, int32x4_t high_multiplier) {
  int16x8_t positive = vmaxq_s16(vqmovn_high_s32(vqmovn_s32(low), high), vdupq_n_s16(0));
  int16x8_t multiplier = vmovn_high_s32(vmovn_s32(low_multiplier), high_multiplier);
  uint16x8_t twice = vreinterpretq_u16_s16(vmulq_s16(positive, vshlq_n_s16(multiplier, 1)));
  vst1_u8(codes, vqmovun_s16(vqrdmulhq_s16(positive, multiplier)));
  vst1_u8(remainders, vaddhn_u16(twice, vdupq_n_u16(0x8000)));
}

// Stores 16 codes as rn8_store_codes_neon does, and their remainders.
RN8_INLINE void rn8_store_fine_codes_neon(void *codes, void *remainders, rn8_int32x16 value, rn8_int32x16 multiplier) {
  uint8_t *code = codes, *remainder = remainders;
  rn8_store_fine_codes_8(code, remainder, RN8_QUARTER(value, 0), RN8_QUARTER(value, 1), RN8_QUARTER(multiplier, 0),
                         RN8_QUARTER(multiplier, 1));
  rn8_store_fine_codes_8(code + 8, remainder + 8, RN8_QUARTER(value, 2), RN8_QUARTER(value, 3), RN8_QUARTER(multiplier, 2),
                         RN8_QUARTER(multiplier, 3));
}
#endif
