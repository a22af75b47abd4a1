/* Tests that pictures are prepared alike whatever their format, their stride and their place in memory, and that nothing
 * beside them, the scratch and the network's input is touched.
 *
 *   prepare MODEL
 *   prepare MODEL WIDTH HEIGHT FORMAT < PICTURE > PIXELS      FORMAT is a number of resnet_int8_format
 *
 * The model's preparation is replaced by many others. The last line is a hash of all that was prepared, which is the same
 * on every machine. */
#include "records.h"
#include "regions.h"
#include "support.h"

enum { MODEL_BYTES = 1 << 22, ARENA_BYTES = 1 << 24, BYTES = 1 << 22, FORMATS = 5 };

static const uint32_t pixel_sizes[FORMATS] = {3, 3, 4, 4, 1};
static const char *const format_names[FORMATS] = {"RGB", "BGR", "RGBA", "BGRA", "grey"};

static uint8_t model[MODEL_BYTES];
static _Alignas(64) uint8_t arena[ARENA_BYTES];
static region pictures, scratches, inputs;
static resnet_int8_info info;

static resnet_int8 *open_model(size_t size) {
  resnet_int8 *network;
  require(resnet_int8_open(model, size, arena, sizeof arena, &network), "open");
  return network;
}

static size_t scratch_size(const resnet_int8 *network, uint32_t width, uint32_t height, resnet_int8_format format) {
  size_t size = 0;
  require(resnet_int8_prepare_scratch(network, width, height, format, &size), "prepare_scratch");
  return size;
}

/* A picture of which every format has the same content: `rgb` is where it comes from, noise or grey noise. */
typedef struct picture {
  uint32_t width, height;
  const uint8_t *rgb;
} picture;

static void store_pixel(uint8_t *pixel, const uint8_t *rgb, resnet_int8_format format, uint8_t alpha) {
  bool is_reversed = format == RESNET_INT8_BGR || format == RESNET_INT8_BGRA;
  pixel[0] = rgb[is_reversed ? 2 : 0];
  if (format == RESNET_INT8_GREY) return;
  pixel[1] = rgb[1];
  pixel[2] = rgb[is_reversed ? 0 : 2];
  if (pixel_sizes[format] == 4) pixel[3] = alpha;
}

/* Prepares the picture between guard pages. What lies between its rows is noise too. */
static bool prepare(const resnet_int8 *network, const picture *self, resnet_int8_format format, size_t gap, bool at_end,
                    uint8_t *input) {
  size_t row = (size_t)self->width * pixel_sizes[format], stride = row + gap;
  block source = place_block(&pictures, stride * (self->height - 1) + row, 1, at_end);
  fill_pixels(source.writable, source.size, (uint32_t)gap + 7);
  for (uint32_t y = 0; y < self->height; ++y)
    for (uint32_t x = 0; x < self->width; ++x)
      store_pixel(source.writable + y * stride + x * pixel_sizes[format], self->rgb + 3 * ((size_t)y * self->width + x),
                  format, (uint8_t)(x + gap));
  block scratch = place_block(&scratches, scratch_size(network, self->width, self->height, format), 1, at_end);
  fill_pixels(scratch.writable, scratch.size, (uint32_t)gap + 11);
  block output = place_block(&inputs, pixel_bytes(&info), 1, at_end);
  fill_pixels(output.writable, output.size, 13);
  require(resnet_int8_prepare(network, source.bytes, self->width, self->height, stride, format, scratch.writable,
                              scratch.size, output.writable), "prepare");
  memcpy(input, output.bytes, output.size);
  return is_surrounded(&source) && is_surrounded(&scratch) && is_surrounded(&output);
}

static unsigned difference_count, overrun_count, prepared_count;
static uint64_t hash = HASH_START;

static void compare(const resnet_int8 *network, const picture *self, const resnet_int8_format *formats, size_t count) {
  static uint8_t expected[BYTES], other[BYTES];
  overrun_count += !prepare(network, self, formats[0], 0, true, expected);
  hash = hash_bytes(hash, expected, pixel_bytes(&info));
  for (size_t i = 0; i < count; ++i) {
    for (unsigned place = 0; place < 4; ++place) {
      overrun_count += !prepare(network, self, formats[i], place < 2 ? 0 : 5 + place, place % 2 == 0, other);
      difference_count += memcmp(expected, other, pixel_bytes(&info)) != 0;
      ++prepared_count;
    }
  }
}

