/* Arm's and RISC-V's semihosting: a breakpoint by which a program asks its emulator or debugger for something. */
#include "board.h"

#include <stdint.h>

enum { WRITE0 = 0x04, EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

static void ask(uintptr_t operation, const void *argument) {
#if defined(__arm__)
  register uintptr_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
#else
  register uintptr_t a0 __asm__("a0") = operation;
  register const void *a1 __asm__("a1") = argument;
  __asm__ volatile(
      ".option push\n.option norvc\n.balign 16\nslli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
#endif
}

void board_print(const char *text) { ask(WRITE0, text); }

void board_exit(int status) {
  const uintptr_t reason[2] = {APPLICATION_EXIT, (uintptr_t)status};
  ask(EXIT_EXTENDED, reason);
  for (;;) {}
}
