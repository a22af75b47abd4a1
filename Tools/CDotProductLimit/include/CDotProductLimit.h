// Measures the limit of a kernel set: the most dot products that this processor can compute with the set's
// instructions. The measured loops take their operands from registers and add into independent accumulators. They have
// no loads, no stores and no requantization.
#pragma once

#include <stdint.h>

// Runs the loop of the kernel set with this name `iterations` times (above 0). Returns the number of
// multiply-accumulates that this computed. Returns 0, and runs nothing, where there is no loop for this name on this
// architecture. The processor must have the set's instructions.
int64_t dot_product_limit(const char *kernels, int64_t iterations);
