#include "order.h"

#include "records.h"

/* A layer and the tensors that it names. Those of a shortcut are its input's where there is none. */
typedef struct step {
  layer_record layer;
  tensor_record input, output, shortcut;
} step;

static model_header header_of(const uint8_t *model) {
  model_header header;
  memcpy(&header, model, sizeof header);
  return header;
}

static tensor_record tensor_at(const uint8_t *model, uint32_t index) {
  tensor_record tensor;
  memcpy(&tensor, model + sizeof(model_header) + index * sizeof tensor, sizeof tensor);
  return tensor;
}

static step step_at(const uint8_t *model, const model_header *header, uint32_t index) {
  step step;
  memcpy(&step.layer, model + layer_offset(header, index), sizeof step.layer);
  if (step.layer.kind != CONVOLUTION) step.layer.shortcut_kind = NO_SHORTCUT;
  step.input = step.shortcut = tensor_at(model, step.layer.input);
  step.output = tensor_at(model, step.layer.output);
  if (step.layer.shortcut_kind != NO_SHORTCUT) step.shortcut = tensor_at(model, step.layer.shortcut);
  return step;
}

static bool overlap(const tensor_record *one, const tensor_record *other) {
  return one->offset < other->offset + tensor_bytes(other) && other->offset < one->offset + tensor_bytes(one);
}

bool layers_are_ordered(const uint8_t *model) {
  model_header header = header_of(model);
  for (uint32_t i = 0; i < header.layer_count; ++i) {
    step step = step_at(model, &header, i);
    bool is_in_place = step.layer.shortcut_kind == IDENTITY && step.shortcut.offset == step.output.offset &&
                       step.shortcut.halo == step.output.halo;
    if (overlap(&step.input, &step.output)) return false;
    if (!is_in_place && overlap(&step.shortcut, &step.output)) return false;
  }
  return true;
}
