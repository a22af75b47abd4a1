// Vectors of 16 lanes, one lane for each channel of a block. They are written with the C compiler's vector
// extensions, so that they become instructions of the processor that the including module is compiled for. (Swift 6.3
// compiles its own conversions between vectors to function calls.)
#pragma once
#include <stdint.h>

#define RN8_INLINE static inline __attribute__((always_inline))

typedef int32_t rn8_int32x16 __attribute__((vector_size(64)));  // imported as SIMD16<Int32>
typedef uint32_t rn8_uint32x16 __attribute__((vector_size(64)));
typedef uint8_t rn8_uint8x16 __attribute__((vector_size(16)));
typedef uint8_t rn8_uint8x64 __attribute__((vector_size(64)));
typedef int16_t rn8_int16x32 __attribute__((vector_size(64)));
typedef uint16_t rn8_uint16x32 __attribute__((vector_size(64)));

// Returns `value`, in a way that hides from the compiler how it came about.
RN8_INLINE intptr_t rn8_opaque(intptr_t value) {
  __asm__("" : "+r"(value));
  return value;
}

// Asks the processor to load a cache line, which need not exist.
RN8_INLINE void rn8_prefetch(const void *address) { __builtin_prefetch(address); }

// Loads 16 codes (uint8), each widened to a lane.
RN8_INLINE rn8_int32x16 rn8_load_codes(const void *codes) {
  rn8_uint8x16 bytes;
  __builtin_memcpy(&bytes, codes, sizeof bytes);
  return __builtin_convertvector(bytes, rn8_int32x16);
}

// Stores the low byte of each lane, 16 bytes in all.
RN8_INLINE void rn8_store_low_bytes(void *bytes, rn8_int32x16 value) {
  rn8_uint8x16 low = __builtin_convertvector(value, rn8_uint8x16);
  __builtin_memcpy(bytes, &low, sizeof low);
}

RN8_INLINE rn8_int32x16 rn8_clamp(rn8_int32x16 value, int32_t low, int32_t high) {
  return __builtin_elementwise_min(__builtin_elementwise_max(value, (rn8_int32x16){0} + low), (rn8_int32x16){0} + high);
}

// Returns each lane of `value`, shifted right by that of `shift`, 0 ... 31. (Swift's own operator is a loop over the lanes,
// which the compiler does not always make a vector instruction of.)
RN8_INLINE rn8_int32x16 rn8_shift_right(rn8_int32x16 value, rn8_int32x16 shift) { return value >> shift; }

// The even and the odd bytes of a vector of 16-bit lanes, as codes (0 ... 255) and as weights (-128 ... 127).
#define RN8_BYTES_OF(LANES)                                                                                             \
  typedef int16_t rn8_int16_##LANES __attribute__((vector_size(2 * LANES)));                                            \
  typedef uint16_t rn8_uint16_##LANES __attribute__((vector_size(2 * LANES)));                                          \
  RN8_INLINE rn8_int16_##LANES rn8_even_codes_##LANES(rn8_int16_##LANES v) { return v & 0xff; }                         \
  RN8_INLINE rn8_int16_##LANES rn8_odd_codes_##LANES(rn8_int16_##LANES v) {                                             \
    return (rn8_int16_##LANES)((rn8_uint16_##LANES)v >> 8);                                                             \
  }                                                                                                                     \
  RN8_INLINE rn8_int16_##LANES rn8_even_weights_##LANES(rn8_int16_##LANES v) {                                          \
    return (rn8_int16_##LANES)((rn8_uint16_##LANES)v << 8) >> 8;                                                        \
  }                                                                                                                     \
  RN8_INLINE rn8_int16_##LANES rn8_odd_weights_##LANES(rn8_int16_##LANES v) { return v >> 8; }
RN8_BYTES_OF(8)
RN8_BYTES_OF(16)
RN8_BYTES_OF(32)
#undef RN8_BYTES_OF

