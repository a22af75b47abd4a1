/* Opens a model only if its vendor signed it: verify first, then open. docs/security.md says why, and how to sign.
 *
 *   signed-model MODEL SIGNATURE PUBLIC_KEY
 *
 * The signature is Ed25519's (RFC 8032), 64 bytes, and the public key 32 bytes. libsodium verifies it. */
#include "resnet_int8.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Reads a whole file into memory of this process. A mapped file would not do: another process could change it after
 * the signature was verified. Returns NULL where the file cannot be read. */
static unsigned char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  unsigned char *bytes = NULL;
  if (fseek(file, 0, SEEK_END) == 0) {
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size + 1);
    if (bytes && fread(bytes, 1, *size, file) != *size) {
      free(bytes);
      bytes = NULL;
    }
  }
  fclose(file);
  return bytes;
}

int main(int argc, char **argv) {
  if (argc != 4 || sodium_init() < 0) {
    fprintf(stderr, "usage: signed-model MODEL SIGNATURE PUBLIC_KEY\n");
    return 2;
  }
  size_t model_size = 0, signature_size = 0, key_size = 0;
  unsigned char *model = read_file(argv[1], &model_size), *signature = read_file(argv[2], &signature_size),
                *key = read_file(argv[3], &key_size);
  if (!model || !signature || !key || signature_size != crypto_sign_BYTES || key_size != crypto_sign_PUBLICKEYBYTES) {
    fprintf(stderr, "signed-model: cannot read a model, a signature of 64 bytes and a key of 32 bytes\n");
    return 2;
  }
  if (crypto_sign_verify_detached(signature, model, model_size, key) != 0) {
    fprintf(stderr, "%s: not signed by the owner of %s\n", argv[1], argv[3]);
    return 1;
  }

  resnet_int8_info info;
  resnet_int8_status status = resnet_int8_inspect(model, model_size, &info, sizeof info);
  void *arena = status == RESNET_INT8_OK ? aligned_alloc(info.arena_alignment, info.recommended_arena) : NULL;
  resnet_int8 *network = NULL;
  if (status == RESNET_INT8_OK) status = resnet_int8_open(model, model_size, arena, info.recommended_arena, &network);
  printf("%s: signed; %s\n", argv[1], resnet_int8_status_string(status));
  free(arena), free(model), free(signature), free(key);
  return status != RESNET_INT8_OK;
}
