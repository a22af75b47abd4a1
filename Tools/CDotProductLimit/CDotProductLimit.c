// Each loop is one piece of assembly: no compiler removes, merges or spills anything, and every build mode gives the same
// loop. The operands are bytes with many bits in motion, since zeros would let some processors clock higher.
#include "CDotProductLimit.h"

#include <string.h>

typedef struct dot_product_loop {
  const char *kernels;
  int64_t multiply_accumulates;  // an iteration
  void (*run)(int64_t iterations);
} dot_product_loop;

#if defined(__x86_64__)
#include "X86.h"
#elif defined(__aarch64__)
#include "AArch64.h"
#else
static const dot_product_loop loops[] = {{"", 0, NULL}};
#endif

int64_t dot_product_limit(const char *kernels, int64_t iterations) {
  for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
    if (strcmp(loops[i].kernels, kernels) == 0) {
      loops[i].run(iterations);
      return iterations * loops[i].multiply_accumulates;
    }
  }
  return 0;
}
