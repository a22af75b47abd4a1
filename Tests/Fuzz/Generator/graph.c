#include "graph.h"

enum { MAX_DEPTH = 65792, MAX_DEPTH_WITH_REMAINDERS = 65536, LIMIT = 1024, MAX_HEAD_PIXELS = 65793, MAX_TENSOR_BYTES = 1 << 22 };

/* Returns the most pixels that a head can sum. */
static uint32_t max_head_pixels(const tensor_record *input) { return has_remainders(input) ? 65537 : MAX_HEAD_PIXELS; }

/* Returns a number from 1 on: mostly up to `usual`, now and then up to `rare`. */
static uint32_t size(random_state *random, uint32_t usual, uint32_t rare) {
  if (rare < usual) usual = rare;
  return one_in(random, 16) ? random_in(random, 1, rare) : random_in(random, 1, usual);
}

static uint32_t smaller(uint64_t one, uint64_t other) { return (uint32_t)(one < other ? one : other); }

/* Tensors */

static tensor_record *add_tensor(graph *graph, random_state *random, uint32_t height, uint32_t width,
                                 uint32_t channels) {
  tensor_record *tensor = &graph->tensors[graph->tensor_count++];
  *tensor = (tensor_record){.height = height, .width = width, .channels = channels, .scale = 1};
  tensor->remainders = NO_REMAINDERS;
  tensor->rows_in_memory = height;
  tensor->halo = one_in(random, 3) ? 0 : size(random, 2, 40);
  tensor->fill = graph->tensor_count == 1 ? (uint32_t)random_bits(random) : random_in(random, 0, 255) * 0x01010101u;
  if (tensor_bytes(tensor) > MAX_TENSOR_BYTES) tensor->halo = 0;
  return tensor;
}

static void add_image(graph *graph, random_state *random, uint64_t work) {
  uint32_t height = size(random, 14, 40), width = size(random, 14, 40);
  if (one_in(random, 12)) height = random_in(random, 1, 3), width = random_in(random, 1, 3000);
  if (one_in(random, 2)) { uint32_t other = height; height = width, width = other; }
  /* The most pixels that a head can sum without remainders. */
  if (work > 1 << 24 && one_in(random, 2)) height = 273, width = MAX_HEAD_PIXELS / 273;
  add_tensor(graph, random, height, width, random_in(random, 1, 4));
}

/* Windows */

/* Returns how many positions a window has along one side of the input. */
static uint32_t positions(uint32_t length, uint32_t kernel, const window_record *window) {
  return (length - 1 - (kernel - 1) * window->dilation) / window->stride + 1;
}

/* Chooses a window of a convolution that fits into the input and its halo at least once. */
static window_record choose_window(const tensor_record *input, random_state *random, uint64_t max_depth) {
  window_record window = {.groups = 1};
  window.padding = random_in(random, 0, one_in(random, 4) ? input->halo : smaller(input->halo, 2));
  window.dilation = one_in(random, 4) ? size(random, 3, LIMIT) : 1;
  window.stride = one_in(random, 3) ? size(random, 3, LIMIT) : 1;
  uint32_t height = input->height + input->halo + window.padding, width = input->width + input->halo + window.padding;
  uint32_t most_rows = smaller((height - 1) / window.dilation + 1, LIMIT);
  uint32_t most_columns = smaller((width - 1) / window.dilation + 1, LIMIT);
  window.kernel_height = one_in(random, 3) ? size(random, 7, most_rows) : one_in(random, 2) ? 1 : 3;
  window.kernel_width = one_in(random, 3) ? size(random, 7, most_columns) : window.kernel_height;
  window.kernel_height = smaller(window.kernel_height, most_rows);
  window.kernel_width = smaller(window.kernel_width, most_columns);
  while (window_depth(&window, input->channels) > max_depth && window.kernel_height * window.kernel_width > 1) {
    uint32_t *longer = window.kernel_height > window.kernel_width ? &window.kernel_height : &window.kernel_width;
    *longer = *longer / 2 + (*longer > 4 && one_in(random, 2));
  }
  return window;
}

/* Limits the size of an output to the positions that a window has. */
static void limit_size(uint32_t *height, uint32_t *width, const tensor_record *input, const window_record *window) {
  uint32_t border = input->halo + window->padding;
  *height = smaller(*height, positions(input->height + border, window->kernel_height, window));
  *width = smaller(*width, positions(input->width + border, window->kernel_width, window));
}

/* Chooses a number of groups, each of which has a multiple of 4 channels. */
static uint32_t choose_groups(const tensor_record *input, random_state *random) {
  uint32_t groups = one_in(random, 3) ? size(random, 4, 32) : 1;
  while (input->channels % groups != 0 || (groups > 1 && input->channels / groups % 4 != 0)) --groups;
  return groups;
}

