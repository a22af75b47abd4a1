/* Prints numbers. */
#include "board.h"

void board_print_number(uint32_t number) {
  char digits[11], *digit = digits + 10;
  *digit = 0;
  do *--digit = (char)('0' + number % 10);
  while (number /= 10);
  board_print(digit);
}
