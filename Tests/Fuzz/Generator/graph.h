/* A random network that obeys every rule of the format, often just so. */
#ifndef GRAPH_H
#define GRAPH_H

#include "random.h"
#include "records.h"

enum { MAX_LAYERS = 24, MAX_TENSORS = MAX_LAYERS + 4 };

typedef struct graph {
  /* The image is tensor 0. Offsets of tensors are set, and those of their remainders; those of parameters and weights
   * are not. */
  tensor_record tensors[MAX_TENSORS];
  layer_record layers[MAX_LAYERS];
  uint32_t tensor_count, layer_count, class_count, tensor_bytes;
  bool has_classifier;
} graph;

static inline bool reads_shortcut(const layer_record *layer, uint32_t tensor) {
  return layer->kind == CONVOLUTION && layer->shortcut_kind != NO_SHORTCUT && layer->shortcut == tensor;
}

/* Chooses a network whose run takes at most about `work` products, and whose layers have at most as many weights. */
graph choose_graph(random_state *random, uint64_t work);

/* Places the tensors in the arena, and the remainders of those whose `remainders` is not NO_REMAINDERS. */
void place_tensors(graph *graph, random_state *random);

#endif
