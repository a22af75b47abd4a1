// Instructions of AVX2 and AVX-VNNI, whose registers have 8 lanes of 32 bits.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>

typedef int32_t rn8_int32x8 __attribute__((vector_size(32)));  // imported as SIMD8<Int32>

// Memory for 3072 codes widened to 16 bits. A function returns it uninitialized: Swift would set an array to zero,
// and do so for every tile.
typedef struct rn8_widened_codes {
  int64_t words[768];
} rn8_widened_codes;
RN8_INLINE rn8_widened_codes rn8_room_for_widened_codes(void) {
  rn8_widened_codes room;
  return room;
}

// Widens `count` codes (uint8) at `codes` to 16 bits each at `widened`. `count` is a multiple of 4.
RN8_INLINE void rn8_widen_codes(void *widened, const void *codes, intptr_t count) {
  const uint8_t *from = codes;
  uint16_t *to = widened;
  intptr_t i = 0;
  for (; i + 16 <= count; i += 16)
    _mm256_storeu_si256((__m256i *)(to + i), _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(from + i))));
  for (; i < count; i += 4) _mm_storel_epi64((__m128i *)(to + i), _mm_cvtepu8_epi16(_mm_loadu_si32(from + i)));
}

// Loads 16 weights (int8), 4 of each of 4 channels, and widens them to 16 bits.
RN8_INLINE rn8_int32x8 rn8_widen_weights(const void *weights) {
  return (rn8_int32x8)_mm256_cvtepi8_epi16(_mm_loadu_si128(weights));
}

// Loads 4 widened codes and repeats them for each of 4 channels.
RN8_INLINE rn8_int32x8 rn8_broadcast_codes(const void *widened) {
  int64_t codes;
  __builtin_memcpy(&codes, widened, sizeof codes);
  return (rn8_int32x8)_mm256_set1_epi64x(codes);
}

// Lane i of the result is sum[i] + a[2i] * w[2i] + a[2i+1] * w[2i+1], where a and w hold 16-bit numbers. (vpmaddubsw
// would multiply bytes without widening them, but it saturates the sum of two products.)
RN8_INLINE rn8_int32x8 rn8_vpmaddwd(rn8_int32x8 sum, rn8_int32x8 a, rn8_int32x8 w) {
  return sum + (rn8_int32x8)_mm256_madd_epi16((__m256i)a, (__m256i)w);
}

// Returns the sums of neighbouring lanes: 4 sums of a, then 4 sums of b.
RN8_INLINE rn8_int32x8 rn8_add_pairs(rn8_int32x8 a, rn8_int32x8 b) {
  return (rn8_int32x8)_mm256_permute4x64_epi64(_mm256_hadd_epi32((__m256i)a, (__m256i)b), 0xd8);
}

// Requantizes 16 values, `low` then `high`, and stores 16 codes: saturates to int16, multiplies by multiplier * 2^-15
// rounding halves up, saturates to uint8. Packing works within 128 bits, so that the groups of four bytes come out of
// order. The last step puts them in order.
RN8_INLINE void rn8_store_codes_avx2(void *codes, rn8_int32x8 low, rn8_int32x8 high, rn8_int32x8 low_multiplier,
                                     rn8_int32x8 high_multiplier) {
  __m256i product = _mm256_mulhrs_epi16(_mm256_packs_epi32((__m256i)low, (__m256i)high),
                                        _mm256_packs_epi32((__m256i)low_multiplier, (__m256i)high_multiplier));
  __m256i bytes = _mm256_packus_epi16(product, product);
  _mm_storeu_si128((__m128i *)codes, _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)));
}

