// AVX2 and AVX-VNNI: registers of 8 lanes.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>

typedef int32_t rn8_int32x8 __attribute__((vector_size(32)));  // imported as SIMD8<Int32>

// Unsigned bytes, widened to 16 bits: the even ones of each 32-bit lane, and the odd ones.
RN8_INLINE rn8_int32x8 rn8_even_codes(rn8_int32x8 codes) {
  return (rn8_int32x8)_mm256_and_si256((__m256i)codes, _mm256_set1_epi16(0xff));
}
RN8_INLINE rn8_int32x8 rn8_odd_codes(rn8_int32x8 codes) { return (rn8_int32x8)_mm256_srli_epi16((__m256i)codes, 8); }

// `count` bytes, 16 to 32, widened: the even ones to `widened`, the odd ones 32 bytes on. Two halves, which overlap.
RN8_INLINE void rn8_widen_codes(void *widened, const void *codes, intptr_t count) {
  uint8_t *even = widened, *odd = even + 32;
  __m128i low = _mm_loadu_si128(codes), high = _mm_loadu_si128((const __m128i *)((const uint8_t *)codes + count - 16));
  _mm_storeu_si128((__m128i *)even, _mm_and_si128(low, _mm_set1_epi16(0xff)));
  _mm_storeu_si128((__m128i *)odd, _mm_srli_epi16(low, 8));
  _mm_storeu_si128((__m128i *)(even + count - 16), _mm_and_si128(high, _mm_set1_epi16(0xff)));
  _mm_storeu_si128((__m128i *)(odd + count - 16), _mm_srli_epi16(high, 8));
}

// Lane i: sum[i] + a[4i] * w[4i] + ... + a[4i+3] * w[4i+3], of the even and the odd bytes a and signed bytes w. (vpmaddubsw
// would multiply bytes as they are, and saturate the sum of a pair.)
RN8_INLINE rn8_int32x8 rn8_vpmaddwd(rn8_int32x8 sum, rn8_int32x8 even, rn8_int32x8 odd, rn8_int32x8 w) {
  __m256i even_w = _mm256_srai_epi16(_mm256_slli_epi16((__m256i)w, 8), 8), odd_w = _mm256_srai_epi16((__m256i)w, 8);
  return sum + (rn8_int32x8)_mm256_madd_epi16((__m256i)even, even_w) + (rn8_int32x8)_mm256_madd_epi16((__m256i)odd, odd_w);
}

// Of 16 lanes in two vectors: saturate to int16, multiply by multiplier * 2^-15 with rounding, saturate to uint8, store 16
// bytes. Packing works on 128-bit lanes: the groups of four bytes are put in order at the end.
RN8_INLINE void rn8_store_codes_avx2(void *codes, rn8_int32x8 low, rn8_int32x8 high, rn8_int32x8 low_multiplier,
                                     rn8_int32x8 high_multiplier) {
  __m256i product = _mm256_mulhrs_epi16(_mm256_packs_epi32((__m256i)low, (__m256i)high),
                                        _mm256_packs_epi32((__m256i)low_multiplier, (__m256i)high_multiplier));
  __m256i bytes = _mm256_packus_epi16(product, product);
  _mm_storeu_si128((__m128i *)codes, _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)));
}

#if defined(__AVXVNNI__)
// The same as rn8_vpmaddwd in one instruction.
RN8_INLINE rn8_int32x8 rn8_vpdpbusd_avx(rn8_int32x8 sum, rn8_int32x8 a, rn8_int32x8 w) {
  return (rn8_int32x8)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)a, (__m256i)w);
}
#endif
#endif
