/* resnet_int8: runs a trained ResNet in int8 from a model file made by `resnet-quantize`.
 *
 * No heap, no files, no threads, no clock: the model's bytes stay where they are, and everything the library
 * keeps lies in one arena that the caller owns. (A run takes up to 32 KiB of stack.) Same bits on every processor,
 * with any number of workers.
 *
 *     resnet_int8_info info;
 *     resnet_int8_inspect(model, model_size, &info);
 *     void *arena = aligned_alloc(info.arena_alignment, info.arena_size);
 *     resnet_int8 *network;
 *     resnet_int8_open(model, model_size, arena, info.arena_size, &network);
 *     resnet_int8_run(network, pixels, logits);
 */
#ifndef RESNET_INT8_H
#define RESNET_INT8_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Status
 * ------ */

typedef enum resnet_int8_status {
  RESNET_INT8_OK = 0,
  RESNET_INT8_NULL_POINTER,        /* a pointer argument is NULL */
  RESNET_INT8_TRUNCATED,           /* fewer bytes than the model says it has */
  RESNET_INT8_NOT_A_MODEL,         /* the bytes do not begin as an .rn8 file does */
  RESNET_INT8_LATER_VERSION,       /* written for a later version of this library */
  RESNET_INT8_CORRUPT,             /* a checksum does not match: the bytes were damaged */
  RESNET_INT8_INVALID_MODEL,       /* the checksum matches, yet the contents contradict themselves */
  RESNET_INT8_ACCUMULATOR_OVERFLOW,/* a layer's int32 sums could overflow */
  RESNET_INT8_ARENA_TOO_SMALL,     /* arena_size is below resnet_int8_info.arena_size */
  RESNET_INT8_ARENA_MISALIGNED,    /* the arena is not aligned to resnet_int8_info.arena_alignment */
  RESNET_INT8_UNKNOWN_KERNELS,     /* no kernels of that name are in this library */
  RESNET_INT8_UNSUPPORTED_KERNELS, /* this processor lacks the instructions those kernels use */
  RESNET_INT8_INVALID_WORKER       /* worker is not below worker_count, or worker_count is above 65536 */
} resnet_int8_status;

/* A sentence in English for people; never NULL. Static storage. */
const char *resnet_int8_status_string(resnet_int8_status status);

/* The library's version: major << 16 | minor << 8 | patch. */
uint32_t resnet_int8_version(void);

/* Models
 * ------
 * `model` is the contents of an .rn8 file, `model_size` its bytes: read from a file, mapped, or in flash. Any
 * alignment works; 64 bytes, as a mapped file has, is fastest. Any bytes whatever are safe to pass; those behind the
 * model's own, up to a page's end say, are not looked at. */

typedef struct resnet_int8_info {
  uint32_t input_height, input_width; /* pixels */
  uint32_t input_channels;            /* 3: RGB, 1: grey */
  uint32_t class_count;               /* floats that a run writes; features where the network has no classifier */
  uint32_t layer_count;
  size_t arena_size;                  /* bytes, a multiple of arena_alignment */
  size_t arena_alignment;             /* bytes, a power of two */
  uint64_t multiply_accumulates;      /* of one image */
} resnet_int8_info;

/* Checks the model, all but the values of its weights, and fills *info; leaves it alone where the status is not
 * RESNET_INT8_OK. */
resnet_int8_status resnet_int8_inspect(const void *model, size_t model_size, resnet_int8_info *info);

/* As inspect, and compares the weights with their checksum too: reads every byte of the model once. */
resnet_int8_status resnet_int8_verify(const void *model, size_t model_size);

/* Networks
 * --------
 * A network lives inside its arena; there is nothing to free. The model must stay in place, unchanged, while
 * the network is used. A network computes one image at a time; any number of networks, each with an arena of its own,
 * may share one model on any threads. */

typedef struct resnet_int8 resnet_int8;

/* Checks the model as inspect does, chooses the fastest kernels that this processor has, and sets *network. (Where it
 * has AMX, Linux is asked to let this process use it. Refused, as beside a signal stack too small for AMX's state, the
 * next fastest are chosen.)
 *   arena       arena_size bytes or more, aligned to arena_alignment; its former contents do not matter
 *   network     set to NULL where the status is not RESNET_INT8_OK */
resnet_int8_status resnet_int8_open(const void *model, size_t model_size, void *arena, size_t arena_size,
                                    resnet_int8 **network);

/* Computes one image.
 *   pixels      input_height x input_width x input_channels bytes, row by row from the top, RGB interleaved: the
 *               image as decoded (mean and standard deviation are folded into the model)
 *   logits      class_count floats are written */
resnet_int8_status resnet_int8_run(resnet_int8 *network, const uint8_t *pixels, float *logits);

/* The caller's threads share one image: worker_count threads call this at the same time with the same network,
 * worker_count, pixels and logits, and worker = 0 ... worker_count - 1 (none can see it where these differ: they
 * wait for ever, or compute nonsense). Each returns when the logits are complete, and may enter the next run at once.
 * Workers wait for each other after each layer. */
resnet_int8_status resnet_int8_run_worker(resnet_int8 *network, uint32_t worker, uint32_t worker_count,
                                          const uint8_t *pixels, float *logits);

/* What a worker calls, over and over, once it has waited for the others for a few microseconds: a function that lets
 * another thread run, such as one that calls sched_yield(). Without it workers spin, which is as good where each has a
 * core to itself, and slow where they do not: one that waits then keeps its core from the one it waits for.
 *   yield       called by any worker, also by several at once; NULL (so after open): workers spin
 *   context     passed to yield
 * From the next run on. Not while a run is under way. */
resnet_int8_status resnet_int8_set_yield(resnet_int8 *network, void (*yield)(void *context), void *context);

/* The name of a class, UTF-8, inside the model's bytes; NULL where the model has no labels or class_index is too large. */
const char *resnet_int8_label(const resnet_int8 *network, uint32_t class_index);

/* Kernels
 * -------
 * One set of kernels an instruction set, the fastest first: "amx", "avx512vnni", "avxvnni", "avx2" on x86-64, "neondot",
 * "neon" on AArch64, "portable" anywhere. All give the same bits. */

/* The name of the kernels in use; NULL where network is NULL. */
const char *resnet_int8_kernels(const resnet_int8 *network);

/* Uses the named kernels from the next run on. Not while a run is under way. */
resnet_int8_status resnet_int8_select_kernels(resnet_int8 *network, const char *name);

#ifdef __cplusplus
}
#endif

#endif
