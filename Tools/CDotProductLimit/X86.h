// The dot product loops for x86-64. CDotProductLimit.c includes this file.

#define CLOBBERED                                                                                                    \
  "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
      "xmm12", "xmm13", "xmm14", "xmm15"

// Runs `body` once for each accumulator \i, and repeats that `iterations` times.
#define LOOP(iterations, setup, accumulators, body, ...)                                                \
  __asm__ volatile(setup "\n.p2align 6\n1:\n.irp i, " accumulators "\n" body "\n.endr\ndec %[count]\njnz 1b" \
                   : [count] "+r"(iterations)                                                           \
                   : [a] "r"(0x5ac37e91), [b] "r"(0x2d9b6af3)                                           \
                   : CLOBBERED, ##__VA_ARGS__)

#define TWELVE "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
#define TWENTY_FOUR TWELVE ", 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23"

// SSE2 and AVX2 have no instruction that sums products of bytes exactly over their full range. Exact sums need products
// of 16-bit numbers there, which pmaddwd computes and adds in pairs.
static void sse2(int64_t iterations) {
  LOOP(iterations, "movd %[a], %%xmm14\n pshufd $0, %%xmm14, %%xmm14\n movd %[b], %%xmm15\n pshufd $0, %%xmm15, %%xmm15",
       TWELVE, "movdqa %%xmm14, %%xmm12\n pmaddwd %%xmm15, %%xmm12\n paddd %%xmm12, %%xmm\\i");
}

#define BROADCAST_YMM                                                                                              \
  "vmovd %[a], %%xmm14\n vpbroadcastd %%xmm14, %%ymm14\n vmovd %[b], %%xmm15\n vpbroadcastd %%xmm15, %%ymm15"

__attribute__((target("avx2"))) static void avx2(int64_t iterations) {
  LOOP(iterations, BROADCAST_YMM, TWELVE,
       "vpmaddwd %%ymm14, %%ymm15, %%ymm12\n vpaddd %%ymm12, %%ymm\\i, %%ymm\\i");
}

__attribute__((target("avx2"))) static void avxvnni(int64_t iterations) {
  LOOP(iterations, BROADCAST_YMM, TWELVE, "%{vex%} vpdpbusd %%ymm14, %%ymm15, %%ymm\\i");
}

// As with AVX2: products of 16-bit numbers.
__attribute__((target("avx512bw"))) static void avx512(int64_t iterations) {
  LOOP(iterations, "vpbroadcastd %[a], %%zmm30\n vpbroadcastd %[b], %%zmm31", TWENTY_FOUR,
       "vpmaddwd %%zmm30, %%zmm31, %%zmm28\n vpaddd %%zmm28, %%zmm\\i, %%zmm\\i", "xmm16", "xmm17", "xmm18", "xmm19",
       "xmm20", "xmm21", "xmm22", "xmm23", "xmm28", "xmm30", "xmm31");
}

__attribute__((target("avx512f"))) static void avx512vnni(int64_t iterations) {
  LOOP(iterations, "vpbroadcastd %[a], %%zmm30\n vpbroadcastd %[b], %%zmm31", TWENTY_FOUR,
       "vpdpbusd %%zmm30, %%zmm31, %%zmm\\i", "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
       "xmm30", "xmm31");
}

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

// Multiplies two tiles of rows by two tiles of weights, each of 16 x 64 bytes. Four accumulators hold 16 x 16 sums
// each.
static void amx(int64_t iterations) {
  static const struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } configuration = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};
  // A process may use the tile registers only after it has asked Linux for them: ARCH_REQ_XCOMP_PERM, XTILEDATA.
  if (syscall(SYS_arch_prctl, 0x1023, 18) != 0) return;
  uint8_t bytes[1024];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 2654435761u >> 24);
  const int64_t stride = 64;
  __asm__ volatile("ldtilecfg %[configuration]\n"
                   ".irp i, 4, 5, 6, 7\n tileloadd (%[bytes], %[stride]), %%tmm\\i\n .endr\n"
                   ".p2align 6\n1:\n"
                   "tdpbusd %%tmm6, %%tmm4, %%tmm0\n tdpbusd %%tmm7, %%tmm4, %%tmm1\n"
                   "tdpbusd %%tmm6, %%tmm5, %%tmm2\n tdpbusd %%tmm7, %%tmm5, %%tmm3\n"
                   "dec %[count]\n jnz 1b\n tilerelease"
                   : [count] "+r"(iterations)
                   : [configuration] "m"(configuration), [bytes] "r"(bytes), [stride] "r"(stride)
                   : "cc", "memory");
}
#endif

static const dot_product_loop loops[] = {
    {"portable", 12 * 8, sse2},
    {"avx2", 12 * 16, avx2},
    {"avxvnni", 12 * 32, avxvnni},
    {"avx512", 24 * 32, avx512},
    {"avx512vnni", 24 * 64, avx512vnni},
#if defined(__linux__)
    {"amx", 4 * 16 * 16 * 64, amx},
#endif
};
