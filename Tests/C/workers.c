/* Tests threads that share an image, and threads that each have a network of one model.
 *
 *   workers MODEL RUNS
 *
 * 8 workers compute RUNS images with the fastest kernels, however few cores there are. The other kernel sets, and
 * fewer workers, compute some images. Then several threads run a network each, all over one model. The logits are
 * compared with those of a single worker. This program is also compiled for the thread sanitizer. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "support.h"

enum { MODEL_BYTES = 1 << 22, IMAGES = 4, WORKERS = 8, NETWORKS = 4, SECONDS = 120 };

static _Alignas(64) uint8_t model[MODEL_BYTES];
static size_t model_size;
static resnet_int8_info info;
static uint8_t *pixels;  /* those of all IMAGES */
static float *expected;  /* IMAGES rows of logits, computed by the portable kernels */
static const char *path;

static const uint8_t *image(unsigned run) { return pixels + run % IMAGES * pixel_bytes(&info); }

static bool as_expected(const float *logits, unsigned run) {
  return memcmp(logits, expected + run % IMAGES * info.class_count, info.class_count * sizeof(float)) == 0;
}

/* Opens a network in an arena of its own, which is kept until the program ends. */
static resnet_int8 *open_network(void) {
  void *arena = aligned_alloc(info.arena_alignment, info.recommended_arena);
  resnet_int8 *network;
  require(resnet_int8_open(model, model_size, arena, info.recommended_arena, &network), path);
  return network;
}

/* Reports that the threads have stalled: one of them waits for ever. */
static void report_alarm(int number) {
  (void)number;
  static const char line[] = "not ok  no end in sight: workers wait for each other\n";
  if (write(STDOUT_FILENO, line, sizeof line - 1) < 0) _exit(2);
  _exit(EXIT_FAILURE);
}

/* on_threads calls body(0), ..., body(count - 1), each on a thread of its own. */
typedef struct thread { pthread_t id; uint32_t index; void (*body)(uint32_t index); } thread;

static void *call_body(void *argument) {
  thread *self = argument;
  self->body(self->index);
  return NULL;
}

static void on_threads(uint32_t count, void (*body)(uint32_t index)) {
  thread threads[WORKERS];
  alarm(SECONDS);
  for (uint32_t i = 0; i < count; ++i) {
    threads[i] = (thread){.index = i, .body = body};
    if (pthread_create(&threads[i].id, NULL, call_body, &threads[i]) != 0) stop("pthread_create", "no thread");
  }
  for (uint32_t i = 0; i < count; ++i) pthread_join(threads[i].id, NULL);
  alarm(0);
}

/* Several workers compute one image. They enter the next run as soon as they return from the last one. */

static struct { resnet_int8 *network; uint32_t workers; unsigned runs, wrong; float *logits; } shared;

static void share_images(uint32_t worker) {
  for (unsigned run = 0; run < shared.runs; ++run) {
    resnet_int8_status status =
        resnet_int8_run_worker(shared.network, worker, shared.workers, image(run), shared.logits);
    /* No worker writes the logits again before this one has entered the next run too. */
    if (worker == 0) shared.wrong += status != RESNET_INT8_OK || !as_expected(shared.logits, run);
  }
}

static void check_workers(const char *kernels, uint32_t workers, unsigned runs) {
  shared.workers = workers, shared.runs = runs, shared.wrong = 0;
  on_threads(workers, share_images);
  check(shared.wrong == 0, "%s, %u workers: %u runs, %u wrong", kernels, (unsigned)workers, runs, shared.wrong);
}

static void count_yield(void *count) {
  atomic_fetch_add((atomic_ulong *)count, 1);
  sched_yield();
}

/* Each thread has a network of its own. */

static struct { const char *kernels; unsigned runs; atomic_uint wrong; } separate;

static void own_network(uint32_t index) {
  resnet_int8 *network = open_network();
  resnet_int8_select_kernels(network, separate.kernels);
  float *logits = malloc(info.class_count * sizeof(float));
  unsigned wrong = 0;
  for (unsigned run = index; run < index + separate.runs; ++run)
    wrong += resnet_int8_run(network, image(run), logits) != RESNET_INT8_OK || !as_expected(logits, run);
  atomic_fetch_add(&separate.wrong, wrong);
  free(logits);
}

int main(int argc, char **argv) {
  unsigned runs = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
  if (runs < 1) stop("usage", "workers MODEL RUNS");
  path = argv[1];
  model_size = read_file(path, model, sizeof model);
  /* The portable kernels gain most by memory. In their arena other sets have scratch too. */
  require(resnet_int8_inspect_kernels(model, model_size, "portable", &info, sizeof info), path);
  pixels = malloc(IMAGES * pixel_bytes(&info));
  fill_pixels(pixels, IMAGES * pixel_bytes(&info), 5);
  expected = malloc(IMAGES * info.class_count * sizeof(float));
  shared.logits = malloc(info.class_count * sizeof(float));
  resnet_int8 *network = open_network();
  const char *fastest = resnet_int8_kernels(network);
  require(resnet_int8_select_kernels(network, "portable"), "portable");
  for (unsigned run = 0; run < IMAGES; ++run)
    require(resnet_int8_run(network, image(run), expected + run * info.class_count), path);
  check(memcmp(expected, expected + info.class_count, info.class_count * sizeof(float)) != 0, "images differ");
  signal(SIGALRM, report_alarm);
  shared.network = network;

  const char *kernels;
  for (uint32_t index = 0; (kernels = next_supported_kernels(&index));) {
    require(resnet_int8_select_kernels(network, kernels), kernels);
    atomic_ulong yields = 0;
    require(resnet_int8_set_yield(network, count_yield, &yields), "set_yield");
    for (uint32_t workers = 1; workers < WORKERS; ++workers) check_workers(kernels, workers, 1 + runs / 100);
    check_workers(kernels, WORKERS, strcmp(kernels, fastest) == 0 ? runs : 1 + runs / 10);
    check(yields > 0, "workers that waited yielded");
    unsigned long before = yields;
    require(resnet_int8_set_yield(network, NULL, NULL), "set_yield");
    check_workers(kernels, 2, 10);
    check(yields == before, "once yield is NULL they spin again");

    separate.kernels = kernels, separate.runs = 1 + runs / 10, separate.wrong = 0;
    on_threads(NETWORKS, own_network);
    check(separate.wrong == 0, "%s, a network for each of %d threads: %u runs, %u wrong", kernels, NETWORKS,
          NETWORKS * separate.runs, separate.wrong);
  }
  check(resnet_int8_set_yield(NULL, count_yield, NULL) == RESNET_INT8_NULL_POINTER, "set_yield refuses NULL");
  return finish();
}
