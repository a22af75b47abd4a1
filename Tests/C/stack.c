/* Tests that opening and running a network take no more stack than the header says, with every kernel set and arena.
 *
 *   stack MODEL
 *
 * The calls run on a stack that is filled with a pattern. What they have written is what they took. */
#define _XOPEN_SOURCE 700
#include <ucontext.h>

#include "support.h"

enum { MODEL_BYTES = 1 << 27, LIMIT = 32 << 10, STACK = 1 << 18, PATTERN = 0xa5 };

static _Alignas(64) uint8_t stack[STACK];
static ucontext_t caller;

static struct {
  void *model, *arena;
  size_t model_size, arena_size;
  resnet_int8 *network;
  uint8_t *pixels;
  float *logits;
  resnet_int8_status status;
} call;

static void open_network(void) {
  call.status = resnet_int8_open(call.model, call.model_size, call.arena, call.arena_size, &call.network);
}

static void run_network(void) { call.status = resnet_int8_run(call.network, call.pixels, call.logits); }

/* Returns the bytes of stack that a function takes. */
static size_t stack_of(void (*function)(void)) {
  memset(stack, PATTERN, sizeof stack);
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = stack;
  context.uc_stack.ss_size = sizeof stack;
  context.uc_link = &caller;
  makecontext(&context, function, 0);
  swapcontext(&caller, &context);
  size_t untouched = 0;
  while (untouched < sizeof stack && stack[untouched] == PATTERN) ++untouched;
  return sizeof stack - untouched;
}

int main(int argc, char **argv) {
  if (argc != 2) stop("usage", "stack MODEL");
  call.model = malloc(MODEL_BYTES);
  call.model_size = read_file(argv[1], call.model, MODEL_BYTES);
  const char *kernels;
  for (uint32_t k = 0; (kernels = next_supported_kernels(&k));) {
    resnet_int8_info info;
    require(resnet_int8_inspect_kernels(call.model, call.model_size, kernels, &info, sizeof info), argv[1]);
    call.pixels = calloc(1, pixel_bytes(&info));
    call.logits = malloc(info.class_count * sizeof(float));
    const size_t sizes[] = {info.smallest_arena, info.recommended_arena, info.fastest_arena};
    for (size_t i = 0; i < 3; ++i) {
      call.arena = aligned_alloc(info.arena_alignment, sizes[i]);
      call.arena_size = sizes[i];
      size_t opening = stack_of(open_network);
      require(call.status, argv[1]);
      require(resnet_int8_select_kernels(call.network, kernels), kernels);
      size_t running = stack_of(run_network);
      require(call.status, kernels);
      check(opening <= LIMIT && running <= LIMIT, "%s, an arena of %zu bytes: %zu bytes of stack to open, %zu to run",
            kernels, sizes[i], opening, running);
      free(call.arena);
    }
    free(call.pixels), free(call.logits);
  }
  free(call.model);
  return finish();
}