// These return the larger of each pair of codes, or of lanes.
RN8_INLINE rn8_uint8x16 rn8_max_16(rn8_uint8x16 a, rn8_uint8x16 b) { return __builtin_elementwise_max(a, b); }
RN8_INLINE rn8_uint8x64 rn8_max_64(rn8_uint8x64 a, rn8_uint8x64 b) { return __builtin_elementwise_max(a, b); }
RN8_INLINE rn8_int16_32 rn8_max_int16(rn8_int16_32 a, rn8_int16_32 b) { return __builtin_elementwise_max(a, b); }
RN8_INLINE rn8_int32x16 rn8_max_int32(rn8_int32x16 a, rn8_int32x16 b) { return __builtin_elementwise_max(a, b); }

// 64 values of 256 * code + remainder are two vectors: of every 16 values, the first has 8 and the second the others. So x86
// interleaves and parts bytes. The functions return the larger of each value and the one that a code and its remainder make.
#define RN8_PAIRS(i) (i), (i) + 64, (i) + 1, (i) + 65, (i) + 2, (i) + 66, (i) + 3, (i) + 67
#define RN8_EIGHT(i) RN8_PAIRS(i), RN8_PAIRS((i) + 4)
#define RN8_MAX_FINE(i)                                                                        \
  rn8_uint8x64 high, low;                                                                      \
  __builtin_memcpy(&high, codes, sizeof high);                                                 \
  __builtin_memcpy(&low, remainders, sizeof low);                                              \
  return __builtin_elementwise_max(                                                            \
    value, (rn8_uint16x32)__builtin_shufflevector(                                             \
             low, high, RN8_EIGHT(i), RN8_EIGHT((i) + 16), RN8_EIGHT((i) + 32), RN8_EIGHT((i) + 48)))
RN8_INLINE rn8_uint16x32 rn8_max_fine_first(rn8_uint16x32 value, const void *codes, const void *remainders) {
  RN8_MAX_FINE(0);
}
RN8_INLINE rn8_uint16x32 rn8_max_fine_second(rn8_uint16x32 value, const void *codes, const void *remainders) {
  RN8_MAX_FINE(8);
}
#undef RN8_MAX_FINE
#undef RN8_EIGHT
#undef RN8_PAIRS

// Stores the codes and remainders of 64 such values.
RN8_INLINE void rn8_store_fine(void *codes, void *remainders, rn8_uint16x32 first, rn8_uint16x32 second) {
#define RN8_EVENS(i) (i), (i) + 2, (i) + 4, (i) + 6, (i) + 8, (i) + 10, (i) + 12, (i) + 14
#define RN8_ALL(i)                                                                                             \
  RN8_EVENS(i), RN8_EVENS((i) + 64), RN8_EVENS((i) + 16), RN8_EVENS((i) + 80), RN8_EVENS((i) + 32),            \
    RN8_EVENS((i) + 96), RN8_EVENS((i) + 48), RN8_EVENS((i) + 112)
  rn8_uint8x64 low = __builtin_shufflevector((rn8_uint8x64)first, (rn8_uint8x64)second, RN8_ALL(0));
  rn8_uint8x64 high = __builtin_shufflevector((rn8_uint8x64)first, (rn8_uint8x64)second, RN8_ALL(1));
#undef RN8_ALL
#undef RN8_EVENS
  __builtin_memcpy(codes, &high, sizeof high);
  __builtin_memcpy(remainders, &low, sizeof low);
}

// Returns value x multiplier of each lane. Both must lie in -32768 ... 32767. Only the low 16 bits of each lane of
// `multiplier` are read. Where there is vpmaddwd, which multiplies 16-bit numbers, it is used, at half the price of
// vpmulld, which multiplies 32-bit numbers.
#if defined(__AVX512BW__)
#include <immintrin.h>
RN8_INLINE rn8_int32x16 rn8_product_int16(rn8_int32x16 value, rn8_int32x16 multiplier) {
  return (rn8_int32x16)_mm512_madd_epi16((__m512i)value, (__m512i)(multiplier & 0xffff));
}
#elif defined(__AVX2__)
#include <immintrin.h>
typedef union rn8_halves {
  rn8_int32x16 all;
  __m256i half[2];
} rn8_halves;
RN8_INLINE rn8_int32x16 rn8_product_int16(rn8_int32x16 value, rn8_int32x16 multiplier) {
  rn8_halves a = {value}, b = {multiplier & 0xffff};
  for (int i = 0; i < 2; i++) a.half[i] = _mm256_madd_epi16(a.half[i], b.half[i]);
  return a.all;
}
#else
RN8_INLINE rn8_int32x16 rn8_product_int16(rn8_int32x16 value, rn8_int32x16 multiplier) {
  return value * (multiplier << 16 >> 16);
}
#endif

