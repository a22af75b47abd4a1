// Each loop is one piece of assembly. No compiler can remove, merge or spill anything in it, and every build mode gives
// the same loop. The operands are bytes of mixed ones and zeros, since zeros alone would let some processors clock
// higher.
#include "CDotProductLimit.h"

#include <string.h>

typedef struct dot_product_loop {
  const char *kernels;
  int64_t multiply_accumulates;  // in one iteration
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
