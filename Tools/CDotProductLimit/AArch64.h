// The dot product loops for AArch64. CDotProductLimit.c includes this file.

// Runs `body` once for each accumulator \i, and repeats that `iterations` times.
#define LOOP(iterations, accumulators, body)                                                                           \
  __asm__ volatile("dup v30.4s, %w[a]\n dup v31.4s, %w[b]\n.p2align 6\n1:\n.irp i, " accumulators "\n" body           \
                   "\n.endr\nsubs %[count], %[count], #1\nb.ne 1b"                                                     \
                   : [count] "+r"(iterations)                                                                          \
                   : [a] "r"(0x5ac37e91), [b] "r"(0x2d9b6af3)                                                          \
                   : "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", \
                     "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v30", "v31")

#define TWENTY_FOUR "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23"

// NEON without dot product has no instruction that sums products of bytes exactly over their full range. Exact sums
// need products of 16-bit numbers there.
static void neon(int64_t iterations) { LOOP(iterations, TWENTY_FOUR, "smlal v\\i\\().4s, v30.4h, v31.4h"); }

__attribute__((target("dotprod"))) static void neon_dot_product(int64_t iterations) {
  LOOP(iterations, TWENTY_FOUR, "sdot v\\i\\().4s, v30.16b, v31.16b");
}

static const dot_product_loop loops[] = {
    {"portable", 24 * 4, neon},
    {"neon", 24 * 4, neon},
    {"neondot", 24 * 16, neon_dot_product},
};