// Lane i of the result is sum[i] + a[2i] * b[2i] + a[2i+1] * b[2i+1], where a and b hold 16-bit numbers. All lanes of a are
// equal, and the sums wrap. (Of the intrinsic functions for vpdpwssd, clang 21 makes two instructions, vpmaddwd and vpaddd.)
#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
RN8_INLINE rn8_int32x16 rn8_dot_pairs(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}
#elif defined(__AVX512BW__)
RN8_INLINE rn8_int32x16 rn8_dot_pairs(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
  return (rn8_int32x16)((rn8_uint32x16)sum + (rn8_uint32x16)_mm512_madd_epi16((__m512i)a, (__m512i)b));
}
#elif defined(__AVX2__)
RN8_INLINE rn8_int32x16 rn8_dot_pairs(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
  rn8_halves s = {sum}, x = {a}, w = {b};
  for (int i = 0; i < 2; i++) {
#if defined(__AVXVNNI__)
    __asm__("%{vex%} vpdpwssd %2, %1, %0" : "+x"(s.half[i]) : "x"(x.half[i]), "x"(w.half[i]));
#else
    s.half[i] = _mm256_add_epi32(s.half[i], _mm256_madd_epi16(x.half[i], w.half[i]));
#endif
  }
  return s.all;
}
#elif defined(__aarch64__)
#include <arm_neon.h>
RN8_INLINE rn8_int32x16 rn8_dot_pairs(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
  union {
    rn8_int32x16 all;
    int32x4_t sums[4];
    int16x8_t numbers[4];
  } s = {sum}, x = {a}, w = {b};
  int16x4_t pair = vget_low_s16(x.numbers[0]);
  for (int i = 0; i < 4; i += 2) {
    // The first and the second numbers of eight lanes.
    int16x8_t first = vuzp1q_s16(w.numbers[i], w.numbers[i + 1]), second = vuzp2q_s16(w.numbers[i], w.numbers[i + 1]);
    s.sums[i] = vmlal_lane_s16(s.sums[i], vget_low_s16(first), pair, 0);
    s.sums[i + 1] = vmlal_high_lane_s16(s.sums[i + 1], first, pair, 0);
    s.sums[i] = vmlal_lane_s16(s.sums[i], vget_low_s16(second), pair, 1);
    s.sums[i + 1] = vmlal_high_lane_s16(s.sums[i + 1], second, pair, 1);
  }
  return s.all;
}
#elif defined(__SSE2__)
#include <emmintrin.h>
RN8_INLINE rn8_int32x16 rn8_dot_pairs(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
  union {
    rn8_int32x16 all;
    __m128i quarter[4];
  } s = {sum}, x = {a}, w = {b};
  for (int i = 0; i < 4; i++) s.quarter[i] = _mm_add_epi32(s.quarter[i], _mm_madd_epi16(x.quarter[i], w.quarter[i]));
  return s.all;
}
#else
RN8_INLINE rn8_int32x16 rn8_dot_pairs(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
#define RN8_EVERY_SECOND(v, i)                                                                                     \
  __builtin_convertvector(__builtin_shufflevector((rn8_int16x32)(v), (rn8_int16x32)(v), (i), (i) + 2, (i) + 4, (i) + 6, \
                                                  (i) + 8, (i) + 10, (i) + 12, (i) + 14, (i) + 16, (i) + 18, (i) + 20, \
                                                  (i) + 22, (i) + 24, (i) + 26, (i) + 28, (i) + 30),                  \
                          rn8_int32x16)
  rn8_int32x16 even = RN8_EVERY_SECOND(a, 0) * RN8_EVERY_SECOND(b, 0);
  rn8_int32x16 odd = RN8_EVERY_SECOND(a, 1) * RN8_EVERY_SECOND(b, 1);
#undef RN8_EVERY_SECOND
  return (rn8_int32x16)((rn8_uint32x16)sum + (rn8_uint32x16)even + (rn8_uint32x16)odd);
}
#endif

