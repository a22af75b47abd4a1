/* Prints the logits of models, computed by each kernel set of this processor with 1 worker and with 3. The 3 workers
 * read the model at an odd address.
 *
 *   logits CASE...      reads CASE.rn8, and CASE.image with its pixels
 *
 * For each case there is a line `case CASE`, and then a line `run KERNELS WORKERS BITS...` for each run, where BITS are
 * a logit's 32 bits in hexadecimal. A case whose model is refused has a line `refused: REASON` in place of them. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>

#include "../C/support.h"

enum { MODEL_BYTES = 1 << 26, IMAGE_BYTES = 1 << 20, MAX_WORKERS = 3 };

static _Alignas(64) uint8_t aligned[MODEL_BYTES];
static uint8_t odd[MODEL_BYTES + 1], image[IMAGE_BYTES];

typedef struct job {
  resnet_int8 *network;
  uint32_t worker, worker_count;
  float *logits;
  resnet_int8_status status;
} job;

static void *work(void *argument) {
  job *self = argument;
  self->status = resnet_int8_run_worker(self->network, self->worker, self->worker_count, image, self->logits);
  return NULL;
}

static void yield(void *context) {
  (void)context;
  sched_yield();
}

static void run(resnet_int8 *network, uint32_t worker_count, float *logits) {
  pthread_t threads[MAX_WORKERS];
  job jobs[MAX_WORKERS];
  for (uint32_t worker = 0; worker < worker_count; ++worker) {
    jobs[worker] = (job){network, worker, worker_count, logits, RESNET_INT8_OK};
    if (pthread_create(&threads[worker], NULL, work, &jobs[worker]) != 0) stop("pthread_create", "no thread");
  }
  for (uint32_t worker = 0; worker < worker_count; ++worker) {
    pthread_join(threads[worker], NULL);
    require(jobs[worker].status, "run_worker");
  }
}

/* Opens the model in an arena whose contents are `junk`, runs it and prints the logits. */
static void print_logits(const uint8_t *model, size_t model_size, const resnet_int8_info *info, size_t arena_size,
                         const char *kernels, uint32_t worker_count, int junk) {
  void *arena = aligned_alloc(info->arena_alignment, arena_size);
  float *logits = malloc(info->class_count * sizeof(float));
  if (!arena || !logits) stop("malloc", "no memory");
  memset(arena, junk, arena_size);
  memset(logits, junk, info->class_count * sizeof(float));

  resnet_int8 *network;
  require(resnet_int8_open(model, model_size, arena, arena_size, &network), "open");
  require(resnet_int8_set_yield(network, yield, NULL), "set_yield");
  require(resnet_int8_select_kernels(network, kernels), kernels);

  printf("run %s %" PRIu32, kernels, worker_count);
  fflush(stdout); /* says where a crash was */
  run(network, worker_count, logits);
  for (uint32_t i = 0; i < info->class_count; ++i) {
    uint32_t bits;
    memcpy(&bits, &logits[i], sizeof bits);
    printf(" %08" PRIx32, bits);
  }
  putchar('\n');
  free(logits);
  free(arena);
}

static void run_case(const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s.rn8", name);
  size_t model_size = read_file(path, aligned, sizeof aligned);
  memcpy(odd + 1, aligned, model_size);
  snprintf(path, sizeof path, "%s.image", name);
  size_t image_size = read_file(path, image, sizeof image);

  resnet_int8_info info;
  resnet_int8_status status = resnet_int8_verify(aligned, model_size);
  if (status == RESNET_INT8_OK) status = resnet_int8_inspect(aligned, model_size, &info, sizeof info);
  if (status != RESNET_INT8_OK) {
    printf("refused: %s\n", resnet_int8_status_string(status));
    return;
  }
  if (image_size != pixel_bytes(&info)) stop(path, "not of the model's size");

  uint32_t index = 0;
  for (const char *kernels; (kernels = next_supported_kernels(&index));) {
    require(resnet_int8_inspect_kernels(aligned, model_size, kernels, &info, sizeof info), kernels);
    print_logits(aligned, model_size, &info, info.smallest_arena, kernels, 1, 0xa5);
    print_logits(aligned, model_size, &info, info.recommended_arena, kernels, 2, 0xa5);
    print_logits(odd + 1, model_size, &info, info.fastest_arena, kernels, MAX_WORKERS, 0x5a);
  }
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    printf("case %s\n", argv[i]);
    fflush(stdout);
    run_case(argv[i]);
    fflush(stdout);
  }
  return EXIT_SUCCESS;
}
