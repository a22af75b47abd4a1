// Decodes JPEGs with libjpeg, through two calls that neither exit nor print. libjpeg's default error handler ends the
// process, and Swift cannot call setjmp, so this shim catches the errors.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum cjpeg_status {
    CJPEG_OK = 0,
    CJPEG_NOT_JPEG,     // the bytes do not begin as a JPEG does
    CJPEG_TRUNCATED,    // the JPEG ends early or is damaged: some pixels would be made up
    CJPEG_UNSUPPORTED,  // libjpeg or this shim cannot decode it, or memory ran out
} cjpeg_status;

enum { CJPEG_MESSAGE_SIZE = 200 };

typedef struct cjpeg_info {
    uint32_t width, height;  // 1 to 65500, libjpeg's limit
    uint32_t components;     // bytes of a decoded pixel: 1 grey, 3 RGB, 4 CMYK as stored (Adobe's are inverted)
} cjpeg_info;

// Reads a JPEG of `byte_count` bytes up to its first scan, and fills in `info`. On failure `message`
// (CJPEG_MESSAGE_SIZE bytes) says why.
cjpeg_status cjpeg_inspect(const uint8_t *bytes, size_t byte_count, cjpeg_info *info, char *message);

// Decodes a JPEG into `pixels`: height x width x components bytes, row by row from the top. `info` must be what
// `cjpeg_inspect` gave. On failure `message` says why, as there.
cjpeg_status cjpeg_decode(const uint8_t *bytes, size_t byte_count, const cjpeg_info *info, uint8_t *pixels,
                          char *message);
