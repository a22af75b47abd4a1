#include "CPNG.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

enum { SIGNATURE = 8, CHUNK = 12, MAX_SIDE = 65535 };  // a chunk has 12 bytes beside its data

struct cpng_decoder {
    png_structp png;
    png_infop png_info;
    jmp_buf failure;
    cpng_status status;
    char message[200], warning[90];
    const uint8_t *bytes;
    size_t byte_count, position;
    size_t budget;  // the bytes of the file that the call under way may still read
    uint32_t height;
    size_t row_size;
    int passes;
};

static _Noreturn void on_error(png_structp png, png_const_charp message) {
    cpng_decoder *self = png_get_error_ptr(png);
    snprintf(self->message, sizeof self->message, "%s%s%s", self->warning, self->warning[0] ? "; " : "", message);
    longjmp(self->failure, 1);
}

// Of what libpng warns about, nothing invents pixels: chunks are complete and their CRCs right. Where an error follows, the
// warning tells more.
static void on_warning(png_structp png, png_const_charp message) {
    cpng_decoder *self = png_get_error_ptr(png);
    snprintf(self->warning, sizeof self->warning, "%s", message);
}

static void on_read(png_structp png, png_bytep bytes, size_t count) {
    cpng_decoder *self = png_get_io_ptr(png);
    if (count > self->byte_count - self->position) png_error(png, "the file ends early");
    if (count > self->budget) png_error(png, "more data than its pixels have");
    memcpy(bytes, self->bytes + self->position, count);
    self->position += count;
    self->budget -= count;
}

static uint32_t word(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static cpng_status damaged(cpng_decoder *self, const char *what, size_t position) {
    const uint8_t *type = self->bytes + position + 4;
    char name[5] = "?";
    if (isalpha(type[0]) && isalpha(type[1]) && isalpha(type[2]) && isalpha(type[3])) memcpy(name, type, 4), name[4] = 0;
    snprintf(self->message, sizeof self->message, "chunk %s at byte %zu: %s", name, position, what);
    return CPNG_DAMAGED;
}

// Checks every chunk. libpng stops reading at the last row, and would not see what is missing or damaged behind it.
static cpng_status check_chunks(cpng_decoder *self) {
    for (size_t position = SIGNATURE;;) {
        if (position > self->byte_count || self->byte_count - position < CHUNK) {
            snprintf(self->message, sizeof self->message, "the file ends before the chunk IEND");
            return CPNG_DAMAGED;
        }
        const uint8_t *chunk = self->bytes + position;
        uint32_t length = word(chunk);
        if (length > PNG_UINT_31_MAX || length > self->byte_count - position - CHUNK)
            return damaged(self, "its end is missing", position);
        if (crc32(0, chunk + 4, length + 4) != word(chunk + 8 + length))
            return damaged(self, "its CRC is wrong", position);
        if (memcmp(chunk + 4, "IEND", 4) == 0) return CPNG_OK;
        position += CHUNK + length;
    }
}

cpng_decoder *cpng_create(const uint8_t *bytes, size_t byte_count) {
    cpng_decoder *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->bytes = bytes;
    self->byte_count = byte_count;
    self->status = CPNG_UNSUPPORTED;
    return self;
}

// Sets how stored pixels become decoded ones, and returns what these are.
static cpng_kind set_transformations(png_structp png, int colour, int depth) {
    if (colour & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
    switch (colour) {
        case PNG_COLOR_TYPE_PALETTE: png_set_packing(png); return CPNG_PALETTE;
        case PNG_COLOR_TYPE_GRAY:
            if (depth == 16) return CPNG_GREY_16;
            png_set_expand_gray_1_2_4_to_8(png);
            return CPNG_GREY;
        default:
            png_set_strip_16(png);
            return colour == PNG_COLOR_TYPE_GRAY_ALPHA ? CPNG_GREY : CPNG_RGB;
    }
}

cpng_status cpng_read_header(cpng_decoder *self, cpng_info *info) {
    cpng_status status = check_chunks(self);
    if (status != CPNG_OK) return status;
    if (setjmp(self->failure)) return self->status;
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
    if (self->png) self->png_info = png_create_info_struct(self->png);
    if (!self->png_info) {
        snprintf(self->message, sizeof self->message, "no memory is left");
        return CPNG_UNSUPPORTED;
    }
    png_structp png = self->png;
    png_set_read_fn(png, self, on_read);
    png_set_user_limits(png, MAX_SIDE, MAX_SIDE);
    png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    // Texts and profiles, which may be compressed a thousandfold, are stepped over.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    self->budget = self->byte_count;
    png_read_info(png, self->png_info);

    info->width = png_get_image_width(png, self->png_info);
    info->height = self->height = png_get_image_height(png, self->png_info);
    info->kind = set_transformations(png, png_get_color_type(png, self->png_info), png_get_bit_depth(png, self->png_info));
    static const uint32_t pixel_sizes[] = {[CPNG_GREY] = 1, [CPNG_GREY_16] = 2, [CPNG_PALETTE] = 1, [CPNG_RGB] = 3};
    info->pixel_size = pixel_sizes[info->kind];
    self->row_size = (size_t)info->width * info->pixel_size;
    png_colorp palette;
    int palette_count = 0;
    if (info->kind == CPNG_PALETTE) png_get_PLTE(png, self->png_info, &palette, &palette_count);
    for (int i = 0; i < palette_count; ++i) {
        const uint8_t colour[] = {palette[i].red, palette[i].green, palette[i].blue};
        memcpy(info->palette + 3 * i, colour, sizeof colour);
    }
    info->palette_count = (uint32_t)palette_count;
    self->passes = png_set_interlace_handling(png);
    png_read_update_info(png, self->png_info);
    if (png_get_rowbytes(png, self->png_info) != self->row_size) png_error(png, "rows of another size than expected");
    return CPNG_OK;
}

cpng_status cpng_read(cpng_decoder *self, uint8_t *pixels) {
    // More than the data of a row, of which 16 bits and alpha make 4 times what is decoded. Once it has the last row,
    // libpng decompresses whatever follows: of a bomb, a thousand times what this bound lets it read.
    const size_t row_budget = (64 << 10) + 8 * self->row_size;
    self->status = CPNG_DAMAGED;
    if (setjmp(self->failure)) return self->status;
    for (int pass = 0; pass < self->passes; ++pass) {
        for (uint32_t y = 0; y < self->height; ++y) {
            self->budget = row_budget;
            png_read_row(self->png, pixels + y * self->row_size, NULL);
        }
    }
    return CPNG_OK;
}

const char *cpng_message(const cpng_decoder *self) { return self->message; }

void cpng_destroy(cpng_decoder *self) {
    png_destroy_read_struct(&self->png, &self->png_info, NULL);
    free(self);
}

size_t cpng_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *bytes, size_t byte_count) {
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height};
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_alloc_size_t size = byte_count;
    return png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL) ? size : 0;
}
