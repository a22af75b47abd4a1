#include "graph.h"

/* A tensor's codes or its remainders: bytes of the arena that are needed from the layer that writes them to the last that
 * reads them. The image is written before layer 0. */
typedef struct region {
  uint32_t *offset;
  uint64_t byte_count;
  uint32_t first, last;
  bool is_placed;
} region;

/* The regions of tensor i are 2i, its codes, and 2i + 1, its remainders. */
enum { CODES, REMAINDERS, MAX_REGIONS = 2 * MAX_TENSORS };

static bool is_read(const layer_record *layer, uint32_t tensor, int part) {
  bool reads_remainders = layer->kind == HEAD || layer->kind == MAX_POOL;
  return reads_shortcut(layer, tensor) || (layer->input == tensor && (part == CODES || reads_remainders));
}

static region region_of(graph *graph, uint32_t index, int part) {
  tensor_record *tensor = &graph->tensors[index];
  region self = {.offset = &tensor->offset, .byte_count = tensor_bytes(tensor)};
  if (part == REMAINDERS) self.offset = &tensor->remainders, self.byte_count = remainder_bytes(tensor);
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    const layer_record *layer = &graph->layers[i];
    if (index > 0 && layer->output == index) {
      self.last = i;
      /* What a max pool makes of a streamed tensor is written with that. */
      self.first = is_streamed(&graph->tensors[layer->input]) ? i - 1 : i;
    }
    if (is_read(&graph->layers[i], index, part)) self.last = i;
  }
  return self;
}

static uint32_t end_of(const region *region) { return *region->offset + (uint32_t)region->byte_count; }

/* Returns the end of a placed region that is needed together with `self` and would overlap it at `offset`. Returns 0
 * where there is none but `exempt`. */
static uint32_t obstacle(const region *regions, uint32_t count, const region *self, uint32_t offset,
                         const region *exempt) {
  for (uint32_t i = 0; i < count; ++i) {
    const region *other = &regions[i];
    bool together = other->first <= self->last && self->first <= other->last;
    if (other->is_placed && other != exempt && together && *other->offset < offset + self->byte_count &&
        offset < end_of(other))
      return end_of(other);
  }
  return 0;
}

/* Places a region on `shared`, or at the lowest offset where no other lies that is needed at the same time. */
static void place(const region *regions, uint32_t count, region *self, const region *shared, uint32_t gap) {
  if (self->byte_count == 0) return;
  self->is_placed = true;
  if (shared && !obstacle(regions, count, self, *shared->offset, shared)) {
    *self->offset = *shared->offset;
    return;
  }
  self->is_placed = false;
  uint32_t offset = gap;
  for (uint32_t end; (end = obstacle(regions, count, self, offset, NULL));) offset = end + gap;
  *self->offset = offset;
  self->is_placed = true;
}

/* Returns the region of a layer's identity shortcut in whose memory that of its output may lie, or NULL. */
static const region *in_place_shortcut(const graph *graph, const region *regions, uint32_t index, int part) {
  const layer_record *layer = &graph->layers[index];
  const tensor_record *output = &graph->tensors[layer->output], *shortcut = &graph->tensors[layer->shortcut];
  if (layer->kind != CONVOLUTION || layer->shortcut_kind != IDENTITY) return NULL;
  const region *region = &regions[2 * layer->shortcut + (uint32_t)part];
  if (region->last != index) return NULL;
  if (part == REMAINDERS) return region->byte_count > 0 ? region : NULL;
  return layer->shortcut != layer->input && shortcut->halo == output->halo ? region : NULL;
}

/* Lets a layer write the very tensor that it adds: all layers name that one. */
static void merge(graph *graph, uint32_t layer, uint32_t tensor) {
  uint32_t merged = graph->layers[layer].output;
  graph->layers[layer].output = tensor;
  for (uint32_t i = layer + 1; i < graph->layer_count; ++i) {
    if (graph->layers[i].input == merged) graph->layers[i].input = tensor;
    if (reads_shortcut(&graph->layers[i], merged)) graph->layers[i].shortcut = tensor;
  }
}

/* Places each tensor where no other lies that is needed at the same time, at the lowest such offset. */
static void place_by_lifetime(graph *graph, random_state *random) {
  region regions[MAX_REGIONS];
  uint32_t count = 2 * graph->tensor_count, gap = one_in(random, 4) ? 64 * random_in(random, 0, 3) : 0;
  for (uint32_t i = 0; i < count; ++i) regions[i] = region_of(graph, i / 2, (int)(i % 2));
  place(regions, count, &regions[0], NULL, gap);
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    for (int part = CODES; part <= REMAINDERS; ++part) {
      const region *shared = in_place_shortcut(graph, regions, i, part);
      place(regions, count, &regions[2 * graph->layers[i].output + (uint32_t)part], shared, gap);
    }
  }
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    const region *shared = in_place_shortcut(graph, regions, i, CODES);
    if (!shared) continue;
    const tensor_record *output = &graph->tensors[graph->layers[i].output];
    const tensor_record *shortcut = &graph->tensors[graph->layers[i].shortcut];
    bool is_shared = shortcut->offset == output->offset && shortcut->remainders == output->remainders;
    if (is_shared && one_in(random, 2)) merge(graph, i, graph->layers[i].shortcut);
  }
}

/* Places the tensors and the remainders one behind the other, in any order. */
static void place_apart(graph *graph, random_state *random) {
  region regions[MAX_REGIONS];
  uint32_t order[MAX_REGIONS], count = 2 * graph->tensor_count, offset = 0;
  for (uint32_t i = 0; i < count; ++i) {
    regions[i] = region_of(graph, i / 2, (int)(i % 2));
    uint32_t other = random_in(random, 0, i);
    order[i] = order[other], order[other] = i;
  }
  for (uint32_t i = 0; i < count; ++i) {
    region *region = &regions[order[i]];
    if (region->byte_count == 0) continue;
    *region->offset = offset;
    offset += (uint32_t)region->byte_count;
  }
}

void place_tensors(graph *graph, random_state *random) {
  if (one_in(random, 2)) place_apart(graph, random);
  else place_by_lifetime(graph, random);
  graph->tensor_bytes = 0;
  for (uint32_t i = 0; i < 2 * graph->tensor_count; ++i) {
    region region = region_of(graph, i / 2, (int)(i % 2));
    if (region.byte_count > 0 && end_of(&region) > graph->tensor_bytes) graph->tensor_bytes = end_of(&region);
  }
}
