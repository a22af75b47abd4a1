// Vectors of 16 lanes, one lane for each channel of a block. They are written with the C compiler's vector
// extensions, so that they become instructions of the processor that the including module is compiled for. (Swift 6.3
// compiles its own conversions between vectors to function calls.)
#pragma once
#include <stdint.h>

#define RN8_INLINE static inline __attribute__((always_inline))

typedef int32_t rn8_int32x16 __attribute__((vector_size(64)));  // imported as SIMD16<Int32>
typedef uint8_t rn8_uint8x16 __attribute__((vector_size(16)));
typedef uint8_t rn8_uint8x64 __attribute__((vector_size(64)));
typedef uint16_t rn8_uint16x32 __attribute__((vector_size(64)));

// Returns `value`, in a way that hides from the compiler how it came about.
RN8_INLINE intptr_t rn8_opaque(intptr_t value) {
  __asm__("" : "+r"(value));
  return value;
}

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

// These return the larger of each pair of codes, or of lanes.
RN8_INLINE rn8_uint8x16 rn8_max_16(rn8_uint8x16 a, rn8_uint8x16 b) { return __builtin_elementwise_max(a, b); }
RN8_INLINE rn8_uint8x64 rn8_max_64(rn8_uint8x64 a, rn8_uint8x64 b) { return __builtin_elementwise_max(a, b); }
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
RN8_INLINE rn8_int32x16 rn8_product_int16(rn8_int32x16 value, rn8_int32x16 multiplier) {
  union {
    rn8_int32x16 all;
    __m256i half[2];
  } a = {value}, b = {multiplier & 0xffff};
  for (int i = 0; i < 2; i++) a.half[i] = _mm256_madd_epi16(a.half[i], b.half[i]);
  return a.all;
}
#else
RN8_INLINE rn8_int32x16 rn8_product_int16(rn8_int32x16 value, rn8_int32x16 multiplier) {
  return value * (multiplier << 16 >> 16);
}
#endif
