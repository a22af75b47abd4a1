/* Starts a program on a RISC-V processor in machine mode. The emulator has loaded all sections where they belong. */
#include "board.h"

#include <stdint.h>

int main(void);
extern uint32_t bss_start[], bss_end[];

__attribute__((used)) static void begin(void) {
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
  board_paint_stack();
  board_exit(main());
}

__attribute__((naked, section(".vectors"), used)) void reset(void) {
  __asm__ volatile(
      ".option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n"
      "la t0, stopped\n.word 0x30529073\n" /* csrw mtvec, t0; compilers for RV32IMAC alone do not know its name */
      "la sp, stack_top\nj begin\n"
      ".balign 4\nstopped: j stop");
}

__attribute__((used)) static void stop(void) {
  board_print("stopped by a trap\n");
  board_exit(1);
}
