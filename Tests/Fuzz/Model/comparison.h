/* A model is inspected, verified, opened and run, and all that the library says and computes is compared: the statuses
 * of its functions, and the logits of every set of kernels that this processor has, of 1 to 8 workers, and of arenas of
 * several sizes at several places. A contradiction ends the program with a message and abort(). */
#ifndef COMPARISON_H
#define COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "resnet_int8.h"

/* What is known about a model. */
typedef enum knowledge {
  /* It may be any bytes. If it is accepted, its layers may read what no layer has written, or what they write
   * themselves. All arenas begin with the same contents, and only one number of workers is tried. */
  ANY_BYTES,
  /* It is one that the quantizer could have written. The contents of the arena do not matter. */
  WELL_FORMED
} knowledge;

enum { STATUS_LIMIT = 32, SET_LIMIT = 16 };

/* What was done since the program began. */
typedef struct totals {
  uint64_t models, accepted, compared, unordered, skipped, runs;
  uint64_t statuses[STATUS_LIMIT];
  /* The sets of kernels that this processor has, and a hash of all logits that were compared. */
  const char *sets[SET_LIMIT];
  uint64_t hash;
} totals;

extern totals total;

/* Returns the status of resnet_int8_inspect.
 *   seed        chooses places, arenas and the image
 *   work_limit  a model whose resnet_int8_info.work is above it is not run */
resnet_int8_status compare(const uint8_t *model, size_t size, knowledge known, uint64_t seed, uint64_t work_limit);

/* Prints the totals in one line. */
void print_totals(void);

#endif
