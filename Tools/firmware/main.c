/* Classifies a picture on a board: from a camera's frame to the name of a class.
 *
 * `make firmware` has resnet-quantize emit-c make network.h, network.c and the model's bytes. The frame is drawn here in
 * place of a camera: something like a shirt, bright on dark. */
#include "board.h"
#include "network.h"

enum { WIDTH = 96, HEIGHT = 64, SCRATCH_BYTES = 16 << 10 };

static uint8_t frame[HEIGHT][WIDTH][3]; /* red, green, blue */
static uint8_t scratch[SCRATCH_BYTES];
static uint8_t pixels[NETWORK_INPUT_BYTES];
static float logits[NETWORK_CLASS_COUNT];

static void take_picture(void) {
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      int is_body = x >= 34 && x < 62 && y >= 6 && y < 60, are_sleeves = x >= 20 && x < 76 && y >= 8 && y < 26;
      int is_neck = x >= 43 && x < 53 && y < 10;
      for (int channel = 0; channel < 3; channel++)
        frame[y][x][channel] = (is_body || are_sleeves) && !is_neck ? (uint8_t)(200 + x % 8) : 0;
    }
}

static uint32_t likeliest_class(void) {
  uint32_t likeliest = 0;
  for (uint32_t i = 1; i < NETWORK_CLASS_COUNT; i++)
    if (logits[i] > logits[likeliest]) likeliest = i;
  return likeliest;
}

int main(void) {
  resnet_int8 *network;
  size_t scratch_bytes = 0;
  resnet_int8_status status = network_open(&network);
  if (status == RESNET_INT8_OK)
    status = resnet_int8_prepare_scratch(network, WIDTH, HEIGHT, RESNET_INT8_RGB, &scratch_bytes);
  take_picture();
  if (status == RESNET_INT8_OK)
    status = resnet_int8_prepare(network, frame[0][0], WIDTH, HEIGHT, sizeof frame[0], RESNET_INT8_RGB, scratch,
                                 sizeof scratch, pixels);
  if (status == RESNET_INT8_OK) status = resnet_int8_run(network, pixels, logits);
  if (status != RESNET_INT8_OK) {
    board_print(resnet_int8_status_string(status));
    board_print("\n");
    return 1;
  }
  uint32_t likeliest = likeliest_class();
  const char *label = resnet_int8_label(network, likeliest);
  board_print("class ");
  board_print_number(likeliest);
  board_print(label ? ", " : "");
  board_print(label ? label : "");
  board_print("\nbytes: model ");
  board_print_number(NETWORK_MODEL_BYTES);
  board_print(", arena ");
  board_print_number(NETWORK_ARENA_BYTES);
  board_print(", scratch ");
  board_print_number((uint32_t)scratch_bytes);
  board_print(", stack ");
  board_print_number(board_stack_used());
  board_print("\n");
  return 0;
}
