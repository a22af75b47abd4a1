// What Swift cannot express: single instructions, each wrapped in a function that is always inlined. (Swift would
// compile _mm512_* to a call of a function.) A kernel module that uses an instruction is compiled with the flags of
// the processors that have it.
#pragma once
#include "MatrixTiles.h"
#include "Vectors.h"
#include <stddef.h>

#include "AVX2.h"
#include "NEON.h"

#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
#include <immintrin.h>

// Lane i of the result is sum[i] + a[4i] * b[4i] + ... + a[4i+3] * b[4i+3], where a holds unsigned bytes, and b
// signed ones.
RN8_INLINE rn8_int32x16 rn8_vpdpbusd(rn8_int32x16 sum, rn8_int32x16 a, rn8_int32x16 b) {
  return (rn8_int32x16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}

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
#endif

// The sets of kernels whose instructions this processor has, 1 or 0 each. No C library is needed to find out. On
// x86-64, CPUID tells which instructions there are, and XGETBV which registers the operating system saves. On AArch64
// an identification register tells; Linux emulates reading it for programs (since 4.11).
typedef struct rn8_processor {
  int amx, avx512vnni, avxvnni, avx2;
  int neondot, neon;
} rn8_processor;

// Asks Linux to let this process use the tiles of AMX, and returns 0 where it refuses. Linux saves their 8 KiB for a
// thread only if its process has asked: arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA). Asking again does no harm.
RN8_INLINE int rn8_allow_tiles(void) {
#if defined(__linux__) && defined(__x86_64__)
  long result = 158;
  __asm__ volatile("syscall" : "+a"(result) : "D"(0x1023), "S"(18) : "rcx", "r11", "memory");
  return result == 0;
#else
  return 0;
#endif
}

#if defined(__x86_64__)
#include <cpuid.h>

RN8_INLINE rn8_processor rn8_detect_processor(void) {
  rn8_processor processor = {0};
  unsigned a, b, c, d, saved, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return processor;
  __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return processor;
  const unsigned ymm_state = 0x6, avxvnni = 1u << 4;
  processor.avx2 = (saved & ymm_state) == ymm_state && (b & bit_AVX2);
  const unsigned zmm_state = 0xe6, bits = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  processor.avx512vnni = (saved & zmm_state) == zmm_state && (b & bits) == bits && (c & bit_AVX512VNNI);
  const unsigned tile_state = 0x60000, tile_bits = 1u << 24 | 1u << 25;  // AMX-TILE, AMX-INT8
  processor.amx = processor.avx512vnni && (saved & tile_state) == tile_state && (d & tile_bits) == tile_bits;
  if (processor.avx2 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) processor.avxvnni = (a & avxvnni) != 0;
  return processor;
}
#elif defined(__aarch64__)
RN8_INLINE rn8_processor rn8_detect_processor(void) {
#if defined(__APPLE__)
  return (rn8_processor){.neondot = 1, .neon = 1};
#else
  uint64_t features;
  __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(features));
  return (rn8_processor){.neondot = (features >> 44 & 0xf) != 0, .neon = 1};
#endif
}
#else
RN8_INLINE rn8_processor rn8_detect_processor(void) { return (rn8_processor){0}; }
#endif

// Copies `byte_count` bytes. (Swift's own functions would copy one byte at a time here.)
RN8_INLINE void rn8_copy(void *destination, const void *source, intptr_t byte_count) {
  __builtin_memcpy(destination, source, (size_t)byte_count);
}

// The barrier of the workers uses these atomic operations, and the hint to the processor that a loop only waits.
RN8_INLINE uint32_t rn8_load_acquire(const uint32_t *value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }
RN8_INLINE void rn8_store_release(uint32_t *value, uint32_t next) { __atomic_store_n(value, next, __ATOMIC_RELEASE); }
RN8_INLINE uint32_t rn8_fetch_increment(uint32_t *value) { return __atomic_fetch_add(value, 1, __ATOMIC_ACQ_REL); }
RN8_INLINE void rn8_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
