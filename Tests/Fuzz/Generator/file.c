#include "file.h"

enum { MAX_MULTIPLIER = 32767, MAX_SHIFT = 31, PRODUCT = 255 * 128 };

/* The layout */

static size_t aligned(size_t offset) { return (offset + 63) / 64 * 64; }

static size_t strings_size(const graph *graph, bool has_labels) {
  return 1 + graph->layer_count + (has_labels ? graph->class_count : 0);
}

/* Writes strings of which the bytes are given: each string has none or some of them. */
static void write_strings(random_state *random, uint8_t *bytes, size_t count, size_t string_count) {
  static const char letters[] = "conv1 layer2 \xc3\xa4\xe2\x82\xac";
  for (size_t i = 0; i < count; ++i) bytes[i] = (uint8_t)letters[random_in(random, 0, sizeof letters - 2)];
  size_t end = count;
  for (size_t i = 0; i < string_count; ++i) {
    bytes[end - 1] = 0;
    size_t others = string_count - 1 - i; /* the strings in front, each of which has a NUL at least */
    if (others > 0) end = end - 1 - random_in(random, 0, (uint32_t)(end - 1 - others));
  }
}

static size_t parameter_bytes(const graph *graph, const layer_record *layer) {
  if (layer->kind == CONVOLUTION)
    return graph->tensors[layer->output].channels / BLOCK * parameter_rows(layer->shortcut_kind) * 64;
  return layer->kind == HEAD ? (graph->class_count + 15) / 16 * 128 : 0;
}

/* Gives a window the next weights, or now and then those of the window before it too. */
static size_t place_weights(random_state *random, window_record *window, size_t bytes, size_t first, size_t offset) {
  if (one_in(random, 4)) offset += random_in(random, 0, 63);
  window->weights = (uint32_t)offset;
  if (one_in(random, 16) && offset - first >= bytes) window->weights = (uint32_t)(offset - bytes);
  size_t end = window->weights + bytes;
  return end > offset ? end : offset;
}

static size_t place_all_weights(graph *graph, random_state *random, size_t first) {
  size_t end = first;
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    layer_record *layer = &graph->layers[i];
    const tensor_record *input = &graph->tensors[layer->input];
    uint32_t channels = graph->tensors[layer->output].channels;
    if (layer->kind == CONVOLUTION) {
      end = place_weights(random, &layer->window, channels * window_depth(&layer->window, input->channels), first, end);
      if (layer->shortcut_kind == PROJECTION) {
        uint64_t depth = window_depth(&layer->projection, graph->tensors[layer->shortcut].channels);
        end = place_weights(random, &layer->projection, channels * depth, first, end);
      }
    } else if (layer->kind == HEAD) {
      layer->window.weights = 0;
      if (graph->has_classifier)
        end = place_weights(random, &layer->window, (graph->class_count + 15) / 16 * 16 * input->channels, first, end);
    }
  }
  return end;
}

/* Parameters */

/* The numbers of one output channel of a convolution, in the order of the format. */
typedef struct channel_parameters {
  int32_t bias, shift, multiplier, shortcut_multiplier, shortcut_shift, projection_bias, projection_shift;
} channel_parameters;

/* Returns half the bits of a number. The sum of random products grows with the square root of their number. */
static uint32_t half_bits(uint64_t number) {
  uint32_t bits = 0;
  while (number >>= 2) ++bits;
  return bits;
}

/* Returns a bias of at most `room` in magnitude: now and then exactly this, mostly about as large as the sum of so many
 * products. */
static int32_t choose_bias(random_state *random, uint64_t depth, int64_t room) {
  int64_t usual = 1 << (13 + half_bits(depth));
  int64_t bias = one_in(random, 12) ? room : random_in(random, 0, (uint32_t)(room < usual ? room : usual));
  return (int32_t)(one_in(random, 2) ? bias : -bias);
}

/* Returns a shift: now and then any, mostly one that brings the sum of so many products to about 13 bits. */
static int32_t choose_shift(random_state *random, uint64_t depth) {
  return (int32_t)(one_in(random, 8) ? random_in(random, 0, MAX_SHIFT) : half_bits(depth) + random_in(random, 0, 2));
}

/* What the sums of a convolution's and a projection's products can be. */
typedef struct sums {
  uint64_t depth, projection_depth;
  int64_t projected_remainders;
} sums;

static channel_parameters choose_parameters(random_state *random, const layer_record *layer, const sums *sums) {
  uint64_t depth = sums->depth, projection_depth = sums->projection_depth;
  channel_parameters self = {.shift = choose_shift(random, depth)};
  self.projection_shift = choose_shift(random, projection_depth);
  self.multiplier = (int32_t)(random_in(random, 256, 511) << random_in(random, 0, 2));
  if (one_in(random, 8)) self.multiplier = (int32_t)random_in(random, 0, MAX_MULTIPLIER);
  if (one_in(random, 16)) self.multiplier = one_in(random, 2) ? MAX_MULTIPLIER : 0;
  self.shortcut_shift = (int32_t)(one_in(random, 4) ? random_in(random, 0, MAX_SHIFT) : random_in(random, 8, 15));
  self.shortcut_multiplier = (int32_t)random_in(random, 0, 2 * MAX_MULTIPLIER + 1) - MAX_MULTIPLIER - 1;
  if (one_in(random, 8)) self.shortcut_multiplier = one_in(random, 2) ? MAX_MULTIPLIER : -MAX_MULTIPLIER - 1;

  int64_t room = INT32_MAX - (int64_t)depth * PRODUCT, shortcut = 0;
  if (layer->shortcut_kind != NO_SHORTCUT) {
    int64_t magnitude = self.shortcut_multiplier < 0 ? -self.shortcut_multiplier : self.shortcut_multiplier;
    shortcut = (magnitude << 15 >> self.shortcut_shift) + 1;
    if (shortcut > room) self.shortcut_multiplier = 0, shortcut = 1;
  }
  self.bias = choose_bias(random, depth, room - shortcut);
  int64_t projected = (int64_t)projection_depth * PRODUCT + sums->projected_remainders;
  self.projection_bias = choose_bias(random, projection_depth, INT32_MAX - projected);
  return self;
}

