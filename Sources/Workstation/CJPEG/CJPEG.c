#include "CJPEG.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

struct cjpeg_decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failure;
    cjpeg_status status;
    char message[JMSG_LENGTH_MAX];
    const uint8_t *bytes;
    size_t byte_count;
    int scan;              // the number of the last scan that was begun
    uint64_t blocks_left;  // the blocks that further scans may have
    unsigned components;   // a bit for each component that some scan has given its mean colours
};

typedef struct jpeg_decompress_struct libjpeg;

static _Noreturn void fail(cjpeg_decoder *self, cjpeg_status status) {
    self->status = status;
    longjmp(self->failure, 1);
}

static _Noreturn void fail_as_libjpeg_says(cjpeg_decoder *self, cjpeg_status status) {
    self->errors.format_message((j_common_ptr)&self->jpeg, self->message);
    fail(self, status);
}

static _Noreturn void fail_truncated(cjpeg_decoder *self, const char *message) {
    snprintf(self->message, sizeof self->message, "%s", message);
    fail(self, CJPEG_TRUNCATED);
}

static void on_error(j_common_ptr jpeg) {
    cjpeg_decoder *self = jpeg->client_data;
    int code = self->errors.msg_code;
    fail_as_libjpeg_says(self, code == JERR_NO_SOI || code == JERR_INPUT_EMPTY ? CJPEG_NOT_JPEG : CJPEG_UNSUPPORTED);
}

// libjpeg repairs what it can and goes on. The repairs listed here invent pixels, so they are failures. All others
// (stray bytes between segments, an unknown JFIF revision) lose no pixels, and photos that need them are common.
static void on_message(j_common_ptr jpeg, int level) {
    cjpeg_decoder *self = jpeg->client_data;
    if (level >= 0) return;
    switch (self->errors.msg_code) {
        case JWRN_JPEG_EOF:
        case JWRN_HIT_MARKER:
        case JWRN_HUFF_BAD_CODE:
        case JWRN_MUST_RESYNC:
        case JWRN_ARITH_BAD_CODE: fail_as_libjpeg_says(self, CJPEG_TRUNCATED);
        default: break;
    }
}

static void silent(j_common_ptr jpeg) { (void)jpeg; }

// Returns whether a scan of so many blocks has lost its data: all that follow are zeros, or none. The arithmetic
// decoder takes missing bytes for zeros, without a warning, and encoders leave zeros out at the end. Only where few
// blocks share a code may nothing be left of it: of 585 pictures of one colour, those of one block in mid-grey, or in
// its refinement.
static bool is_without_data(const libjpeg *jpeg, uint64_t blocks) {
    enum { FEW_BLOCKS = 16 };
    if (blocks <= FEW_BLOCKS || (jpeg->restart_interval > 0 && jpeg->restart_interval <= FEW_BLOCKS)) return false;
    const JOCTET *bytes = jpeg->src->next_input_byte;
    size_t count = jpeg->src->bytes_in_buffer, zeros = 0;
    while (zeros < count && bytes[zeros] == 0) ++zeros;
    return zeros + 1 >= count || (bytes[zeros] == 0xFF && bytes[zeros + 1] != 0);
}

static void begin_scan(cjpeg_decoder *self) {
    enum { LEAST_BLOCKS = 100, ARITHMETIC_COST = 8 };
    const libjpeg *jpeg = &self->jpeg;
    self->scan = jpeg->input_scan_number;
    uint64_t blocks = 0;
    for (int i = 0; i < jpeg->comps_in_scan; ++i) {
        const jpeg_component_info *component = jpeg->cur_comp_info[i];
        blocks += (uint64_t)component->width_in_blocks * component->height_in_blocks;
        bool has_means = !jpeg->progressive_mode || (jpeg->Ss == 0 && jpeg->Ah == 0);
        if (has_means) self->components |= 1u << component->component_index;
    }
    if (jpeg->arith_code) {
        if (is_without_data(jpeg, blocks)) fail_truncated(self, "a scan without data");
        blocks *= ARITHMETIC_COST;
    }
    if (blocks < LEAST_BLOCKS) blocks = LEAST_BLOCKS;
    if (self->scan > 1 && blocks > self->blocks_left) {
        snprintf(self->message, sizeof self->message, "scan %d of %u x %u pixels", self->scan, jpeg->image_width,
                 jpeg->image_height);
        fail(self, CJPEG_TOO_MANY_SCANS);
    }
    if (self->scan > 1) self->blocks_left -= blocks;
}

// libjpeg calls this before each row of blocks, and first when it has read the header of a scan.
static void on_progress(j_common_ptr jpeg) {
    cjpeg_decoder *self = jpeg->client_data;
    if (self->jpeg.input_scan_number != self->scan) begin_scan(self);
}

cjpeg_decoder *cjpeg_create(const uint8_t *bytes, size_t byte_count) {
    cjpeg_decoder *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->bytes = bytes;
    self->byte_count = byte_count;
    self->jpeg.client_data = self;
    self->jpeg.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    self->errors.output_message = silent;
    self->progress.progress_monitor = on_progress;
    return self;
}

cjpeg_status cjpeg_read_header(cjpeg_decoder *self, cjpeg_info *info) {
    libjpeg *jpeg = &self->jpeg;
    if (setjmp(self->failure)) return self->status;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &self->progress;
    jpeg_mem_src(jpeg, self->bytes, self->byte_count);
    jpeg_read_header(jpeg, TRUE);
    switch (jpeg->num_components) {
        case 1: jpeg->out_color_space = JCS_GRAYSCALE; break;
        case 3: jpeg->out_color_space = JCS_RGB; break;
        case 4: jpeg->out_color_space = JCS_CMYK; break;  // from YCCK too
        default: ERREXIT(jpeg, JERR_CONVERSION_NOTIMPL);
    }
    info->width = jpeg->image_width;
    info->height = jpeg->image_height;
    info->components = (uint32_t)jpeg->num_components;
    return CJPEG_OK;
}

cjpeg_status cjpeg_start(cjpeg_decoder *self, uint64_t block_limit) {
    libjpeg *jpeg = &self->jpeg;
    if (setjmp(self->failure)) return self->status;
    self->blocks_left = block_limit;
    begin_scan(self);
    jpeg_start_decompress(jpeg);
    if (self->components != (1u << jpeg->num_components) - 1) fail_truncated(self, "a scan is missing");
    return CJPEG_OK;
}

cjpeg_status cjpeg_read_row(cjpeg_decoder *self, uint8_t *row) {
    if (setjmp(self->failure)) return self->status;
    jpeg_read_scanlines(&self->jpeg, &row, 1);
    return CJPEG_OK;
}

const char *cjpeg_message(const cjpeg_decoder *self) { return self->message; }

void cjpeg_destroy(cjpeg_decoder *self) {
    jpeg_destroy_decompress(&self->jpeg);
    free(self);
}
