// The most that a processor can do with the instructions of a kernel set: nothing but dot products, from registers into
// independent accumulators, without loads, stores or requantization.
#pragma once

#include <stdint.h>

// Runs `iterations` (above 0) times the instructions that kernels of this name are made of and returns how many
// multiply-accumulates those were; 0, having run nothing, where no such loop is known here. The processor must have the
// instructions.
int64_t dot_product_limit(const char *kernels, int64_t iterations);
