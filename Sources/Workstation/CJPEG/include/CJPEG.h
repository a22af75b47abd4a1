// Decodes JPEGs with libjpeg, row by row, through calls that neither exit nor print. libjpeg's default error handler
// ends the process, and Swift cannot call setjmp, so this shim catches the errors.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum cjpeg_status {
    CJPEG_OK = 0,
    CJPEG_NOT_JPEG,        // the bytes do not begin as a JPEG does
    CJPEG_TRUNCATED,       // the JPEG ends early or is damaged: some pixels would be made up
    CJPEG_UNSUPPORTED,     // libjpeg or this shim cannot decode it, or memory ran out
    CJPEG_TOO_MANY_SCANS,  // its scans would take longer than the caller allows
} cjpeg_status;

typedef struct cjpeg_info {
    uint32_t width, height;  // 1 to 65500, libjpeg's limit
    uint32_t components;     // bytes of a decoded pixel: 1 grey, 3 RGB, 4 CMYK as stored (Adobe's are inverted)
} cjpeg_info;

typedef struct cjpeg_decoder cjpeg_decoder;

// Returns a decoder of the JPEG in `bytes`, which must outlive it; NULL where there is no memory. The calls below are
// made in their order. Once one has failed, only the last two may follow.
cjpeg_decoder *cjpeg_create(const uint8_t *bytes, size_t byte_count);

// Reads up to the first scan, and fills in `info`.
cjpeg_status cjpeg_read_header(cjpeg_decoder *self, cjpeg_info *info);

// Prepares the rows. Where there are several scans, all are decoded here. Those after the first may have `block_limit`
// blocks of 8x8 samples. A scan counts as at least 100, since it takes time even where it holds nothing, and a block in
// arithmetic coding as 8, since it can take so much longer than one in Huffman's.
cjpeg_status cjpeg_start(cjpeg_decoder *self, uint64_t block_limit);

// Decodes the next row into width x components bytes.
cjpeg_status cjpeg_read_row(cjpeg_decoder *self, uint8_t *row);

// Says why a call failed. The text ends with the decoder.
const char *cjpeg_message(const cjpeg_decoder *self);

void cjpeg_destroy(cjpeg_decoder *self);
