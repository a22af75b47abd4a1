/* A thread pool for timing resnet_int8_run_worker from Python, as a program with a pool of its own would call it.
 * Like the peers' pools, its threads look for work for a while and then sleep. They are never stopped: they end with
 * the process. */
#include <resnet_int8.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { LOOKS = 100000 }; /* about 0.1 ms */

typedef struct workers {
  resnet_int8 *network;
  uint32_t count;
  const uint8_t *pixels;
  float *logits;
  atomic_uint run;    /* the number of the last run; when it changes there is work */
  pthread_mutex_t mutex;
  pthread_cond_t started;
} workers;

typedef struct worker {
  workers *all;
  uint32_t index;
} worker;

static unsigned next_run(workers *all, unsigned last) {
  for (int look = 0; look < LOOKS; look++) {
    unsigned run = atomic_load_explicit(&all->run, memory_order_acquire);
    if (run != last) return run;
  }
  pthread_mutex_lock(&all->mutex);
  while (atomic_load(&all->run) == last) pthread_cond_wait(&all->started, &all->mutex);
  pthread_mutex_unlock(&all->mutex);
  return atomic_load(&all->run);
}

static void *work(void *argument) {
  worker *self = argument;
  for (unsigned run = 0;;) {
    run = next_run(self->all, run);
    resnet_int8_run_worker(self->all->network, self->index, self->all->count, self->all->pixels, self->all->logits);
  }
  return NULL;
}

static void yield_core(void *context) {
  (void)context;
  sched_yield();
}

/* Starts count - 1 threads: the thread that calls workers_run is the first worker. Returns NULL where the system
 * gives no threads or no memory. */
workers *workers_start(resnet_int8 *network, uint32_t count) {
  workers *all = calloc(1, sizeof *all);
  worker *each = calloc(count, sizeof *each);
  if (!all || !each) return NULL;
  all->network = network;
  all->count = count;
  resnet_int8_set_yield(network, yield_core, NULL);
  pthread_mutex_init(&all->mutex, NULL);
  pthread_cond_init(&all->started, NULL);
  for (uint32_t index = 1; index < count; index++) {
    each[index] = (worker){all, index};
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, &each[index])) return NULL;
    pthread_detach(thread);
  }
  return all;
}

resnet_int8_status workers_run(workers *all, const uint8_t *pixels, float *logits) {
  pthread_mutex_lock(&all->mutex);
  all->pixels = pixels;
  all->logits = logits;
  atomic_fetch_add(&all->run, 1);
  pthread_cond_broadcast(&all->started);
  pthread_mutex_unlock(&all->mutex);
  return resnet_int8_run_worker(all->network, 0, all->count, pixels, logits);
}
