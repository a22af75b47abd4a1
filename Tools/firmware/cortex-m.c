/* Starts a program on a Cortex-M processor: its vector table, and what must be done before main. */
#include "board.h"

#include <stdint.h>

int main(void);
extern uint32_t stack_top[], data_start[], data_end[], data_in_flash[], bss_start[], bss_end[];

#define CCR (*(volatile uint32_t *)0xE000ED14)   /* configuration and control */
#define CPACR (*(volatile uint32_t *)0xE000ED88) /* access to the floating-point unit */

static void stop(void) {
  board_print("stopped by a fault\n");
  board_exit(1);
}

void reset(void) {
  CPACR |= 0xFu << 20; /* processors without the unit ignore it */
#ifdef TRAP_UNALIGNED
  CCR |= 1u << 3;
#endif
#if defined(__ARM_FEATURE_MVE)
  CCR |= 1u << 18 | 1u << 19; /* loops and branches of ARMv8.1-M from the cache */
#endif
  __asm__ volatile("dsb\n isb" ::: "memory");
  for (uint32_t *from = data_in_flash, *to = data_start; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
  board_paint_stack();
  board_exit(main());
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))stack_top, reset, stop, stop, stop, stop, stop, 0, 0, 0, 0, stop, stop, 0, stop, stop};
