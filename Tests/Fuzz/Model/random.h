/* Random numbers that a seed reproduces (splitmix64). */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct random_state { uint64_t value; } random_state;

static inline uint64_t random_bits(random_state *random) {
  uint64_t bits = random->value += 0x9e3779b97f4a7c15u;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
  return bits ^ bits >> 31;
}

/* Returns a number from `low` to `high`, both included. */
static inline uint32_t random_in(random_state *random, uint32_t low, uint32_t high) {
  return low + (uint32_t)((random_bits(random) >> 32) * (high - low + 1ull) >> 32);
}

/* Returns true once in `count` times. */
static inline bool one_in(random_state *random, uint32_t count) { return random_in(random, 1, count) == 1; }

#endif
