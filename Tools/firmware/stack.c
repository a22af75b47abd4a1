/* Measures the stack: it is painted at the start, and what has lost its paint was used. */
#include "board.h"

extern uint32_t stack_low[], stack_top[];
enum { PAINT = 0x5AFE5AFE, MARGIN = 64 }; /* words that the painting function itself may use */

void board_paint_stack(void) {
  volatile uint32_t here;
  for (uintptr_t word = (uintptr_t)stack_low; word < (uintptr_t)&here - MARGIN * sizeof here; word += sizeof here)
    *(volatile uint32_t *)word = PAINT;
}

uint32_t board_stack_used(void) {
  const volatile uint32_t *word = stack_low;
  while (*word == PAINT) word++;
  return (uint32_t)((uintptr_t)stack_top - (uintptr_t)word);
}
