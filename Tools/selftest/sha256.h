/* SHA-256 (FIPS 180-4) of a short message, in 200 bytes of memory: what the self-test compares logits by. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct sha256 {
  uint32_t state[8];
  uint64_t byte_count;
  uint8_t block[64];
} sha256;

static inline uint32_t sha256_rotate(uint32_t word, int count) { return word >> count | word << (32 - count); }

static inline void sha256_start(sha256 *self) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(self->state, start, sizeof start);
  self->byte_count = 0;
}

static inline void sha256_mix(sha256 *self) {
  static const uint32_t constants[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
      0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
      0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
      0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
      0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
      0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  uint32_t words[16], s[8];
  for (int i = 0; i < 16; ++i)
    words[i] = (uint32_t)self->block[4 * i] << 24 | (uint32_t)self->block[4 * i + 1] << 16 |
               (uint32_t)self->block[4 * i + 2] << 8 | self->block[4 * i + 3];
  memcpy(s, self->state, sizeof s);
  for (int i = 0; i < 64; ++i) {
    uint32_t *word = &words[i % 16];
    if (i >= 16) {
      uint32_t a = words[(i + 1) % 16], b = words[(i + 14) % 16];
      *word += (sha256_rotate(a, 7) ^ sha256_rotate(a, 18) ^ a >> 3) + words[(i + 9) % 16] +
               (sha256_rotate(b, 17) ^ sha256_rotate(b, 19) ^ b >> 10);
    }
    uint32_t one = s[7] + (sha256_rotate(s[4], 6) ^ sha256_rotate(s[4], 11) ^ sha256_rotate(s[4], 25)) +
                   ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + *word;
    uint32_t two = (sha256_rotate(s[0], 2) ^ sha256_rotate(s[0], 13) ^ sha256_rotate(s[0], 22)) +
                   ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += one;
    s[0] = one + two;
  }
  for (int i = 0; i < 8; ++i) self->state[i] += s[i];
}

static inline void sha256_append(sha256 *self, uint8_t byte) {
  self->block[self->byte_count++ % 64] = byte;
  if (self->byte_count % 64 == 0) sha256_mix(self);
}

static inline void sha256_finish(sha256 *self, uint8_t digest[32]) {
  uint64_t bit_count = 8 * self->byte_count;
  sha256_append(self, 0x80);
  while (self->byte_count % 64 != 56) sha256_append(self, 0);
  for (int i = 56; i >= 0; i -= 8) sha256_append(self, (uint8_t)(bit_count >> i));
  for (int i = 0; i < 32; ++i) digest[i] = (uint8_t)(self->state[i / 4] >> (24 - i % 4 * 8));
}

#endif