static void write_convolution(const graph *graph, random_state *random, const layer_record *layer, uint8_t *bytes) {
  sums sums = {.depth = window_depth(&layer->window, graph->tensors[layer->input].channels)};
  if (layer->shortcut_kind == PROJECTION) {
    const tensor_record *shortcut = &graph->tensors[layer->shortcut];
    sums.projection_depth = window_depth(&layer->projection, shortcut->channels);
    if (has_remainders(shortcut)) sums.projected_remainders = ((int64_t)sums.projection_depth * PRODUCT >> 8) + 1;
  }
  uint32_t rows = parameter_rows(layer->shortcut_kind);
  for (uint32_t channel = 0; channel < graph->tensors[layer->output].channels; ++channel) {
    channel_parameters parameters = choose_parameters(random, layer, &sums);
    for (uint32_t row = 0; row < rows; ++row)
      memcpy(bytes + layer->parameters + (channel / BLOCK * rows + row) * 64 + channel % BLOCK * 4,
             (const int32_t *)(const void *)&parameters + row, 4);
  }
}

/* Writes scales and biases: mostly usual ones, and all that a finite float can be. */
static void write_head(const graph *graph, random_state *random, const layer_record *layer, uint8_t *bytes) {
  size_t count = parameter_bytes(graph, layer) / sizeof(float);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t exponent = 0x7f800000;
    uint32_t bits = (uint32_t)random_bits(random);
    float number = (float)(int32_t)bits * 1e-12f;
    if ((bits & exponent) == exponent) bits ^= exponent;
    memcpy(bytes + layer->parameters + i * sizeof number, one_in(random, 20) ? (void *)&bits : (void *)&number,
           sizeof number);
  }
}

static void fill_weights(random_state *random, uint8_t *bytes, size_t count) {
  uint32_t kind = random_in(random, 0, 19);
  if (kind == 0 || kind == 1) {
    memset(bytes, kind == 0 ? 0x80 : 0x7f, count);
    return;
  }
  for (size_t i = 0; i < count; i += 8) {
    uint64_t word = random_bits(random);
    if (kind < 6) word = 0x7f7f7f7f7f7f7f7f + (word & 0x0101010101010101); /* -128 and 127 */
    else if (kind < 8) word &= 0x0303030303030303;
    memcpy(bytes + i, &word, count - i < 8 ? count - i : 8);
  }
}

static void choose_preparation(random_state *random, model_header *header) {
  const uint32_t largest = one_in(random, 8) ? 1 << 16 : 300;
  header->resize_kind = random_in(random, UNCHANGED, SIDES);
  if (header->resize_kind != UNCHANGED) header->resize_height = random_in(random, 1, largest);
  if (header->resize_kind == SIDES) header->resize_width = random_in(random, 1, largest);
  header->interpolation = random_in(random, 0, 1);
  header->crop_rounding = random_in(random, 0, 1);
}

size_t write_model(graph *graph, random_state *random, uint8_t *bytes, size_t capacity) {
  bool has_labels = one_in(random, 2);
  model_header header = {.magic = MAGIC, .version = 4};
  choose_preparation(random, &header);
  header.multiply_accumulates = random_bits(random);
  header.tensor_count = graph->tensor_count, header.layer_count = graph->layer_count;
  header.class_count = graph->class_count, header.input_channels = graph->tensors[0].channels;
  header.tensor_bytes = graph->tensor_bytes;
  header.strings_offset = (uint32_t)layer_offset(&header, graph->layer_count) + (one_in(random, 8) ? 5 : 0);
  size_t string_count = strings_size(graph, has_labels);
  header.strings_size = (uint32_t)string_count + (one_in(random, 2) ? random_in(random, 0, 100) : 0);

  size_t end = header.strings_offset + header.strings_size;
  if (one_in(random, 2)) end = aligned(end);
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    if (graph->layers[i].kind == MAX_POOL || graph->layers[i].kind == AVERAGE_POOL) continue;
    graph->layers[i].parameters = (uint32_t)end;
    end += parameter_bytes(graph, &graph->layers[i]);
  }
  header.metadata_size = (uint32_t)aligned(end);
  header.file_size = (uint32_t)place_all_weights(graph, random, header.metadata_size);
  size_t size = header.file_size + (one_in(random, 8) ? random_in(random, 1, 100) : 0);
  if (size > capacity) return 0;

  memset(bytes, 0, header.metadata_size);
  memcpy(bytes, &header, sizeof header);
  memcpy(bytes + sizeof header, graph->tensors, graph->tensor_count * sizeof *graph->tensors);
  memcpy(bytes + layer_offset(&header, 0), graph->layers, graph->layer_count * sizeof *graph->layers);
  write_strings(random, bytes + header.strings_offset, header.strings_size, string_count);
  for (uint32_t i = 0; i < graph->layer_count; ++i) {
    if (graph->layers[i].kind == CONVOLUTION) write_convolution(graph, random, &graph->layers[i], bytes);
    if (graph->layers[i].kind == HEAD) write_head(graph, random, &graph->layers[i], bytes);
  }
  fill_weights(random, bytes + header.metadata_size, size - header.metadata_size);
  seal(bytes, size);
  return size;
}
