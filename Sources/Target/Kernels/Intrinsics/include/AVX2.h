// Instructions of AVX2 and AVX-VNNI, whose registers have 8 lanes of 32 bits.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>

typedef int32_t rn8_int32x8 __attribute__((vector_size(32)));  // imported as SIMD8<Int32>

// Copies `count` codes, a multiple of 4.
RN8_INLINE void rn8_copy_codes(void *to, const void *from, intptr_t count) {
  intptr_t i = 0;
  for (; i + 16 <= count; i += 16)
    _mm_storeu_si128((__m128i *)((char *)to + i), _mm_loadu_si128((const __m128i *)((const char *)from + i)));
  for (; i < count; i += 4) __builtin_memcpy((char *)to + i, (const char *)from + i, 4);
}

// Loads the weights of a place, 4 codes, and 8 channels.
RN8_INLINE __m256i rn8_load_weights(const void *weights, intptr_t place) {
  return _mm256_loadu_si256((const __m256i *)((const char *)weights + place * 64));
}

// Whether the products of some code and a pair of these 32 weights can have a sum beyond 16 bits: 255 times the pair's
// positive weights, or its negative ones.
RN8_INLINE int rn8_can_saturate(__m256i weights) {
  const __m256i ones = _mm256_set1_epi8(1), zero = _mm256_setzero_si256();
  __m256i positive = _mm256_maddubs_epi16(ones, _mm256_max_epi8(weights, zero));
  __m256i negative = _mm256_maddubs_epi16(ones, _mm256_min_epi8(weights, zero));
  __m256i beyond = _mm256_or_si256(_mm256_cmpgt_epi16(positive, _mm256_set1_epi16(128)),
                                   _mm256_cmpgt_epi16(_mm256_set1_epi16(-128), negative));
  return !_mm256_testz_si256(beyond, beyond);
}

// What codes are xored with where weights can saturate: the topmost bit, which makes code - 128 of a code; all bits, which
// makes 127 - code of it, where the weight is negative.
RN8_INLINE __m256i rn8_centring(__m256i weights) {
  return _mm256_xor_si256(_mm256_cmpgt_epi8(_mm256_setzero_si256(), weights), _mm256_set1_epi8(-128));
}

