// Shows how several threads compute one image together, with a pool to copy, and measures how much faster that is.
//
//   threads MODEL.rn8 [THREADS [IMAGES]]      (2 threads and 50 images where not given)
//
// It prints the minimum and median milliseconds for one image, with one thread and with THREADS, and the ratio of the
// minima. Exit status: 0 for success, 1 for a bad model or logits that differ, 2 for a wrong command line.
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resnet_int8.h"

// The pool. Worker 0 is the thread that calls pool_run. The other workers have threads that wait for its next image.

enum { MAX_WORKERS = 64, PATIENCE = 1000 };

typedef struct pool {
    resnet_int8 *network;
    uint32_t worker_count;
    pthread_t threads[MAX_WORKERS];
    atomic_uint started, images;  // threads that know their number; images given so far
    bool closing;                 // closing, pixels and logits are written before `images` grows
    const uint8_t *pixels;
    float *logits;
    pthread_mutex_t mutex;  // for threads that sleep
    pthread_cond_t image_given;
} pool;

// The function for resnet_int8_set_yield. It gives the core of a worker that waits to another thread.
static void yield(void *context) {
    (void)context;
    sched_yield();
}

// Waits for the image that follows the first `seen` ones. A thread that sleeps takes about 50 us to wake, which is as
// long as a small network takes for a whole image. Therefore a thread looks for the image for a while before it sleeps.
static void await_image(pool *pool, unsigned seen) {
    for (int i = 0; i < PATIENCE; ++i) {
        if (atomic_load(&pool->images) != seen) return;
        sched_yield();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->images) == seen) pthread_cond_wait(&pool->image_given, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static void give_image(pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->images, 1);
    pthread_cond_broadcast(&pool->image_given);
    pthread_mutex_unlock(&pool->mutex);
}

// Takes a worker's part in every image until the pool closes. No image is missed or computed twice, since the next
// image is given only after all workers have taken part in this one.
static void *work(void *argument) {
    pool *pool = argument;
    uint32_t worker = atomic_fetch_add(&pool->started, 1) + 1;
    for (unsigned seen = 0;; ++seen) {
        await_image(pool, seen);
        if (pool->closing) return NULL;
        resnet_int8_run_worker(pool->network, worker, pool->worker_count, pool->pixels, pool->logits);
    }
}

static void pool_open(pool *pool, resnet_int8 *network, uint32_t worker_count) {
    memset(pool, 0, sizeof *pool);
    pool->network = network;
    pool->worker_count = worker_count;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->image_given, NULL);
    resnet_int8_set_yield(network, yield, NULL);
    for (uint32_t i = 1; i < worker_count; ++i) {
        if (pthread_create(&pool->threads[i], NULL, work, pool) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
}

static void pool_run(pool *pool, const uint8_t *pixels, float *logits) {
    pool->pixels = pixels;
    pool->logits = logits;
    give_image(pool);
    resnet_int8_run_worker(pool->network, 0, pool->worker_count, pixels, logits);
}

static void pool_close(pool *pool) {
    pool->closing = true;
    give_image(pool);
    for (uint32_t i = 1; i < pool->worker_count; ++i) pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->image_given);
    pthread_mutex_destroy(&pool->mutex);
}

// The program that tries the pool.

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long end = ftell(file);
    rewind(file);
    *size = end > 0 ? (size_t)end : 0;
    void *bytes = aligned_alloc(64, (*size / 64 + 1) * 64);
    if (bytes && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

static double now(void) {  // milliseconds
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double report(unsigned threads, double *times, size_t count) {
    qsort(times, count, sizeof *times, ascending);
    printf("%2u thread%s  min %8.3f ms  median %8.3f ms\n", threads, threads == 1 ? " " : "s", times[0],
           times[count / 2]);
    return times[0];
}

int main(int argc, char **argv) {
    // Turns of this many images with one thread and with all threads alternate, so that drift affects both alike.
    enum { TURN = 10 };
    long threads = argc > 2 ? strtol(argv[2], NULL, 10) : 2;
    long images = argc > 3 ? strtol(argv[3], NULL, 10) : 50;
    if (argc < 2 || threads < 1 || threads > MAX_WORKERS || images < 1 || images > 1000000) {
        fprintf(stderr, "usage: threads MODEL.rn8 [THREADS [IMAGES]]      (THREADS: 1 to %d)\n", MAX_WORKERS);
        return 2;
    }
    size_t model_size;
    void *model = read_file(argv[1], &model_size);
    if (!model) return perror(argv[1]), 1;
    resnet_int8_info info;
    resnet_int8_status status = resnet_int8_inspect(model, model_size, &info, sizeof info);
    if (status != RESNET_INT8_OK) {
        return fprintf(stderr, "%s: %s\n", argv[1], resnet_int8_status_string(status)), 1;
    }

    size_t pixel_count = (size_t)info.input_height * info.input_width * info.input_channels;
    size_t logit_bytes = info.class_count * sizeof(float), count = (size_t)images;
    void *arena = aligned_alloc(info.arena_alignment, info.recommended_arena);
    uint8_t *pixels = malloc(pixel_count);
    float *alone = malloc(logit_bytes), *together = malloc(logit_bytes);
    double *alone_times = malloc(count * sizeof(double)), *together_times = malloc(count * sizeof(double));
    resnet_int8 *network;
    if (!arena || !pixels || !alone || !together || !alone_times || !together_times) return perror("memory"), 1;
    if (resnet_int8_open(model, model_size, arena, info.recommended_arena, &network) != RESNET_INT8_OK) return 1;
    for (size_t i = 0; i < pixel_count; ++i) pixels[i] = (uint8_t)(i * 2654435761u >> 24);

    static pool pool;
    pool_open(&pool, network, (uint32_t)threads);
    resnet_int8_run(network, pixels, alone);  // warms up
    bool same = true;
    for (size_t first = 0; first < count; first += TURN) {
        size_t end = first + TURN < count ? first + TURN : count;
        for (size_t i = first; i < end; ++i) {
            double start = now();
            resnet_int8_run(network, pixels, alone);
            alone_times[i] = now() - start;
        }
        for (size_t i = first; i < end; ++i) {
            double start = now();
            pool_run(&pool, pixels, together);
            together_times[i] = now() - start;
            same = same && memcmp(alone, together, logit_bytes) == 0;
        }
    }
    pool_close(&pool);

    printf("kernels     %s\n", resnet_int8_kernels(network));
    double one = report(1, alone_times, count), all = report((unsigned)threads, together_times, count);
    printf("speed-up    %.2f (of the minima)\nlogits      %s\n", one / all, same ? "the same bits" : "DIFFER");
    free(together_times), free(alone_times), free(together), free(alone), free(pixels), free(arena), free(model);
    return same ? 0 : 1;
}
