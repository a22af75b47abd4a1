/* A model is inspected, verified, opened and run, and all that the library says and computes is compared: the statuses
 * of its functions, and the logits of every set of kernels that this processor has, of 1 to 8 workers, and of arenas of
 * several sizes at several places. A contradiction ends the program with a message and abort(). */
#ifndef COMPARISON_H
#define COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "resnet_int8.h"

/* How many numbers of workers compute a model: 1 and another one, which the seed chooses, or 1 to 8. */
typedef enum worker_counts { TWO_COUNTS, ALL_COUNTS } worker_counts;

enum { STATUS_LIMIT = 32, SET_LIMIT = 16 };

/* What was done since the program began. */
typedef struct totals {
  uint64_t models, accepted, compared, skipped, runs;
  uint64_t statuses[STATUS_LIMIT];
  /* The sets of kernels that this processor has, and a hash of all logits that were compared. */
  const char *sets[SET_LIMIT];
  uint64_t hash;
} totals;

extern totals total;

/* Returns the status of resnet_int8_inspect.
 *   seed        chooses places, arenas and the image
 *   work_limit  a model whose resnet_int8_info.work is above it is not run */
resnet_int8_status compare(const uint8_t *model, size_t size, worker_counts counts, uint64_t seed,
                           uint64_t work_limit);

/* Prints the totals in one line. */
void print_totals(void);

#endif
