/* A fuzz target for .rn8 files, as a C program gives them to the library: the bytes are a model or not, and the library
 * must not contradict itself. mutator.c makes bytes that get beyond the checksum. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "FuzzDriver.h"
#include "comparison.h"
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* How much a run may take: more would be slow under libFuzzer. */
enum { WORK_LIMIT = 10 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static bool is_registered;
  if (!is_registered) is_registered = atexit(print_totals) == 0;
  compare(bytes, size, TWO_COUNTS, continue_checksum(size, bytes, size), WORK_LIMIT);
  return 0;
}

#ifndef RESNET_INT8_FUZZ
int main(int count, char **arguments) { return fuzz_main(count, arguments); }
#endif