static uint8_t rgb[BYTES], grey[BYTES];

static void compare_all(const resnet_int8 *network, uint32_t width, uint32_t height) {
  const resnet_int8_format coloured[] = {RESNET_INT8_RGB, RESNET_INT8_BGR, RESNET_INT8_RGBA, RESNET_INT8_BGRA};
  const resnet_int8_format all[] = {RESNET_INT8_GREY, RESNET_INT8_RGB, RESNET_INT8_BGR, RESNET_INT8_RGBA,
                                    RESNET_INT8_BGRA};
  fill_pixels(rgb, (size_t)width * height * 3, width * 31 + height);
  for (size_t i = 0; i < (size_t)width * height * 3; ++i) grey[i] = rgb[i / 3];
  compare(network, &(picture){width, height, rgb}, coloured, sizeof coloured / sizeof *coloured);
  compare(network, &(picture){width, height, grey}, all, sizeof all / sizeof *all);
}

/* Preparations */

static void set_preparation(size_t size, uint32_t kind, uint32_t height, uint32_t width, uint32_t codes) {
  model_header header;
  memcpy(&header, model, sizeof header);
  header.resize_kind = kind, header.resize_height = height, header.resize_width = width;
  header.interpolation = codes & 1, header.crop_rounding = codes >> 1;
  memcpy(model, &header, sizeof header);
  seal(model, size);
}

static void all_preparations(size_t size) {
  static const uint32_t resizes[][3] = {{UNCHANGED, 0, 0}, {SHORTER_SIDE, 1, 0},  {SHORTER_SIDE, 33, 0},
                                        {SIDES, 1, 1},     {SIDES, 32, 32},       {SIDES, 50, 20}};
  static const uint32_t pictures[][2] = {{1, 1},   {1, 9},   {9, 1},    {31, 33},  {32, 32},
                                         {50, 20}, {20, 50}, {64, 300}, {300, 64}, {129, 97}};
  for (size_t i = 0; i < sizeof resizes / sizeof *resizes; ++i) {
    for (uint32_t codes = 0; codes < 4; ++codes) {
      set_preparation(size, resizes[i][0], resizes[i][1], resizes[i][2], codes);
      resnet_int8 *network = open_model(size);
      for (size_t k = 0; k < sizeof pictures / sizeof *pictures; ++k)
        compare_all(network, pictures[k][0], pictures[k][1]);
    }
  }
  check(difference_count == 0, "%u pictures in %u formats, strides and places: %u differ", prepared_count, FORMATS,
        difference_count);
  check(overrun_count == 0, "%u writes beside pictures, scratch and input", overrun_count);
}

/* The largest and longest pictures, of which scratch must not depend on the whole. */
static void extremes(size_t size) {
  static const uint32_t sides[][2] = {{65535, 1}, {1, 65535}, {65535, 2}, {2, 65535}};
  const resnet_int8_format other = RESNET_INT8_BGRA;
  size_t largest = 0;
  fill_pixels(rgb, 65535 * 2 * 3, 5);
  for (uint32_t kind = SHORTER_SIDE; kind <= SIDES; ++kind) {
    for (uint32_t codes = 0; codes < 2; ++codes) {
      for (uint32_t length = 1; length <= 1 << 16; length *= 256) {
        set_preparation(size, kind, length, kind == SIDES ? 7 : 0, codes);
        resnet_int8 *network = open_model(size);
        for (size_t i = 0; i < sizeof sides / sizeof *sides; ++i)
          compare(network, &(picture){sides[i][0], sides[i][1], rgb}, &other, 1);
        for (int format = 0; format < FORMATS; ++format) {
          size_t scratch = scratch_size(network, 65535, 65535, (resnet_int8_format)format);
          if (scratch > largest) largest = scratch;
        }
      }
    }
  }
  check(difference_count == 0 && overrun_count == 0, "pictures of 65,535 pixels a side");
  check(largest < 8 << 20, "at most %zu bytes of scratch, for 65,535 x 65,535 pixels", largest);
}

/* Arguments */

