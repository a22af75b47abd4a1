/* resnet_int8: runs a trained ResNet in int8, from a model file that `resnet-quantize` made.
 *
 * The library uses no heap, no files, no threads and no clock. A model's bytes stay where they are. Everything else
 * lies in one block of memory, the arena, which the caller owns. A call takes up to 32 KiB of stack. The logits have
 * the same bits on every processor, with any number of workers and any amount of memory.
 *
 *     resnet_int8_info info;
 *     resnet_int8_inspect(model, model_size, &info, sizeof info);
 *     void *arena = aligned_alloc(info.arena_alignment, info.recommended_arena);
 *     resnet_int8 *network;
 *     resnet_int8_open(model, model_size, arena, info.recommended_arena, &network);
 *     resnet_int8_run(network, pixels, logits);
 *
 * The header compiles as C89 (with stdint.h) and later, and as C++98 and later. */
#ifndef RESNET_INT8_H
#define RESNET_INT8_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Status
 * ------
 * Later versions may add statuses at the end; these keep their values. */

typedef enum resnet_int8_status {
  RESNET_INT8_OK = 0,
  RESNET_INT8_NULL_POINTER,         /* a pointer argument is NULL */
  RESNET_INT8_TRUNCATED,            /* there are fewer bytes than the model says it has */
  RESNET_INT8_NOT_A_MODEL,          /* the bytes do not begin as an .rn8 file does */
  RESNET_INT8_LATER_VERSION,        /* the model was written for a later version of this library */
  RESNET_INT8_CORRUPT,              /* a checksum does not match: the bytes were damaged */
  RESNET_INT8_INVALID_MODEL,        /* the checksum matches, yet the contents contradict themselves */
  RESNET_INT8_ACCUMULATOR_OVERFLOW, /* a layer's int32 sums could overflow */
  RESNET_INT8_ARENA_TOO_SMALL,      /* arena_size is below resnet_int8_info.smallest_arena */
  RESNET_INT8_ARENA_MISALIGNED,     /* the arena is not aligned to resnet_int8_info.arena_alignment */
  RESNET_INT8_UNKNOWN_KERNELS,      /* no kernels of that name are in this library */
  RESNET_INT8_UNSUPPORTED_KERNELS,  /* this processor or its operating system cannot run those kernels */
  RESNET_INT8_INVALID_WORKER,       /* worker is not below worker_count, or worker_count is above 65536 */
  RESNET_INT8_INVALID_PICTURE,      /* a picture's size, row_stride or format, or a network that takes none */
  RESNET_INT8_SCRATCH_TOO_SMALL     /* scratch_size is below what resnet_int8_prepare_scratch tells */
} resnet_int8_status;

/* Returns a sentence in English that describes the status to people, never NULL. It is valid for ever. */
const char *resnet_int8_status_string(resnet_int8_status status);

/* Returns the library's version: major << 16 | minor << 8 | patch. */
uint32_t resnet_int8_version(void);

/* Models
 * ------
 * `model` points to the contents of an .rn8 file, and `model_size` counts their bytes. The file may have been read or
 * mapped, or it may be in flash. Any alignment works; 64 bytes, which a mapped file has, is the fastest. Any bytes at
 * all are safe to pass. Bytes after the model's own are ignored, such as those up to the end of a page. */

typedef struct resnet_int8_info {
  uint32_t input_height;         /* pixels */
  uint32_t input_width;          /* pixels */
  uint32_t input_channels;       /* 3: red, green, blue; 1: grey */
  uint32_t class_count;          /* floats that a run writes: logits, or features where there is no classifier */
  uint32_t layer_count;
  uint32_t arena_alignment;      /* bytes, a power of two */
  size_t smallest_arena;         /* bytes, a multiple of arena_alignment; resnet_int8_open takes no less */
  size_t recommended_arena;      /* bytes, a multiple of arena_alignment; has scratch for layers that gain by it */
  size_t fastest_arena;          /* bytes, a multiple of arena_alignment; also keeps transformed weights, which take 8
                                    times their bytes. This size and the recommended one are those of the fastest
                                    kernels of the processor that asks; all three may be equal */
  uint64_t multiply_accumulates; /* of one image; what the file says of the network that it was made from */
  uint64_t work;                 /* operations on single bytes that one image takes, counted from the model's layers: a
                                    bound of the time of a model that is not trusted, see docs/security.md */
} resnet_int8_info;

/* Checks the model, all but the values of its weights, and fills *info. Any other status than RESNET_INT8_OK leaves
 * *info as it was.
 *   info_size   sizeof(resnet_int8_info). Later versions append fields to the structure; a program compiled with
 *               today's header then passes today's size, and no more bytes are written. A program that is newer than
 *               the library gets 0 in the fields which the library does not know. */
resnet_int8_status resnet_int8_inspect(const void *model, size_t model_size, resnet_int8_info *info, size_t info_size);

/* As resnet_int8_inspect, with the arena sizes of a set of kernels that the program will select. Those of
 * resnet_int8_inspect are of the set that resnet_int8_open chooses here. The name is one of resnet_int8_kernel_set; the
 * processor need not have the set. */
resnet_int8_status resnet_int8_inspect_kernels(const void *model, size_t model_size, const char *name,
                                               resnet_int8_info *info, size_t info_size);

/* Checks the model as resnet_int8_inspect does, and compares its weights with their checksum too. This reads every byte
 * of the model. */
resnet_int8_status resnet_int8_verify(const void *model, size_t model_size);

/* Networks
 * --------
 * A network lives inside its arena; there is nothing to free. The model must stay in place, unchanged, while the
 * network is used. A network computes one image at a time. Any number of networks, each with an arena of its own, may
 * share one model on any threads. */

