/* What the programs of this folder need of a board. Here an emulator or a debugger does it, by semihosting; on a board of
 * your own, a serial port does. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Prints a text that ends with a NUL. */
void board_print(const char *text);

/* Prints a number in decimal digits. */
void board_print_number(uint32_t number);

/* Ends the program; 0 is success. */
_Noreturn void board_exit(int status);

/* Fills what the stack has not used yet, for board_stack_used. */
void board_paint_stack(void);

/* Returns the most bytes of stack that the program has used so far. */
uint32_t board_stack_used(void);

#endif