// Adds the products of magnitudes, 0 ... 128, and centred codes, or of codes and weights, to the sums of 8 channels.
RN8_INLINE __m256i rn8_add_products(__m256i sums, __m256i unsigned_bytes, __m256i signed_bytes) {
  __m256i pairs = _mm256_maddubs_epi16(unsigned_bytes, signed_bytes);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// A list of the places of some codes: at 0 what the centred products of codes of 0 give to each of 8 channels, int32; at 32
// the number of places whose weights cannot saturate; from 33 on these places, and then the others. A place is 4 codes.
enum { rn8_places_count = 32, rn8_places_start = 33 };

// Repeats 4 codes for each of 8 channels.
RN8_INLINE __m256i rn8_broadcast_codes(const void *codes) {
  int32_t four;
  __builtin_memcpy(&four, codes, sizeof four);
  return _mm256_set1_epi32(four);
}

// Lists `count` places, at most 255, of 8 channels, whose weights are 64 bytes apart.
RN8_INLINE void rn8_list_places(uint8_t *list, const void *weights, intptr_t count) {
  uint8_t *first = list + rn8_places_start, *last = first + count;
  for (intptr_t place = 0; place < count; place++) {
    int saturates = rn8_can_saturate(rn8_load_weights(weights, place));
    *first = last[-1] = (uint8_t)place;
    first += !saturates;
    last -= saturates;
  }
  list[rn8_places_count] = (uint8_t)(first - list - rn8_places_start);
  __m256i sums = _mm256_setzero_si256();
  for (const uint8_t *place = first, *end = list + rn8_places_start + count; place < end; place++) {
    __m256i eight = rn8_load_weights(weights, *place);
    sums = rn8_add_products(sums, _mm256_abs_epi8(eight), rn8_centring(eight));
  }
  _mm256_storeu_si256((__m256i *)list, sums);
}

// Computes the dot products of `count` places of up to 8 rows of codes, `row_bytes` apart, and the weights of 8 channels, and
// adds them to sums, `sum_bytes` apart, or stores them there. What the products of centred codes have too much is taken away.
RN8_INLINE void rn8_multiply_places(void *sums, intptr_t sum_bytes, const void *codes, intptr_t row_bytes,
                                    const void *weights, const uint8_t *list, intptr_t count, _Bool adding, int rows) {
  const uint8_t *place = list + rn8_places_start, *fitting = place + list[rn8_places_count], *end = place + count;
  const char *bytes = codes;
  __m256i of_zeros = _mm256_loadu_si256((const __m256i *)list);
  __m256i row_sums[8];
  for (int row = 0; row < rows; row++) {
    const __m256i *stored = (const __m256i *)((char *)sums + row * sum_bytes);
    row_sums[row] = _mm256_sub_epi32(adding ? _mm256_loadu_si256(stored) : _mm256_setzero_si256(), of_zeros);
  }
  for (; place < fitting; place++) {
    __m256i eight = rn8_load_weights(weights, *place);
    for (int row = 0; row < rows; row++)
      row_sums[row] = rn8_add_products(row_sums[row], rn8_broadcast_codes(bytes + row * row_bytes + *place * 4), eight);
  }
  for (; place < end; place++) {
    __m256i eight = rn8_load_weights(weights, *place);
    __m256i centring = rn8_centring(eight), magnitudes = _mm256_abs_epi8(eight);
    for (int row = 0; row < rows; row++) {
      __m256i centred = _mm256_xor_si256(rn8_broadcast_codes(bytes + row * row_bytes + *place * 4), centring);
      row_sums[row] = rn8_add_products(row_sums[row], magnitudes, centred);
    }
  }
  for (int row = 0; row < rows; row++)
    _mm256_storeu_si256((__m256i *)((char *)sums + row * sum_bytes), row_sums[row]);
}

// Widens `count` codes, a multiple of 4, to 16 bits each.
RN8_INLINE void rn8_widen_codes(void *widened, const void *codes, intptr_t count) {
  const uint8_t *from = codes;
  uint16_t *to = widened;
  intptr_t i = 0;
  for (; i + 16 <= count; i += 16)
    _mm256_storeu_si256((__m256i *)(to + i), _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(from + i))));
  for (; i < count; i += 4) _mm_storel_epi64((__m128i *)(to + i), _mm_cvtepu8_epi16(_mm_loadu_si32(from + i)));
}

// Computes the dot products of `count` widened codes of up to 4 rows and the weights of 8 channels, as rn8_multiply_places
// does. Each channel has two lanes, one for the first two of every 4 codes, one for the last two. So the sums of a row are
// two vectors: those of 4 channels, and those of the other 4.
RN8_INLINE void rn8_multiply_widened(void *sums, intptr_t sum_bytes, const void *codes, intptr_t row_bytes,
                                     const void *weights, intptr_t count, _Bool adding, int rows) {
  __m256i first[4], second[4];
  for (int row = 0; row < rows; row++) first[row] = second[row] = _mm256_setzero_si256();
  for (intptr_t i = 0; i < count; i += 4) {
    const __m128i *eight = (const __m128i *)((const char *)weights + i * 16);
    __m256i first_weights = _mm256_cvtepi8_epi16(_mm_loadu_si128(eight));
    __m256i second_weights = _mm256_cvtepi8_epi16(_mm_loadu_si128(eight + 1));
    for (int row = 0; row < rows; row++) {
      int64_t four;
      __builtin_memcpy(&four, (const char *)codes + row * row_bytes + i * 2, sizeof four);
      first[row] = _mm256_add_epi32(first[row], _mm256_madd_epi16(_mm256_set1_epi64x(four), first_weights));
      second[row] = _mm256_add_epi32(second[row], _mm256_madd_epi16(_mm256_set1_epi64x(four), second_weights));
    }
  }
  for (int row = 0; row < rows; row++) {
    __m256i *stored = (__m256i *)((char *)sums + row * sum_bytes);
    __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(first[row], second[row]), 0xd8);
    _mm256_storeu_si256(stored, adding ? _mm256_add_epi32(sum, _mm256_loadu_si256(stored)) : sum);
  }
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
