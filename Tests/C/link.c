/* Tests that a program needs only the header and the library, in C11 and in C++17. This file compiles as both.
 *
 *   link MODEL */
#include "resnet_int8.h"

#include <stdio.h>

static unsigned char model[1 << 22];
#ifdef __cplusplus
alignas(64)
#else
_Alignas(64)
#endif
static unsigned char arena[1 << 22];
static unsigned char pixels[1 << 20];
static float logits[1 << 12];

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file) return 2;
  size_t size = fread(model, 1, sizeof model, file);
  fclose(file);

  resnet_int8_info info;
  resnet_int8 *network;
  resnet_int8_status status = resnet_int8_inspect(model, size, &info, sizeof info);
  if (status == RESNET_INT8_OK) status = resnet_int8_verify(model, size);
  if (status == RESNET_INT8_OK) status = resnet_int8_open(model, size, arena, sizeof arena, &network);
  if (status == RESNET_INT8_OK) status = resnet_int8_run(network, pixels, logits);
  printf("%s  %s, version %#x\n", status == RESNET_INT8_OK ? "ok    " : "not ok", resnet_int8_status_string(status),
         (unsigned)resnet_int8_version());
  return status == RESNET_INT8_OK ? 0 : 1;
}