static void refusals(size_t size) {
  set_preparation(size, SHORTER_SIDE, 40, 0, 1);
  const resnet_int8 *network = open_model(size);
  static uint8_t source[300 * 4 * 200], scratch[1 << 18], input[BYTES];
  const resnet_int8_status null = RESNET_INT8_NULL_POINTER, invalid = RESNET_INT8_INVALID_PICTURE;
  size_t needed = 77;
  check(resnet_int8_prepare_scratch(NULL, 2, 2, RESNET_INT8_RGB, &needed) == null, "prepare_scratch, network NULL");
  check(resnet_int8_prepare_scratch(network, 2, 2, RESNET_INT8_RGB, NULL) == null, "prepare_scratch, size NULL");
  static const uint32_t sizes[][2] = {{0, 1}, {1, 0}, {65536, 1}, {1, 65536}, {UINT32_MAX, 1}, {1, 0x80000000u}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    uint32_t width = sizes[i][0], height = sizes[i][1];
    check(resnet_int8_prepare_scratch(network, width, height, RESNET_INT8_RGB, &needed) == invalid &&
              resnet_int8_prepare(network, source, width, height, SIZE_MAX / 4, RESNET_INT8_RGB, scratch, sizeof scratch,
                                  input) == invalid,
          "%u x %u pixels are refused", (unsigned)width, (unsigned)height);
  }
  check(resnet_int8_prepare_scratch(network, 2, 2, (resnet_int8_format)FORMATS, &needed) == invalid && needed == 77,
        "an unknown format is refused, and nothing set");

  memset(input, 0xa5, sizeof input);
  for (int number = 0; number < FORMATS; ++number) {
    resnet_int8_format format = (resnet_int8_format)number;
    size_t row = 300 * pixel_sizes[number];
    needed = scratch_size(network, 300, 200, format);
    check(resnet_int8_prepare(network, source, 300, 200, row, format, scratch, needed - 1, input) ==
              RESNET_INT8_SCRATCH_TOO_SMALL,
          "%s: a byte of scratch too few", format_names[number]);
    check(resnet_int8_prepare(network, source, 300, 200, row - 1, format, scratch, needed, input) == invalid &&
              resnet_int8_prepare(network, source, 300, 200, SIZE_MAX, format, scratch, needed, input) == invalid &&
              resnet_int8_prepare(network, source, 300, 200, SIZE_MAX / 300, format, scratch, needed, input) == invalid,
          "%s: rows too close, or too far apart", format_names[number]);
  }
  check(resnet_int8_prepare(NULL, source, 2, 2, 6, RESNET_INT8_RGB, scratch, needed, input) == null &&
            resnet_int8_prepare(network, NULL, 2, 2, 6, RESNET_INT8_RGB, scratch, needed, input) == null &&
            resnet_int8_prepare(network, source, 2, 2, 6, RESNET_INT8_RGB, NULL, needed, input) == null &&
            resnet_int8_prepare(network, source, 2, 2, 6, RESNET_INT8_RGB, scratch, needed, NULL) == null,
        "prepare, a pointer NULL");
  bool untouched = true;
  for (size_t i = 0; i < sizeof input; ++i) untouched &= input[i] == 0xa5;
  check(untouched, "a refusal writes nothing");
}

static int convert(uint32_t width, uint32_t height, resnet_int8_format format, size_t size) {
  const resnet_int8 *network = open_model(size);
  if ((unsigned)format >= FORMATS) stop("format", "not known");
  size_t row = (size_t)width * pixel_sizes[format], needed = scratch_size(network, width, height, format);
  uint8_t *source = malloc(row * height), *scratch = malloc(needed), *input = malloc(pixel_bytes(&info));
  if (!source || !scratch || !input) stop("memory", "too little");
  if (fread(source, row, height, stdin) != height) stop("standard input", "too few pixels");
  require(resnet_int8_prepare(network, source, width, height, row, format, scratch, needed, input), "prepare");
  bool is_written = fwrite(input, 1, pixel_bytes(&info), stdout) == pixel_bytes(&info);
  free(source), free(scratch), free(input);
  return is_written ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 5) stop("usage", "prepare MODEL [WIDTH HEIGHT FORMAT]");
  size_t size = read_file(argv[1], model, sizeof model);
  require(resnet_int8_inspect(model, size, &info, sizeof info), argv[1]);
  if (pixel_bytes(&info) > BYTES || info.recommended_arena > sizeof arena) stop(argv[1], "larger than this test expects");
  if (argc == 5)
    return convert((uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]), (resnet_int8_format)atoi(argv[4]), size);
  pictures = make_region(BYTES, false);
  scratches = make_region(2 * BYTES, false);
  inputs = make_region(BYTES, false);
  all_preparations(size);
  extremes(size);
  refusals(size);
  printf("prepared %016llx\n", (unsigned long long)hash);
  return finish();
}
