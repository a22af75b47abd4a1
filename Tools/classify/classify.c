// Classifies a JPEG with an int8 model. It shows all that a C program needs of resnet_int8.h.
//
//   classify MODEL.rn8 IMAGE.jpg
//
// Exit status: 0 for success, 1 for a bad model or image, 2 for a wrong command line.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "resnet_int8.h"

enum { TOP = 5, PIXEL_LIMIT = 40000000, SCAN_LIMIT = 50 };

typedef struct picture {
    uint32_t width, height;
    uint8_t *pixels;  // height x width x 3: red, green, blue
} picture;

static _Noreturn void fail(const char *path, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "classify: %s: ", path);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void *allocate(size_t byte_count) {
    void *bytes = malloc(byte_count ? byte_count : 1);
    if (!bytes) fail("memory", "cannot allocate %zu bytes", byte_count);
    return bytes;
}

static uint8_t *read_file(const char *path, size_t *byte_count) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path, "%s", strerror(errno));
    size_t capacity = 1 << 16, count = 0;
    uint8_t *bytes = allocate(capacity);
    for (;;) {
        count += fread(bytes + count, 1, capacity - count, file);
        if (count < capacity) break;
        capacity *= 2;
        bytes = realloc(bytes, capacity);
        if (!bytes) fail(path, "too large for memory");
    }
    if (ferror(file)) fail(path, "%s", strerror(errno));
    fclose(file);
    *byte_count = count;
    return bytes;
}

/* JPEG */

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failure;
    const char *path;
} decoder;

static void jump(j_common_ptr jpeg) { longjmp(((decoder *)jpeg->client_data)->failure, 1); }

// A hostile file can ask for memory without end through its size, and for time through scans that hold nothing.
static void check_limits(j_common_ptr common) {
    const struct jpeg_decompress_struct *jpeg = (j_decompress_ptr)common;
    if ((uint64_t)jpeg->image_width * jpeg->image_height > PIXEL_LIMIT || jpeg->input_scan_number > SCAN_LIMIT)
        fail(((decoder *)common->client_data)->path, "more than %d pixels or %d scans", PIXEL_LIMIT, SCAN_LIMIT);
}

static bool decode(decoder *self, const uint8_t *bytes, size_t byte_count, picture *output) {
    struct jpeg_decompress_struct *jpeg = &self->jpeg;
    if (setjmp(self->failure)) return false;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &self->progress;
    jpeg_mem_src(jpeg, bytes, (unsigned long)byte_count);
    jpeg_read_header(jpeg, TRUE);
    check_limits((j_common_ptr)jpeg);
    jpeg->out_color_space = JCS_RGB;
    jpeg_start_decompress(jpeg);
    output->width = jpeg->output_width;
    output->height = jpeg->output_height;
    output->pixels = allocate((size_t)output->height * output->width * 3);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = output->pixels + (size_t)jpeg->output_scanline * output->width * 3;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    return true;
}

static picture read_jpeg(const char *path) {
    size_t byte_count;
    uint8_t *bytes = read_file(path, &byte_count);
    picture output = {0};
    decoder self = {.jpeg = {.client_data = &self}, .path = path, .progress = {.progress_monitor = check_limits}};
    self.jpeg.err = jpeg_std_error(&self.errors);
    self.errors.error_exit = jump;  // libjpeg's own handler would exit
    if (!decode(&self, bytes, byte_count, &output)) {
        char message[JMSG_LENGTH_MAX];
        self.errors.format_message((j_common_ptr)&self.jpeg, message);
        fail(path, "%s", message);
    }
    jpeg_destroy_decompress(&self.jpeg);
    free(bytes);
    return output;
}

/* Classification */

static void check(resnet_int8_status status, const char *path) {
    if (status != RESNET_INT8_OK) fail(path, "%s", resnet_int8_status_string(status));
}

// Returns the network's input: the picture as the model was calibrated with pictures.
static uint8_t *prepare(const resnet_int8 *network, const resnet_int8_info *info, const picture *photo, const char *path) {
    size_t scratch_size;
    check(resnet_int8_prepare_scratch(network, photo->width, photo->height, RESNET_INT8_RGB, &scratch_size), path);
    uint8_t *scratch = allocate(scratch_size);
    uint8_t *pixels = allocate((size_t)info->input_height * info->input_width * info->input_channels);
    check(resnet_int8_prepare(network, photo->pixels, photo->width, photo->height, (size_t)photo->width * 3,
                              RESNET_INT8_RGB, scratch, scratch_size, pixels), path);
    free(scratch);
    return pixels;
}

static void print_top(const resnet_int8 *network, const float *logits, uint32_t class_count) {
    bool *printed = allocate(class_count * sizeof *printed);
    memset(printed, 0, class_count * sizeof *printed);
    double largest = -INFINITY, sum = 0;
    for (uint32_t i = 0; i < class_count; ++i) largest = fmax(largest, logits[i]);
    for (uint32_t i = 0; i < class_count; ++i) sum += exp(logits[i] - largest);
    for (uint32_t rank = 0; rank < TOP && rank < class_count; ++rank) {
        uint32_t best = UINT32_MAX;
        for (uint32_t i = 0; i < class_count; ++i)
            if (!printed[i] && (best == UINT32_MAX || logits[i] > logits[best])) best = i;
        printed[best] = true;
        const char *label = resnet_int8_label(network, best);
        printf("%5.1f %%  ", 100 * exp(logits[best] - largest) / sum);
        if (label) puts(label);
        else printf("class %u\n", (unsigned)best);
    }
    free(printed);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: classify MODEL.rn8 IMAGE.jpg\n");
        return 2;
    }
    size_t model_size;
    uint8_t *model = read_file(argv[1], &model_size);
    resnet_int8_info info;
    check(resnet_int8_inspect(model, model_size, &info, sizeof info), argv[1]);

    void *arena = aligned_alloc(info.arena_alignment, info.recommended_arena);
    if (!arena) fail(argv[1], "cannot allocate an arena of %zu bytes", info.recommended_arena);
    resnet_int8 *network;
    check(resnet_int8_open(model, model_size, arena, info.recommended_arena, &network), argv[1]);

    picture photo = read_jpeg(argv[2]);
    uint8_t *pixels = prepare(network, &info, &photo, argv[2]);
    float *logits = allocate(info.class_count * sizeof *logits);
    check(resnet_int8_run(network, pixels, logits), argv[1]);
    print_top(network, logits, info.class_count);

    free(logits);
    free(pixels);
    free(photo.pixels);
    free(arena);
    free(model);
    return 0;
}
