#include "graph.h"

/* The layers from the one that writes a tensor to the last that reads it. The image is written before layer 0. */
typedef struct lifetime { uint32_t first, last; } lifetime;

static bool is_read(const layer_record *layer, uint32_t tensor) {
  bool has_shortcut = layer->kind == CONVOLUTION && layer->shortcut_kind != NO_SHORTCUT;
  return layer->input == tensor || (has_shortcut && layer->shortcut == tensor);
}

static lifetime lifetime_of(const graph *graph, uint32_t tensor) {
  lifetime life = {0, 0};
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    if (tensor > 0 && graph->layers[i].output == tensor) life.first = life.last = i;
    if (is_read(&graph->layers[i], tensor)) life.last = i;
  }
  return life;
}

/* Returns the end of a placed tensor that is alive together with tensor `index` and would overlap it at `offset`.
 * Returns 0 where there is none but `exempt`. */
static uint32_t obstacle(const graph *graph, const lifetime *lives, const bool *placed, uint32_t index,
                         uint32_t offset, uint32_t exempt) {
  uint64_t bytes = tensor_bytes(&graph->tensors[index]);
  for (uint32_t i = 0; i < graph->tensor_count; ++i) {
    uint64_t end = graph->tensors[i].offset + tensor_bytes(&graph->tensors[i]);
    bool together = lives[i].first <= lives[index].last && lives[index].first <= lives[i].last;
    if (placed[i] && i != exempt && together && graph->tensors[i].offset < offset + bytes && offset < end)
      return (uint32_t)end;
  }
  return 0;
}

/* Returns the shortcut of a layer in whose memory its output may lie, or the output itself where there is none. */
static uint32_t in_place_shortcut(const graph *graph, const lifetime *lives, uint32_t index) {
  const layer_record *layer = &graph->layers[index];
  const tensor_record *output = &graph->tensors[layer->output];
  if (layer->kind != CONVOLUTION || layer->shortcut_kind != IDENTITY || layer->shortcut == layer->input ||
      graph->tensors[layer->shortcut].halo != output->halo || lives[layer->shortcut].last != index)
    return layer->output;
  return layer->shortcut;
}

/* Lets a layer write the very tensor that it adds: all layers name that one. */
static void merge(graph *graph, uint32_t layer, uint32_t tensor) {
  uint32_t merged = graph->layers[layer].output;
  graph->layers[layer].output = tensor;
  for (uint32_t i = layer + 1; i < graph->layer_count; ++i) {
    if (graph->layers[i].input == merged) graph->layers[i].input = tensor;
    if (is_read(&graph->layers[i], merged)) graph->layers[i].shortcut = tensor;
  }
}

/* Places each tensor where no other lies that is alive at the same time, at the lowest such offset. */
static void place_by_lifetime(graph *graph, random_state *random) {
  lifetime lives[MAX_TENSORS];
  bool placed[MAX_TENSORS] = {true};
  uint32_t gap = one_in(random, 4) ? 64 * random_in(random, 0, 3) : 0;
  for (uint32_t i = 0; i < graph->tensor_count; ++i) lives[i] = lifetime_of(graph, i);
  graph->tensors[0].offset = gap;
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    uint32_t index = graph->layers[i].output, shared = in_place_shortcut(graph, lives, i);
    tensor_record *output = &graph->tensors[index];
    output->offset = graph->tensors[shared].offset;
    if (shared != index && !obstacle(graph, lives, placed, index, output->offset, shared)) {
      placed[index] = true;
      continue;
    }
    uint32_t offset = gap;
    for (uint32_t end; (end = obstacle(graph, lives, placed, index, offset, index));) offset = end + gap;
    output->offset = offset;
    placed[index] = true;
  }
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    uint32_t shared = in_place_shortcut(graph, lives, i);
    bool is_shared = graph->tensors[shared].offset == graph->tensors[graph->layers[i].output].offset;
    if (shared != graph->layers[i].output && is_shared && one_in(random, 2)) merge(graph, i, shared);
  }
}

/* Places the tensors one behind the other, in any order. */
static void place_apart(graph *graph, random_state *random) {
  uint32_t order[MAX_TENSORS], offset = 0;
  for (uint32_t i = 0; i < graph->tensor_count; ++i) {
    uint32_t other = random_in(random, 0, i);
    order[i] = order[other], order[other] = i;
  }
  for (uint32_t i = 0; i < graph->tensor_count; ++i) {
    graph->tensors[order[i]].offset = offset;
    offset += (uint32_t)tensor_bytes(&graph->tensors[order[i]]);
  }
}

void place_tensors(graph *graph, random_state *random) {
  if (one_in(random, 2)) place_apart(graph, random);
  else place_by_lifetime(graph, random);
  graph->tensor_bytes = 0;
  for (uint32_t i = 0; i < graph->tensor_count; ++i) {
    uint32_t end = graph->tensors[i].offset + (uint32_t)tensor_bytes(&graph->tensors[i]);
    if (end > graph->tensor_bytes) graph->tensor_bytes = end;
  }
}
