// Instructions of AVX-512 (F, BW, DQ and VL) and of its VNNI, whose registers have 16 lanes of 32 bits.
#pragma once

#if defined(__AVX512BW__)
#include <immintrin.h>

// Parts `count` codes (uint8): those at even places go to `even` and those at odd places to `odd`, widened to 16 bits
// each. `count` is a multiple of 4.
RN8_INLINE void rn8_part_codes(void *even, void *odd, const void *codes, intptr_t count) {
  const __m512i low = _mm512_set1_epi16(255);
  intptr_t i = 0;
  for (; i + 64 <= count; i += 64) {
    __m512i bytes = _mm512_loadu_si512((const char *)codes + i);
    _mm512_storeu_si512((char *)even + i, _mm512_and_si512(bytes, low));
    _mm512_storeu_si512((char *)odd + i, _mm512_srli_epi16(bytes, 8));
  }
  if (i < count) {
    __mmask64 mask = ((__mmask64)1 << (count - i)) - 1;
    __m512i bytes = _mm512_maskz_loadu_epi8(mask, (const char *)codes + i);
    _mm512_mask_storeu_epi8((char *)even + i, mask, _mm512_and_si512(bytes, low));
    _mm512_mask_storeu_epi8((char *)odd + i, mask, _mm512_srli_epi16(bytes, 8));
  }
}

// Lane i of the result is sum[i] + a[0] * w[2i] + a[1] * w[2i+1], where a are two widened codes, and w holds 16-bit
// weights. (vpmaddubsw would multiply bytes without widening them, but it saturates the sum of two products.)
RN8_INLINE rn8_int32x16 rn8_add_pair_of_products(rn8_int32x16 sum, const void *a, __m512i w) {
  int32_t pair;
  __builtin_memcpy(&pair, a, sizeof pair);
  return sum + (rn8_int32x16)_mm512_madd_epi16(_mm512_set1_epi32(pair), w);
}

// Computes the dot products of `rows` rows of `depth` parted codes and the weights of 16 channels,
// [depth / 4][16][4]. The planes of a row lie `plane_bytes` apart, and rows twice that. Sums lie `stride` bytes apart;
// the products are added to them or, where `adding` is false, replace them. `rows` is a constant, at most 28. (Swift
// would keep an array of 28 vectors in memory.)
#define RN8_EACH_ROW _Pragma("clang loop unroll(full)") for (int row = 0; row < rows; row++)
RN8_INLINE void rn8_multiply_rows(void *sums, intptr_t stride, const void *parted, intptr_t plane_bytes, intptr_t depth,
                                  const void *weights, _Bool adding, int rows) {
  rn8_int32x16 sum[28];
  RN8_EACH_ROW sum[row] = (rn8_int32x16){0};
  if (adding) RN8_EACH_ROW __builtin_memcpy(&sum[row], (const char *)sums + row * stride, 64);
  for (intptr_t place = 0; place < depth; place += 4) {
    __m512i both = _mm512_loadu_si512((const char *)weights + place * 16);
    __m512i even = _mm512_srai_epi16(_mm512_slli_epi16(both, 8), 8), odd = _mm512_srai_epi16(both, 8);
    const char *codes = (const char *)parted + place;
    RN8_EACH_ROW {
      sum[row] = rn8_add_pair_of_products(sum[row], codes + row * 2 * plane_bytes, even);
      sum[row] = rn8_add_pair_of_products(sum[row], codes + row * 2 * plane_bytes + plane_bytes, odd);
    }
  }
  RN8_EACH_ROW __builtin_memcpy((char *)sums + row * stride, &sum[row], 64);
}
#undef RN8_EACH_ROW

// Requantizes 16 values and stores 16 codes: saturates to int16, multiplies by multiplier * 2^-15 rounding halves up,
// saturates to uint8.
RN8_INLINE void rn8_store_codes(void *codes, rn8_int32x16 value, rn8_int32x16 multiplier) {
  __m256i product = _mm256_mulhrs_epi16(_mm512_cvtsepi32_epi16((__m512i)value), _mm512_cvtepi32_epi16((__m512i)multiplier));
  __m256i positive = _mm256_max_epi16(product, _mm256_setzero_si256());
  _mm_storeu_si128((__m128i *)codes, _mm256_cvtusepi16_epi8(positive));
}

