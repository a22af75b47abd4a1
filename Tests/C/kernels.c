/* Tests that every kernel set with every number of workers gives the same bits as the portable kernels with one worker.
 *
 *   kernels MODEL [MAX_WORKERS]
 *
 * The last line that it prints is a hash of the logits. run.sh compares it between processors. */
#include <pthread.h>
#include <sched.h>

#include "support.h"

enum { IMAGES = 3, MAX_WORKERS = 8, MODEL_BYTES = 1 << 27 };

typedef struct job {
  resnet_int8 *network;
  uint32_t worker, worker_count;
  const uint8_t *pixels;
  float *logits;
  resnet_int8_status status;
} job;

static void *work(void *argument) {
  job *self = argument;
  self->status =
      resnet_int8_run_worker(self->network, self->worker, self->worker_count, self->pixels, self->logits);
  return NULL;
}

static void yield(void *context) {
  (void)context;
  sched_yield();
}

static bool run_with_workers(resnet_int8 *network, uint32_t count, const uint8_t *pixels, float *logits) {
  pthread_t threads[MAX_WORKERS];
  job jobs[MAX_WORKERS];
  for (uint32_t worker = 0; worker < count; ++worker) {
    jobs[worker] = (job){network, worker, count, pixels, logits, RESNET_INT8_OK};
    if (pthread_create(&threads[worker], NULL, work, &jobs[worker]) != 0) stop("pthread_create", "no thread");
  }
  bool ran = true;
  for (uint32_t worker = 0; worker < count; ++worker) {
    pthread_join(threads[worker], NULL);
    ran &= jobs[worker].status == RESNET_INT8_OK;
  }
  return ran;
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3) stop("usage", "kernels MODEL [MAX_WORKERS]");
  uint32_t max_workers = argc == 3 ? (uint32_t)atoi(argv[2]) : MAX_WORKERS;
  if (max_workers < 1 || max_workers > MAX_WORKERS) stop(argv[2], "workers: 1 to 8");
  void *model = malloc(MODEL_BYTES);
  size_t model_size = read_file(argv[1], model, MODEL_BYTES);
  resnet_int8_info info;
  require(resnet_int8_inspect(model, model_size, &info, sizeof info), argv[1]);

  void *arena = aligned_alloc(info.arena_alignment, info.recommended_arena);
  size_t logits_bytes = info.class_count * sizeof(float);
  float *expected = malloc(IMAGES * logits_bytes), *logits = malloc(logits_bytes);
  uint8_t *pixels = malloc(IMAGES * pixel_bytes(&info));
  fill_pixels(pixels, IMAGES * pixel_bytes(&info), 7);
  memset(pixels, 255, pixel_bytes(&info)); /* gives the largest sums */

  resnet_int8 *network;
  require(resnet_int8_open(model, model_size, arena, info.recommended_arena, &network), argv[1]);
  uint32_t first = 0;
  check(strcmp(resnet_int8_kernels(network), next_supported_kernels(&first)) == 0,
        "%s are chosen, the first that the processor has", resnet_int8_kernels(network));
  require(resnet_int8_set_yield(network, yield, NULL), "set_yield");
  require(resnet_int8_select_kernels(network, "portable"), "portable");
  uint64_t hash = HASH_START;
  for (size_t i = 0; i < IMAGES; ++i) {
    float *row = expected + i * info.class_count;
    require(resnet_int8_run(network, pixels + i * pixel_bytes(&info), row), argv[1]);
    hash = hash_bytes(hash, row, logits_bytes);
  }

  const char *kernels;
  int is_supported;
  for (uint32_t k = 0; (kernels = resnet_int8_kernel_set(k, &is_supported)); ++k) {
    resnet_int8_status status = resnet_int8_select_kernels(network, kernels);
    if (!is_supported) {
      check(status == RESNET_INT8_UNSUPPORTED_KERNELS, "%s are refused: this processor lacks them", kernels);
      continue;
    }
    require(status, kernels);
    check(strcmp(resnet_int8_kernels(network), kernels) == 0, "%s are in use", kernels);
    resnet_int8_info own;
    require(resnet_int8_inspect_kernels(model, model_size, kernels, &own, sizeof own), "inspect_kernels");
    const size_t sizes[] = {own.smallest_arena, own.recommended_arena, own.fastest_arena};
    for (size_t size = 0; size < 3; ++size) {
      void *memory = aligned_alloc(own.arena_alignment, sizes[size]);
      resnet_int8 *other;
      require(resnet_int8_open(model, model_size, memory, sizes[size], &other), argv[1]);
      require(resnet_int8_select_kernels(other, kernels), kernels);
      bool equal = true;
      for (size_t i = 0; i < IMAGES; ++i) {
        memset(logits, 0xff, logits_bytes);
        require(resnet_int8_run(other, pixels + i * pixel_bytes(&info), logits), kernels);
        equal &= memcmp(logits, expected + i * info.class_count, logits_bytes) == 0;
      }
      check(equal, "%s, an arena of %zu bytes: bits equal", kernels, sizes[size]);
      free(memory);
    }
    for (uint32_t count = 1; count <= max_workers; ++count) {
      bool equal = true;
      for (size_t i = 0; i < IMAGES; ++i) {
        memset(logits, 0xff, logits_bytes);
        equal &= run_with_workers(network, count, pixels + i * pixel_bytes(&info), logits);
        equal &= memcmp(logits, expected + i * info.class_count, logits_bytes) == 0;
      }
      check(equal, "%s, %u workers: bits equal", kernels, (unsigned)count);
    }
  }

  /* All bits set is a NaN, which no run writes. So rows that were equal above had been written. */
  memset(logits, 0xff, logits_bytes);
  check(memcmp(logits, expected, logits_bytes) != 0, "logits are written");
  printf("logits  %016llx\n", (unsigned long long)hash);
  free(pixels), free(logits), free(expected), free(arena), free(model);
  return finish();
}
