// Turns Fashion-MNIST, two uncompressed IDX files, into grey JPEGs with a folder for each class. The demo calibrates
// and measures accuracy on these JPEGs. The same libjpeg gives the same bytes.
//
//   fashion-mnist-jpeg IMAGES.idx LABELS.idx OUTPUT_DIR [COUNT_PER_CLASS]
//
// It writes OUTPUT_DIR/<class>/NNNNN.jpg, where NNNNN is the image's index in the set. Exit status: 0 for success, 1
// for a failure, 2 for a wrong command line.
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jpeglib.h>

enum { QUALITY = 95, CLASS_COUNT = 10, MAX_SIDE = 4096, MAX_PATH = 4096 };
enum { IMAGES_MAGIC = 0x00000803, LABELS_MAGIC = 0x00000801 };  // unsigned bytes in 3 dimensions and in 1

// The names in the order of the labels. The digit keeps that order where a program sorts the folders by name.
static const char *const class_names[CLASS_COUNT] = {
    "0-t-shirt-top", "1-trouser", "2-pullover", "3-dress", "4-coat",
    "5-sandal",      "6-shirt",   "7-sneaker",  "8-bag",   "9-ankle-boot",
};

static _Noreturn void fail(const char *path, const char *reason) {
    fprintf(stderr, "fashion-mnist-jpeg: %s: %s\n", path, reason);
    exit(1);
}

static void read_bytes(FILE *file, const char *path, void *bytes, size_t count) {
    if (fread(bytes, 1, count, file) != count)
        fail(path, ferror(file) ? strerror(errno) : "ends early: not a whole IDX file");
}

static uint32_t read_uint32(FILE *file, const char *path) {
    uint8_t b[4];
    read_bytes(file, path, b, sizeof b);
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static FILE *open_idx(const char *path, uint32_t magic) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path, strerror(errno));
    if (read_uint32(file, path) != magic)
        fail(path, magic == IMAGES_MAGIC ? "not an IDX file of images (decompress it with gzip -dc; images come first)"
                                         : "not an IDX file of labels (decompress it with gzip -dc; labels come second)");
    return file;
}

static void make_directory(const char *path) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST) fail(path, strerror(errno));
}

// Writes a JPEG that appears under its name only when it is whole, so that a reader never sees half a file.
static void write_jpeg(const char *path, uint8_t *pixels, uint32_t width, uint32_t height) {
    char temporary[MAX_PATH + 8];
    snprintf(temporary, sizeof temporary, "%s.part", path);
    FILE *file = fopen(temporary, "wb");
    if (!file) fail(temporary, strerror(errno));

    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);  // this handler prints and exits, which is right in this program
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = 1;
    jpeg.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, QUALITY, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        JSAMPROW row = pixels + (size_t)jpeg.next_scanline * width;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);

    if (fclose(file) != 0) fail(temporary, strerror(errno));
    if (rename(temporary, path) != 0) fail(path, strerror(errno));
}

static unsigned long parse_count(const char *text) {
    char *end;
    errno = 0;
    unsigned long count = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || count == 0) fail(text, "COUNT_PER_CLASS is a positive number");
    return count;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: fashion-mnist-jpeg IMAGES.idx LABELS.idx OUTPUT_DIR [COUNT_PER_CLASS]\n");
        return 2;
    }
    const char *images_path = argv[1], *labels_path = argv[2], *output = argv[3];
    unsigned long wanted = argc == 5 ? parse_count(argv[4]) : UINT32_MAX;

    FILE *images = open_idx(images_path, IMAGES_MAGIC), *labels = open_idx(labels_path, LABELS_MAGIC);
    uint32_t count = read_uint32(images, images_path);
    uint32_t height = read_uint32(images, images_path), width = read_uint32(images, images_path);
    if (read_uint32(labels, labels_path) != count) fail(labels_path, "has another count than the images: not one set");
    if (height == 0 || width == 0 || height > MAX_SIDE || width > MAX_SIDE)
        fail(images_path, "has images of no height or width, or too large");

    uint8_t *pixels = malloc((size_t)height * width);
    if (!pixels) fail(images_path, "out of memory");

    char path[MAX_PATH];
    if (strlen(output) > sizeof path - 64) fail(output, "name too long");
    make_directory(output);
    for (int label = 0; label < CLASS_COUNT; ++label) {
        snprintf(path, sizeof path, "%s/%s", output, class_names[label]);
        make_directory(path);
    }

    unsigned long written[CLASS_COUNT] = {0}, total = 0;
    for (uint32_t index = 0; index < count; ++index) {
        uint8_t label;
        read_bytes(labels, labels_path, &label, 1);
        read_bytes(images, images_path, pixels, (size_t)height * width);
        if (label >= CLASS_COUNT) fail(labels_path, "has a label above 9: not Fashion-MNIST");
        if (written[label] == wanted) continue;
        snprintf(path, sizeof path, "%s/%s/%05u.jpg", output, class_names[label], (unsigned)index);
        write_jpeg(path, pixels, width, height);
        ++written[label], ++total;
    }
    printf("%lu images of %u x %u in %s\n", total, (unsigned)width, (unsigned)height, output);
    free(pixels);
    fclose(images);
    fclose(labels);
    return 0;
}