// Requantizes 32 values, v0 to v3, as rn8_store_codes_avx2 does, and stores 32 codes.
RN8_INLINE void rn8_store_codes_2_avx2(void *codes, rn8_int32x8 v0, rn8_int32x8 v1, rn8_int32x8 v2, rn8_int32x8 v3,
                                       rn8_int32x8 m0, rn8_int32x8 m1, rn8_int32x8 m2, rn8_int32x8 m3) {
  __m256i low = _mm256_mulhrs_epi16(_mm256_packs_epi32((__m256i)v0, (__m256i)v1), _mm256_packs_epi32((__m256i)m0, (__m256i)m1));
  __m256i high = _mm256_mulhrs_epi16(_mm256_packs_epi32((__m256i)v2, (__m256i)v3), _mm256_packs_epi32((__m256i)m2, (__m256i)m3));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256((__m256i *)codes, _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), order));
}

// Products of 16 values in 16 bits each: codes before they are saturated, and the upper bytes of the products times 2.
typedef struct rn8_fine_products {
  __m256i codes, upper;
} rn8_fine_products;

// Multiplies 16 values, `low` then `high`. Packing works within 128 bits, as in rn8_store_codes_avx2.
RN8_INLINE rn8_fine_products rn8_fine_products_avx2(rn8_int32x8 low, rn8_int32x8 high, rn8_int32x8 low_multiplier,
                                                    rn8_int32x8 high_multiplier) {
  __m256i positive = _mm256_max_epi16(_mm256_packs_epi32((__m256i)low, (__m256i)high), _mm256_setzero_si256());
  __m256i factor = _mm256_packs_epi32((__m256i)low_multiplier, (__m256i)high_multiplier);
  __m256i twice = _mm256_mullo_epi16(positive, _mm256_slli_epi16(factor, 1));
  return (rn8_fine_products){_mm256_mulhrs_epi16(positive, factor), _mm256_srli_epi16(twice, 8)};
}

// Stores 16 codes as rn8_store_codes_avx2 does, and their remainders: bits 7 to 14 of the positive product plus 2^14. In
// 16 bits, these are the upper ones of the product times 2, with the topmost inverted by the addition.
RN8_INLINE void rn8_store_fine_codes_avx2(void *codes, void *remainders, rn8_int32x8 low, rn8_int32x8 high,
                                          rn8_int32x8 low_multiplier, rn8_int32x8 high_multiplier) {
  rn8_fine_products products = rn8_fine_products_avx2(low, high, low_multiplier, high_multiplier);
  __m256i bytes = _mm256_packus_epi16(products.codes, products.upper);
  __m128i first = _mm256_castsi256_si128(bytes), second = _mm256_extracti128_si256(bytes, 1);
  _mm_storeu_si128((__m128i *)codes, _mm_unpacklo_epi32(first, second));
  _mm_storeu_si128((__m128i *)remainders, _mm_xor_si128(_mm_unpackhi_epi32(first, second), _mm_set1_epi8(-128)));
}

// Stores 32 codes as rn8_store_codes_2_avx2 does, and their remainders.
RN8_INLINE void rn8_store_fine_codes_2_avx2(void *codes, void *remainders, rn8_int32x8 v0, rn8_int32x8 v1, rn8_int32x8 v2,
                                            rn8_int32x8 v3, rn8_int32x8 m0, rn8_int32x8 m1, rn8_int32x8 m2, rn8_int32x8 m3) {
  rn8_fine_products low = rn8_fine_products_avx2(v0, v1, m0, m1), high = rn8_fine_products_avx2(v2, v3, m2, m3);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  __m256i upper = _mm256_xor_si256(_mm256_packus_epi16(low.upper, high.upper), _mm256_set1_epi8(-128));
  _mm256_storeu_si256((__m256i *)codes, _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low.codes, high.codes), order));
  _mm256_storeu_si256((__m256i *)remainders, _mm256_permutevar8x32_epi32(upper, order));
}

#if defined(__AVXVNNI__)
// Lane i of the result is sum[i] + a[4i] * w[4i] + ... + a[4i+3] * w[4i+3], where a holds unsigned bytes, and w
// signed ones.
RN8_INLINE rn8_int32x8 rn8_vpdpbusd_avx(rn8_int32x8 sum, rn8_int32x8 a, rn8_int32x8 w) {
  return (rn8_int32x8)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)a, (__m256i)w);
}
#endif
#endif