/* Layers */

/* Returns a tensor that layers have written, or the image: mostly the last one. */
static uint32_t any_tensor(const graph *graph, random_state *random) {
  return one_in(random, 4) ? random_in(random, 0, graph->tensor_count - 1) : graph->tensor_count - 1;
}

/* The bytes of a window that its layer does not have: a reader must not look at them. */
static window_record random_window(random_state *random) {
  window_record window;
  for (size_t i = 0; i < sizeof window / 4; ++i) {
    uint32_t word = (uint32_t)random_bits(random);
    memcpy((uint8_t *)&window + 4 * i, &word, sizeof word);
  }
  return window;
}

/* Looks for a tensor that can be added as it is. Returns 0 where there is none. */
static uint32_t find_identity(const graph *graph, random_state *random, uint32_t max_height, uint32_t max_width,
                              uint32_t groups) {
  uint32_t first = (uint32_t)random_bits(random);
  for (uint32_t i = 0; i < graph->tensor_count; ++i) {
    uint32_t index = (first + i) % graph->tensor_count;
    const tensor_record *tensor = &graph->tensors[index];
    if (index > 0 && tensor->height <= max_height && tensor->width <= max_width &&
        (groups == 1 || tensor->channels % (BLOCK * groups) == 0))
      return index;
  }
  return 0;
}

static void add_convolution(graph *graph, random_state *random, uint64_t work) {
  layer_record layer = {.kind = CONVOLUTION, .input = any_tensor(graph, random), .projection = random_window(random)};
  const tensor_record *input = &graph->tensors[layer.input];
  layer.window = choose_window(input, random, smaller(MAX_DEPTH, work / BLOCK));
  layer.window.groups = choose_groups(input, random);
  uint32_t height = UINT32_MAX, width = UINT32_MAX, unit = BLOCK * layer.window.groups;
  limit_size(&height, &width, input, &layer.window);
  uint64_t depth = window_depth(&layer.window, input->channels);
  uint32_t most = smaller(1 + work / depth / unit, 64);
  uint32_t channels = unit * size(random, smaller(4, most), most);
  uint32_t halo = UINT32_MAX;

  layer.shortcut_kind = random_in(random, NO_SHORTCUT, PROJECTION);
  if (layer.shortcut_kind == IDENTITY) {
    layer.shortcut = find_identity(graph, random, height, width, layer.window.groups);
    const tensor_record *shortcut = &graph->tensors[layer.shortcut];
    if (layer.shortcut == 0) layer.shortcut_kind = NO_SHORTCUT;
    else height = shortcut->height, width = shortcut->width, channels = shortcut->channels, halo = shortcut->halo;
  } else if (layer.shortcut_kind == PROJECTION) {
    layer.shortcut = any_tensor(graph, random);
    tensor_record shortcut = graph->tensors[layer.shortcut];
    if (has_remainders(&shortcut)) shortcut.halo = 0; /* remainders have none */
    uint32_t max_depth = has_remainders(&shortcut) ? MAX_DEPTH_WITH_REMAINDERS : MAX_DEPTH;
    layer.projection = choose_window(&shortcut, random, smaller(max_depth, work / channels));
    if (layer.window.groups > 1 && shortcut.channels % layer.window.groups == 0 &&
        shortcut.channels / layer.window.groups % 4 == 0 && one_in(random, 2))
      layer.projection.groups = layer.window.groups;
    limit_size(&height, &width, &shortcut, &layer.projection);
    depth += window_depth(&layer.projection, shortcut.channels);
  } else {
    layer.shortcut = random_in(random, 0, graph->tensor_count - 1);
  }
  if (layer.shortcut_kind != IDENTITY) {
    if (one_in(random, 3)) height = random_in(random, 1, height), width = random_in(random, 1, width);
    uint32_t pixels = smaller(1 + work / (depth * channels), UINT32_MAX);
    width = smaller(width, pixels);
    height = smaller(height, 1 + pixels / width);
  }
  layer.output = graph->tensor_count;
  graph->layers[graph->layer_count++] = layer;
  tensor_record *output = add_tensor(graph, random, height, width, channels);
  if (halo != UINT32_MAX && !one_in(random, 4)) output->halo = halo;
  if (one_in(random, 2)) output->remainders = 0;
}

