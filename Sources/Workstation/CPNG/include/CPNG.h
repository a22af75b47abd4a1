// Decodes and encodes PNGs with libpng, through calls that neither exit nor print. libpng reports errors by longjmp, which Swift cannot
// catch.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum cpng_status {
    CPNG_OK = 0,
    CPNG_DAMAGED,      // the PNG ends early or is damaged: some pixels would be made up
    CPNG_UNSUPPORTED,  // libpng cannot decode it, or memory ran out
} cpng_status;

// What the bytes of a decoded pixel are. Alpha is dropped, and of 16 bits of a colour the upper 8 are kept.
typedef enum cpng_kind {
    CPNG_GREY,     // 1 byte
    CPNG_GREY_16,  // 2 bytes, the upper one first
    CPNG_PALETTE,  // 1 byte, an index into the palette
    CPNG_RGB,      // 3 bytes
} cpng_kind;

typedef struct cpng_info {
    uint32_t width, height;  // 1 to 65535
    cpng_kind kind;
    uint32_t pixel_size;     // bytes of a decoded pixel
    uint32_t palette_count;  // 0 where there is no palette
    uint8_t palette[256 * 3];
} cpng_info;

typedef struct cpng_decoder cpng_decoder;

// Returns a decoder of the PNG in `bytes`, which must outlive it; NULL where there is no memory. The calls below are made in
// their order. Once one has failed, only the last two may follow.
cpng_decoder *cpng_create(const uint8_t *bytes, size_t byte_count);

// Checks that all chunks are there and that their CRCs are right, reads those before the pixels, and fills in `info`.
cpng_status cpng_read_header(cpng_decoder *self, cpng_info *info);

// Decodes all rows into height x width x pixel_size bytes.
cpng_status cpng_read(cpng_decoder *self, uint8_t *pixels);

// Says why a call failed. The text ends with the decoder.
const char *cpng_message(const cpng_decoder *self);

void cpng_destroy(cpng_decoder *self);

// Encodes height x width pixels of `channels` bytes, 1 for grey and 3 for RGB, as a PNG in memory of `byte_count` bytes. Returns
// the bytes of the PNG, or 0 where there is not enough memory; height * (width * channels + 64) + 4096 bytes are enough.
size_t cpng_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *bytes, size_t byte_count);