typedef struct resnet_int8 resnet_int8;

/* Checks the model as resnet_int8_inspect does, chooses the fastest kernels of this processor, and sets *network.
 * With more memory than the smallest arena it also reads weights, and may transform some into the arena.
 *   arena       arena_size bytes, aligned to resnet_int8_info.arena_alignment; their contents do not matter
 *   arena_size  at least resnet_int8_info.smallest_arena; more memory may give more speed, and never other logits
 *   network     set to the network, or to NULL where the status is not RESNET_INT8_OK
 * On a processor with AMX the library asks Linux to let this process use AMX. Linux refuses where a signal stack is too
 * small for AMX's registers, for instance. Then the next fastest kernels are chosen. */
resnet_int8_status resnet_int8_open(const void *model, size_t model_size, void *arena, size_t arena_size,
                                    resnet_int8 **network);

/* Computes one image.
 *   pixels      input_height x input_width x input_channels bytes: rows from the top, pixels from the left, the
 *               channels of a pixel side by side. They are the image as decoded, or as resnet_int8_prepare makes it of
 *               any other size: the model contains the mean and standard deviation.
 *   logits      class_count floats, which are written */
resnet_int8_status resnet_int8_run(resnet_int8 *network, const uint8_t *pixels, float *logits);

/* Computes one image together with other threads. worker_count threads call this at the same time, each with a number
 * of its own: worker = 0 ... worker_count - 1. Each call returns when the logits are complete, and its thread may start
 * on the next image at once. Workers wait for each other several times an image.
 *
 * All workers must pass the same network, worker_count, pixels and logits. The library cannot check this; if they
 * differ, workers may wait for ever or compute wrong results.
 *   worker_count  1 to 65536 */
resnet_int8_status resnet_int8_run_worker(resnet_int8 *network, uint32_t worker, uint32_t worker_count,
                                          const uint8_t *pixels, float *logits);

/* Sets the function that a worker calls while it waits for others, over and over after the first few microseconds. It
 * should let another thread run, for instance by a call of sched_yield(). Without such a function a waiting worker
 * keeps its core busy. That is as good where each worker has a core to itself, and slow where it does not. This must
 * not be called while a run is under way.
 *   yield       the function, which several workers may call at once. NULL, as after resnet_int8_open, stands for none.
 *   context     passed to yield */
resnet_int8_status resnet_int8_set_yield(resnet_int8 *network, void (*yield)(void *context), void *context);

/* Returns the name of a class: UTF-8, inside the model's bytes. Returns NULL where the model has no names or no such
 * class. */
const char *resnet_int8_label(const resnet_int8 *network, uint32_t class_index);

/* Pictures
 * --------
 * A model says how a picture of any size becomes the network's input: how it is resized, with which interpolation, and
 * where its middle is cut out. What does not reach the input's edges is padded with zeros. The bytes are those that
 * `resnet-quantize` calibrates and evaluates with, on every processor: those of Pillow's resize. */

typedef enum resnet_int8_format {
  RESNET_INT8_RGB = 0, /* 3 bytes a pixel: red, green, blue */
  RESNET_INT8_BGR,     /* 3 bytes a pixel: blue, green, red */
  RESNET_INT8_RGBA,    /* 4 bytes a pixel; alpha is dropped */
  RESNET_INT8_BGRA,    /* 4 bytes a pixel; alpha is dropped */
  RESNET_INT8_GREY     /* 1 byte a pixel */
} resnet_int8_format;

/* Sets *scratch_size to the bytes that resnet_int8_prepare takes for pictures of a size and format. They grow with the
 * picture's width, and hardly with its height.
 *   width, height   1 to 65535 pixels */
resnet_int8_status resnet_int8_prepare_scratch(const resnet_int8 *network, uint32_t width, uint32_t height,
                                               resnet_int8_format format, size_t *scratch_size);

/* Makes a picture the network's input. Several threads may do so at once, each with scratch of its own, also while the
 * network runs.
 *   picture       height rows of width pixels, rows from the top, pixels from the left
 *   row_stride    bytes from a row to the next one, at least width x the bytes of a pixel
 *   scratch       scratch_size bytes of any alignment; their contents do not matter, before and after
 *   scratch_size  at least what resnet_int8_prepare_scratch tells
 *   pixels        input_height x input_width x input_channels bytes, which are written: what resnet_int8_run takes */
resnet_int8_status resnet_int8_prepare(const resnet_int8 *network, const uint8_t *picture, uint32_t width,
                                       uint32_t height, size_t row_stride, resnet_int8_format format, void *scratch,
                                       size_t scratch_size, uint8_t *pixels);

/* Kernels
 * -------
 * The library has a set of kernels for each instruction set that it knows on this architecture. All sets give the same
 * logits, bit for bit. Their names are "amx", "avx512vnni", "avxvnni", "avx512" and "avx2" on x86-64, "neondot" and
 * "neon" on AArch64, and "portable" everywhere. */

/* Returns the name of a set, the fastest first. Returns NULL where the library has no more. The name is valid for ever.
 * Like resnet_int8_open, this asks Linux to let the process use AMX where the processor has it.
 *   index         0, 1, 2, ...
 *   is_supported  set to 1 where this processor and its operating system can run the set, else to 0; may be NULL */
const char *resnet_int8_kernel_set(uint32_t index, int *is_supported);

/* Returns the name of the set in use; NULL where network is NULL. */
const char *resnet_int8_kernels(const resnet_int8 *network);

/* Chooses the set of that name, from the next run on. It plans the arena anew and may transform weights, which takes up
 * to the time of a run. This must not be called while a run is under way. */
resnet_int8_status resnet_int8_select_kernels(resnet_int8 *network, const char *name);

#ifdef __cplusplus
}
#endif

#endif