static void add_pool(graph *graph, random_state *random, uint64_t work) {
  uint32_t input_index = any_tensor(graph, random);
  if (input_index == 0) return;
  uint32_t kind = one_in(random, 2) ? MAX_POOL : AVERAGE_POOL;
  layer_record layer = {.kind = kind, .input = input_index, .window = random_window(random)};
  const tensor_record *input = &graph->tensors[input_index];
  window_record *window = &layer.window;
  layer.shortcut_kind = (uint32_t)random_bits(random), layer.shortcut = (uint32_t)random_bits(random);
  layer.projection = random_window(random);
  window->kernel_height = size(random, 4, LIMIT), window->kernel_width = size(random, 4, LIMIT);
  window->stride = one_in(random, 2) ? size(random, 3, LIMIT) : 1;
  window->padding = random_in(random, 0, smaller(window->kernel_height, window->kernel_width) - 1);
  uint32_t height = (input->height + window->padding - 1) / window->stride + 1;
  uint32_t width = (input->width + window->padding - 1) / window->stride + 1;
  uint64_t codes = 1 + work / input->channels;
  if (one_in(random, 3)) height = random_in(random, 1, height), width = random_in(random, 1, width);
  width = smaller(width, codes), height = smaller(height, 1 + codes / width);
  bool is_fine = kind == MAX_POOL && has_remainders(input) && !one_in(random, 4);
  layer.output = graph->tensor_count;
  graph->layers[graph->layer_count++] = layer;
  tensor_record *output = add_tensor(graph, random, height, width, input->channels);
  if (is_fine) output->remainders = 0;
}

static void add_head(graph *graph, random_state *random) {
  layer_record layer = {.kind = HEAD, .window = random_window(random), .projection = random_window(random)};
  layer.shortcut_kind = (uint32_t)random_bits(random), layer.shortcut = (uint32_t)random_bits(random);
  layer.input = graph->tensor_count - 1;
  const tensor_record *input = &graph->tensors[layer.input];
  graph->has_classifier = one_in(random, 2);
  graph->class_count = size(random, 40, graph->has_classifier ? 600 : input->channels);
  graph->class_count = graph->has_classifier ? graph->class_count : smaller(graph->class_count, input->channels);
  layer.output = graph->tensor_count;
  graph->layers[graph->layer_count++] = layer;
  add_tensor(graph, random, 1, has_remainders(input) ? 4 : 3, input->channels)->halo = 0;
}

static bool is_read_elsewhere(const graph *graph, uint32_t tensor, uint32_t reader) {
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    const layer_record *layer = &graph->layers[i];
    if (reads_shortcut(layer, tensor) || (i != reader && layer->input == tensor)) return true;
  }
  return false;
}

/* Leaves few rows in memory of some tensors that only the max pool right after their convolution reads. */
static void stream_tensors(graph *graph, random_state *random) {
  for (uint32_t i = 1; i < graph->layer_count; ++i) {
    const layer_record *layer = &graph->layers[i - 1], *pool = &graph->layers[i];
    tensor_record *tensor = &graph->tensors[layer->output];
    if (layer->kind != CONVOLUTION || layer->shortcut_kind != NO_SHORTCUT || pool->kind != MAX_POOL ||
        pool->input != layer->output || pool->window.kernel_height >= tensor->height ||
        is_read_elsewhere(graph, pool->input, i) || one_in(random, 4))
      continue;
    tensor->halo = 0;
    tensor->rows_in_memory = random_in(random, pool->window.kernel_height, tensor->height - 1);
  }
}

/* Gives the tensors other numbers, all but the image. */
static void shuffle_tensors(graph *graph, random_state *random) {
  for (uint32_t i = graph->tensor_count - 1; i > 1; --i) {
    uint32_t other = random_in(random, 1, i);
    tensor_record tensor = graph->tensors[i];
    graph->tensors[i] = graph->tensors[other], graph->tensors[other] = tensor;
    for (uint32_t k = 0; k < graph->layer_count; ++k) {
      uint32_t *names[] = {&graph->layers[k].input, &graph->layers[k].output, &graph->layers[k].shortcut};
      for (int name = 0; name < 3; ++name) {
        if (*names[name] == i) *names[name] = other;
        else if (*names[name] == other) *names[name] = i;
      }
    }
  }
}

graph choose_graph(random_state *random, uint64_t work) {
  graph graph = {0};
  add_image(&graph, random, work);
  uint32_t layers = size(random, 5, MAX_LAYERS - 1);
  while (graph.layer_count < layers) {
    if (graph.layer_count > 0 && one_in(random, 5)) add_pool(&graph, random, work / layers);
    else add_convolution(&graph, random, work / layers);
  }
  const tensor_record *last = &graph.tensors[graph.tensor_count - 1];
  while ((uint64_t)last->height * last->width > max_head_pixels(last)) {
    add_pool(&graph, random, work / 16);
    last = &graph.tensors[graph.tensor_count - 1];
  }
  add_head(&graph, random);
  stream_tensors(&graph, random);
  shuffle_tensors(&graph, random);
  return graph;
}
