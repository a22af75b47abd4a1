/* The board of Tools/firmware/board.h on a workstation, for tests: what the example prints is to be the same there. */
#include "board.h"

#include <stdio.h>
#include <stdlib.h>

void board_print(const char *text) { fputs(text, stdout); }

_Noreturn void board_exit(int status) { exit(status); }

void board_paint_stack(void) {}

uint32_t board_stack_used(void) { return 0; }
