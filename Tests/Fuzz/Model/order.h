/* What can be told about a model that the library has accepted before it runs. */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Returns how many bytes and products a run takes, about. */
uint64_t work_of(const uint8_t *model);

/* Returns whether no layer writes where it reads. If one does, its output depends on the order in which a set of
 * kernels goes through the pixels. An identity shortcut may be the output's own memory. */
bool layers_are_ordered(const uint8_t *model);

#endif
