#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

_Static_assert(CJPEG_MESSAGE_SIZE >= JMSG_LENGTH_MAX, "libjpeg writes messages of its own length");

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failure;
    cjpeg_status status;
    char *message;
} decoder;

static _Noreturn void fail(decoder *self, cjpeg_status status) {
    self->status = status;
    self->errors.format_message((j_common_ptr)&self->jpeg, self->message);
    longjmp(self->failure, 1);
}

static void on_error(j_common_ptr jpeg) {
    decoder *self = jpeg->client_data;
    int code = self->errors.msg_code;
    fail(self, code == JERR_NO_SOI || code == JERR_INPUT_EMPTY ? CJPEG_NOT_JPEG : CJPEG_UNSUPPORTED);
}

// libjpeg repairs what it can and goes on. The repairs listed here invent pixels, so they are failures. All others
// (stray bytes between segments, an unknown JFIF revision) lose no pixels, and photos that need them are common.
static void on_message(j_common_ptr jpeg, int level) {
    decoder *self = jpeg->client_data;
    if (level >= 0) return;
    switch (self->errors.msg_code) {
        case JWRN_JPEG_EOF:
        case JWRN_HIT_MARKER:
        case JWRN_HUFF_BAD_CODE:
        case JWRN_MUST_RESYNC:
        case JWRN_ARITH_BAD_CODE: fail(self, CJPEG_TRUNCATED);
        default: break;
    }
}

static void silent(j_common_ptr jpeg) { (void)jpeg; }

static void read_header(decoder *self, const uint8_t *bytes, size_t byte_count) {
    struct jpeg_decompress_struct *jpeg = &self->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, bytes, byte_count);
    jpeg_read_header(jpeg, TRUE);
    switch (jpeg->num_components) {
        case 1: jpeg->out_color_space = JCS_GRAYSCALE; break;
        case 3: jpeg->out_color_space = JCS_RGB; break;
        case 4: jpeg->out_color_space = JCS_CMYK; break;  // from YCCK too
        default: ERREXIT(jpeg, JERR_CONVERSION_NOTIMPL);
    }
}

static void read_pixels(decoder *self, const cjpeg_info *info, uint8_t *pixels) {
    struct jpeg_decompress_struct *jpeg = &self->jpeg;
    jpeg_start_decompress(jpeg);
    if (jpeg->output_width != info->width || jpeg->output_height != info->height ||
        (uint32_t)jpeg->output_components != info->components)
        ERREXIT(jpeg, JERR_CONVERSION_NOTIMPL);
    size_t row_size = (size_t)info->width * info->components;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = pixels + jpeg->output_scanline * row_size;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
}

static void start(decoder *self, char *message) {
    memset(self, 0, sizeof *self);
    self->message = message;
    self->jpeg.client_data = self;
    self->jpeg.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    self->errors.output_message = silent;
}

// After longjmp, a local that the function has changed since setjmp is undefined. So the functions that call setjmp
// change none: the decoder belongs to their caller.
static void inspect(decoder *self, const uint8_t *bytes, size_t byte_count, cjpeg_info *info) {
    if (setjmp(self->failure) != 0) return;
    read_header(self, bytes, byte_count);
    info->width = self->jpeg.image_width;
    info->height = self->jpeg.image_height;
    info->components = (uint32_t)self->jpeg.num_components;
}

static void decode(decoder *self, const uint8_t *bytes, size_t byte_count, const cjpeg_info *info, uint8_t *pixels) {
    if (setjmp(self->failure) != 0) return;
    read_header(self, bytes, byte_count);
    read_pixels(self, info, pixels);
}

cjpeg_status cjpeg_inspect(const uint8_t *bytes, size_t byte_count, cjpeg_info *info, char *message) {
    decoder self;
    start(&self, message);
    inspect(&self, bytes, byte_count, info);
    jpeg_destroy_decompress(&self.jpeg);
    return self.status;
}

cjpeg_status cjpeg_decode(const uint8_t *bytes, size_t byte_count, const cjpeg_info *info, uint8_t *pixels,
                          char *message) {
    decoder self;
    start(&self, message);
    decode(&self, bytes, byte_count, info, pixels);
    jpeg_destroy_decompress(&self.jpeg);
    return self.status;
}
