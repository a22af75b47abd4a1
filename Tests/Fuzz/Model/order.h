/* The order in which a layer's pixels are computed: whether it matters. */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Returns whether no layer of a model, which the library has accepted, writes where it reads. If one does, its output depends on
 * the order in which a set of kernels goes through the pixels. An identity shortcut may be the output's own memory. */
bool layers_are_ordered(const uint8_t *model);

#endif