// Requantizes 64 values, v0 to v3, as rn8_store_codes does, and returns 64 codes. Packing works within 128 bits, so
// that the groups of four bytes come out of order. One permutation at the end puts them in order.
RN8_INLINE __m512i rn8_pack_codes(rn8_int32x16 v0, rn8_int32x16 v1, rn8_int32x16 v2, rn8_int32x16 v3, rn8_int32x16 m0,
                                  rn8_int32x16 m1, rn8_int32x16 m2, rn8_int32x16 m3) {
  __m512i low = _mm512_mulhrs_epi16(_mm512_packs_epi32((__m512i)v0, (__m512i)v1), _mm512_packs_epi32((__m512i)m0, (__m512i)m1));
  __m512i high = _mm512_mulhrs_epi16(_mm512_packs_epi32((__m512i)v2, (__m512i)v3), _mm512_packs_epi32((__m512i)m2, (__m512i)m3));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
}

// Stores 16 codes as rn8_store_codes does, and their remainders: bits 7 to 14 of the positive product plus 2^14. In 16
// bits, these are the upper ones of the product times 2, with the topmost inverted by the addition.
RN8_INLINE void rn8_store_fine_codes(void *codes, void *remainders, rn8_int32x16 value, rn8_int32x16 multiplier) {
  __m256i positive = _mm256_max_epi16(_mm512_cvtsepi32_epi16((__m512i)value), _mm256_setzero_si256());
  __m256i factor = _mm512_cvtepi32_epi16((__m512i)multiplier);
  __m256i twice = _mm256_mullo_epi16(positive, _mm256_slli_epi16(factor, 1));
  _mm_storeu_si128((__m128i *)codes, _mm256_cvtusepi16_epi8(_mm256_mulhrs_epi16(positive, factor)));
  __m128i upper = _mm256_cvtepi16_epi8(_mm256_srli_epi16(twice, 8));
  _mm_storeu_si128((__m128i *)remainders, _mm_xor_si128(upper, _mm_set1_epi8(-128)));
}

typedef struct rn8_fine_codes {
  __m512i codes, remainders;
} rn8_fine_codes;

// Requantizes 64 values as rn8_pack_codes does, and returns 64 codes and their remainders.
RN8_INLINE rn8_fine_codes rn8_pack_fine_codes(rn8_int32x16 v0, rn8_int32x16 v1, rn8_int32x16 v2, rn8_int32x16 v3,
                                              rn8_int32x16 m0, rn8_int32x16 m1, rn8_int32x16 m2, rn8_int32x16 m3) {
  const __m512i zero = _mm512_setzero_si512();
  __m512i low = _mm512_max_epi16(_mm512_packs_epi32((__m512i)v0, (__m512i)v1), zero);
  __m512i high = _mm512_max_epi16(_mm512_packs_epi32((__m512i)v2, (__m512i)v3), zero);
  __m512i low_factor = _mm512_packs_epi32((__m512i)m0, (__m512i)m1), high_factor = _mm512_packs_epi32((__m512i)m2, (__m512i)m3);
  __m512i codes = _mm512_packus_epi16(_mm512_mulhrs_epi16(low, low_factor), _mm512_mulhrs_epi16(high, high_factor));
  __m512i low_twice = _mm512_mullo_epi16(low, _mm512_slli_epi16(low_factor, 1));
  __m512i high_twice = _mm512_mullo_epi16(high, _mm512_slli_epi16(high_factor, 1));
  __m512i upper = _mm512_packus_epi16(_mm512_srli_epi16(low_twice, 8), _mm512_srli_epi16(high_twice, 8));
  __m512i remainders = _mm512_xor_si512(upper, _mm512_set1_epi8(-128));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return (rn8_fine_codes){_mm512_permutexvar_epi32(order, codes), _mm512_permutexvar_epi32(order, remainders)};
}

// Requantizes four blocks of one pixel and stores their 64 codes side by side, and so their remainders.
RN8_INLINE void rn8_store_fine_codes_4(void *codes, void *remainders, rn8_int32x16 v0, rn8_int32x16 v1, rn8_int32x16 v2,
                                       rn8_int32x16 v3, rn8_int32x16 m0, rn8_int32x16 m1, rn8_int32x16 m2, rn8_int32x16 m3) {
  rn8_fine_codes packed = rn8_pack_fine_codes(v0, v1, v2, v3, m0, m1, m2, m3);
  _mm512_storeu_si512(codes, packed.codes);
  _mm512_storeu_si512(remainders, packed.remainders);
}

