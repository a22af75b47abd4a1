/* Workers of one image, all on one thread. Each is a coroutine: while it waits for the others, they run. So the order
 * is the same in every run, and a worker that does not wait where it must is seen at once: it has run ahead. */
#ifndef WORKERS_H
#define WORKERS_H

#include "resnet_int8.h"

enum { MAX_WORKERS = 8 };

/* Computes one image. The workers take turns from `first` on. Returns the first status that is not RESNET_INT8_OK. */
resnet_int8_status run_workers(resnet_int8 *network, uint32_t worker_count, uint32_t first, const uint8_t *pixels,
                               float *logits);

#endif
