// Where RESNET_INT8_FUZZ is set, libFuzzer makes the inputs. Its options are at https://llvm.org/docs/LibFuzzer.html.
#ifdef RESNET_INT8_FUZZ
#include "FuzzDriver.h"
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*target)(const uint8_t *bytes, size_t size));

int fuzz_main(int count, char **arguments) {
  return LLVMFuzzerRunDriver(&count, &arguments, LLVMFuzzerTestOneInput);
}
#endif
