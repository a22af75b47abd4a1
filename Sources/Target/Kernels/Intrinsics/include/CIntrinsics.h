// What Swift cannot express: single instructions, each wrapped in a function that is always inlined. (Swift would
// compile _mm512_* to a call of a function.) A kernel module that uses an instruction is compiled with the flags of
// the processors that have it.
#pragma once
#include "MatrixTiles.h"
#include "Vectors.h"
#include <stddef.h>

#include "AVX2.h"
#include "AVX512.h"
#include "NEON.h"

// The sets of kernels whose instructions this processor has, 1 or 0 each. No C library is needed to find out. On
// x86-64, CPUID tells which instructions there are, and XGETBV which registers the operating system saves. On AArch64
// an identification register tells; Linux emulates reading it for programs (since 4.11).
typedef struct rn8_processor {
  int amx, avx512vnni, avxvnni, avx512, avx2;
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
  processor.avx512 = (saved & zmm_state) == zmm_state && (b & bits) == bits;
  processor.avx512vnni = processor.avx512 && (c & bit_AVX512VNNI);
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
// ARMv6-M has no instructions for them, and one core: there is one worker.
#if defined(__ARM_ARCH_6M__)
RN8_INLINE uint32_t rn8_load_acquire(const uint32_t *value) { return *value; }
RN8_INLINE void rn8_store_release(uint32_t *value, uint32_t next) { *value = next; }
RN8_INLINE uint32_t rn8_fetch_increment(uint32_t *value) { return (*value)++; }
#else
RN8_INLINE uint32_t rn8_load_acquire(const uint32_t *value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }
RN8_INLINE void rn8_store_release(uint32_t *value, uint32_t next) { __atomic_store_n(value, next, __ATOMIC_RELEASE); }
RN8_INLINE uint32_t rn8_fetch_increment(uint32_t *value) { return __atomic_fetch_add(value, 1, __ATOMIC_ACQ_REL); }
#endif
RN8_INLINE void rn8_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
