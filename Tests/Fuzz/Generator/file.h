/* A network as an .rn8 file, with any numbers that the format allows. */
#ifndef FILE_H
#define FILE_H

#include "graph.h"

/* Writes a model and returns its size; 0 where it has no room. Sets the graph's offsets of parameters and weights. */
size_t write_model(graph *graph, random_state *random, uint8_t *bytes, size_t capacity);

#endif
