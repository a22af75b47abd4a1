// AVX2 and AVX-VNNI: registers of 8 lanes.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>

typedef int32_t rn8_int32x8 __attribute__((vector_size(32)));  // imported as SIMD8<Int32>

// Room for widened codes. It is not set to zero, as Swift would set an array, for every tile.
typedef struct rn8_widened_codes {
  int64_t words[768];
} rn8_widened_codes;
RN8_INLINE rn8_widened_codes rn8_room_for_widened_codes(void) {
  rn8_widened_codes room;
  return room;
}

// Widens `count` codes, a multiple of 4, to 16 bits.
RN8_INLINE void rn8_widen_codes(void *widened, const void *codes, intptr_t count) {
  const uint8_t *from = codes;
  uint16_t *to = widened;
  intptr_t i = 0;
  for (; i + 16 <= count; i += 16)
    _mm256_storeu_si256((__m256i *)(to + i), _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(from + i))));
  for (; i < count; i += 4) _mm_storel_epi64((__m128i *)(to + i), _mm_cvtepu8_epi16(_mm_loadu_si32(from + i)));
}

// 16 weights, widened to 16 bits: 4 channels.
RN8_INLINE rn8_int32x8 rn8_widen_weights(const void *weights) {
  return (rn8_int32x8)_mm256_cvtepi8_epi16(_mm_loadu_si128(weights));
}

// 4 widened codes, for each of 4 channels.
RN8_INLINE rn8_int32x8 rn8_broadcast_codes(const void *widened) {
  int64_t codes;
  __builtin_memcpy(&codes, widened, sizeof codes);
  return (rn8_int32x8)_mm256_set1_epi64x(codes);
}

// Lane i: sum[i] + a[2i] * w[2i] + a[2i+1] * w[2i+1], of 16 bits each. (vpmaddubsw would multiply bytes as they are, and
// saturate the sum of a pair.)
RN8_INLINE rn8_int32x8 rn8_vpmaddwd(rn8_int32x8 sum, rn8_int32x8 a, rn8_int32x8 w) {
  return sum + (rn8_int32x8)_mm256_madd_epi16((__m256i)a, (__m256i)w);
}

// The sums of neighbouring lanes, of a then b.
RN8_INLINE rn8_int32x8 rn8_add_pairs(rn8_int32x8 a, rn8_int32x8 b) {
  return (rn8_int32x8)_mm256_permute4x64_epi64(_mm256_hadd_epi32((__m256i)a, (__m256i)b), 0xd8);
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

// The same of 32 lanes in four vectors, 32 bytes.
RN8_INLINE void rn8_store_codes_2_avx2(void *codes, rn8_int32x8 v0, rn8_int32x8 v1, rn8_int32x8 v2, rn8_int32x8 v3,
                                       rn8_int32x8 m0, rn8_int32x8 m1, rn8_int32x8 m2, rn8_int32x8 m3) {
  __m256i low = _mm256_mulhrs_epi16(_mm256_packs_epi32((__m256i)v0, (__m256i)v1), _mm256_packs_epi32((__m256i)m0, (__m256i)m1));
  __m256i high = _mm256_mulhrs_epi16(_mm256_packs_epi32((__m256i)v2, (__m256i)v3), _mm256_packs_epi32((__m256i)m2, (__m256i)m3));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256((__m256i *)codes, _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), order));
}

#if defined(__AVXVNNI__)
// Lane i: sum[i] + a[4i] * w[4i] + ... + a[4i+3] * w[4i+3]; a unsigned, w signed bytes.
RN8_INLINE rn8_int32x8 rn8_vpdpbusd_avx(rn8_int32x8 sum, rn8_int32x8 a, rn8_int32x8 w) {
  return (rn8_int32x8)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)a, (__m256i)w);
}
#endif
#endif