// Loads the codes and remainders of two of four blocks, `first` and the next one. A lane of the result holds two 16-bit
// values, 256 * code + remainder - 2^15: that of block `first` in the lower half, that of the next block above.
RN8_INLINE rn8_int32x16 rn8_load_fine_pairs(const void *codes, const void *remainders, int first) {
  // Four channels of a block are four bytes. 128 bits get those of both blocks, codes before remainders, and then each
  // code behind its remainder.
  const __m512i quads = _mm512_setr_epi32(0, 4, 16, 20, 1, 5, 17, 21, 2, 6, 18, 22, 3, 7, 19, 23);
  const __m512i bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(8, 0, 12, 4, 9, 1, 13, 5, 10, 2, 14, 6, 11, 3, 15, 7));
  __m512i upper = _mm512_xor_si512(_mm512_loadu_si512(codes), _mm512_set1_epi8(-128));
  __m512i order = _mm512_add_epi32(quads, _mm512_set1_epi32(4 * first));
  // The compiler would make six instructions of this permutation and the shuffle, if it knew their indices.
  __asm__("" : "+v"(order));
  return (rn8_int32x16)_mm512_shuffle_epi8(_mm512_permutex2var_epi32(upper, order, _mm512_loadu_si512(remainders)), bytes);
}

// Returns the upper half of each lane of `pairs` x multiplier, as rn8_product_int16 does with the lower half.
RN8_INLINE rn8_int32x16 rn8_product_upper_int16(rn8_int32x16 pairs, rn8_int32x16 multiplier) {
  return (rn8_int32x16)_mm512_madd_epi16((__m512i)pairs, (__m512i)(multiplier << 16));
}

// Requantizes four blocks of one pixel and stores their 64 codes side by side.
RN8_INLINE void rn8_store_codes_4(void *codes, rn8_int32x16 v0, rn8_int32x16 v1, rn8_int32x16 v2, rn8_int32x16 v3,
                                  rn8_int32x16 m0, rn8_int32x16 m1, rn8_int32x16 m2, rn8_int32x16 m3) {
  _mm512_storeu_si512(codes, rn8_pack_codes(v0, v1, v2, v3, m0, m1, m2, m3));
}

// Stores 16 bytes for each of four pixels, which lie `stride` bytes apart.
RN8_INLINE void rn8_store_pixels(uint8_t *bytes, intptr_t stride, __m512i pixels) {
  _mm_storeu_si128((__m128i *)bytes, _mm512_castsi512_si128(pixels));
  _mm_storeu_si128((__m128i *)(bytes + stride), _mm512_extracti32x4_epi32(pixels, 1));
  _mm_storeu_si128((__m128i *)(bytes + 2 * stride), _mm512_extracti32x4_epi32(pixels, 2));
  _mm_storeu_si128((__m128i *)(bytes + 3 * stride), _mm512_extracti32x4_epi32(pixels, 3));
}

// Requantizes one block of four pixels and stores 16 codes for each pixel. The pixels lie `stride` bytes apart.
RN8_INLINE void rn8_store_codes_of_4(uint8_t *codes, intptr_t stride, rn8_int32x16 v0, rn8_int32x16 v1, rn8_int32x16 v2,
                                     rn8_int32x16 v3, rn8_int32x16 m) {
  rn8_store_pixels(codes, stride, rn8_pack_codes(v0, v1, v2, v3, m, m, m, m));
}

// Requantizes one block of four pixels and stores 16 codes and 16 remainders for each pixel.
RN8_INLINE void rn8_store_fine_codes_of_4(uint8_t *codes, intptr_t stride, uint8_t *remainders, intptr_t remainder_stride,
                                          rn8_int32x16 v0, rn8_int32x16 v1, rn8_int32x16 v2, rn8_int32x16 v3,
                                          rn8_int32x16 m) {
  rn8_fine_codes packed = rn8_pack_fine_codes(v0, v1, v2, v3, m, m, m, m);
  rn8_store_pixels(codes, stride, packed.codes);
  rn8_store_pixels(remainders, remainder_stride, packed.remainders);
}

#if defined(__AVX512VNNI__)
// Lane i of the result is sum[i] + a[4i] * b[4i] + ... + a[4i+3] * b[4i+3], where a holds unsigned bytes, and b
// signed ones.
RN8_INLINE rn8_int32x16 rn8_vpdpbusd(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
  return (rn8_int32x16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}
#endif
#endif
