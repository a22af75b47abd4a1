#include "workers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <ucontext.h>

enum { STACK = 1 << 18 };

typedef struct worker {
  ucontext_t context;
  bool is_done;
  resnet_int8_status status;
} worker;

static worker workers[MAX_WORKERS];
static _Alignas(64) unsigned char stacks[MAX_WORKERS][STACK];
static ucontext_t caller;

static struct {
  resnet_int8 *network;
  uint32_t worker_count, current, running;
  const uint8_t *pixels;
  float *logits;
} run;

/* Lets the next worker run that is not done; the caller where all are. */
static void switch_from(ucontext_t *context) {
  if (run.running == 0) setcontext(&caller);
  do run.current = (run.current + 1) % run.worker_count;
  while (workers[run.current].is_done);
  if (context != &workers[run.current].context) swapcontext(context, &workers[run.current].context);
}

static void yield(void *unused) {
  (void)unused;
  switch_from(&workers[run.current].context);
}

static void work(void) {
  worker *self = &workers[run.current];
  self->status =
      resnet_int8_run_worker(run.network, run.current, run.worker_count, run.pixels, run.logits);
  self->is_done = true;
  --run.running;
  switch_from(&self->context);
}

resnet_int8_status run_workers(resnet_int8 *network, uint32_t worker_count, uint32_t first, const uint8_t *pixels,
                               float *logits) {
  if (worker_count == 1) return resnet_int8_run(network, pixels, logits);
  resnet_int8_set_yield(network, yield, NULL);
  run.network = network, run.worker_count = run.running = worker_count;
  run.pixels = pixels, run.logits = logits;
  for (uint32_t i = 0; i < worker_count; ++i) {
    workers[i].is_done = false;
    getcontext(&workers[i].context);
    workers[i].context.uc_stack.ss_sp = stacks[i];
    workers[i].context.uc_stack.ss_size = STACK;
    makecontext(&workers[i].context, work, 0);
  }
  run.current = (first + worker_count - 1) % worker_count;
  switch_from(&caller);
  resnet_int8_set_yield(network, NULL, NULL);
  for (uint32_t i = 0; i < worker_count; ++i)
    if (workers[i].status != RESNET_INT8_OK) return workers[i].status;
  return RESNET_INT8_OK;
}
