"""PNGs of every kind, which no one library writes: all colour types and depths, filters, interlacing, and damaged ones."""

import struct
import zlib

import numpy as np

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
NAMES = {GREY: "grey", RGB: "rgb", PALETTE: "palette", GREY_ALPHA: "grey-alpha", RGBA: "rgba"}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}
# Adam7: the first column and row of each pass, and the steps.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width, height, depth, colour, interlaced=False):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def packed_rows(samples, depth):
    """The bytes of each row of height x width x channels samples."""
    rows = samples.reshape(samples.shape[0], -1)
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in rows]
    bits = np.unpackbits(rows.astype(np.uint8)[:, :, None], axis=2)[:, :, 8 - depth :]
    return [np.packbits(row).tobytes() for row in bits.reshape(rows.shape[0], -1)]


def filtered(rows, pixel_bytes):
    """Each row with a filter, of which all five take turns."""
    previous, result = bytes(len(rows[0])) if rows else b"", b""
    for number, row in enumerate(rows):
        kind, output = number % 5, bytearray()
        for i, value in enumerate(row):
            left = row[i - pixel_bytes] if i >= pixel_bytes else 0
            above = previous[i]
            corner = previous[i - pixel_bytes] if i >= pixel_bytes else 0
            estimate = left + above - corner
            paeth = min((left, above, corner), key=lambda near: abs(estimate - near))
            output.append((value - (0, left, above, (left + above) // 2, paeth)[kind]) % 256)
        result += bytes([kind]) + bytes(output)
        previous = row
    return result


def image_data(samples, depth, interlaced):
    pixel_bytes = max(1, samples.shape[2] * depth // 8)
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    return b"".join(filtered(packed_rows(part, depth), pixel_bytes) for part in parts if part.size)


def png(samples, depth, colour, interlaced=False, before=(), pieces=1):
    """A PNG with other chunks before its data, which lie in so many chunks."""
    height, width = samples.shape[:2]
    data = zlib.compress(image_data(samples, depth, interlaced), 9)
    step = -(-len(data) // pieces)
    chunks = [header(width, height, depth, colour, interlaced), *before]
    chunks += [chunk(b"IDAT", data[i : i + step]) for i in range(0, len(data), step)] + [chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(chunks)


def samples_of(width, height, channels, largest):
    """Waves and noise over all values."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    waves = np.sin(x / (2.0 + c) + y / (3.0 - c / 2) + c)
    noise = np.random.default_rng(channels * 100000 + largest).uniform(-0.2, 0.2, waves.shape)
    return ((waves * 0.6 + noise + 0.5).clip(0, 1) * largest).round().astype(np.int64)


def palette(count):
    return chunk(b"PLTE", np.random.default_rng(count).integers(0, 256, (count, 3)).astype(np.uint8).tobytes())


def good():
    """The files that are read, by name."""
    files = {}
    for colour, depths in DEPTHS.items():
        for depth in depths:
            # Pillow takes all that is above 255 in grey of 16 bits for white.
            largest = 600 if (colour, depth) == (GREY, 16) else 2**depth - 1
            samples = samples_of(13, 11, CHANNELS[colour], largest)
            before = [palette(2**depth)] if colour == PALETTE else []
            for interlaced in (False, True):
                name = f"{NAMES[colour]}-{depth}{'-interlaced' if interlaced else ''}.png"
                files[name] = png(samples, depth, colour, interlaced, before)
    grey, rgb = samples_of(13, 11, 1, 255), samples_of(13, 11, 3, 255)
    profile = chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(1000)))
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"text " * 1000))
    return files | {
        # Pillow's `convert` heeds no transparency.
        "grey-transparent.png": png(grey, 8, GREY, before=[chunk(b"tRNS", struct.pack(">H", int(grey[0, 0, 0])))]),
        "rgb-transparent.png": png(rgb, 8, RGB, before=[chunk(b"tRNS", struct.pack(">3H", *map(int, rgb[0, 0])))]),
        "palette-transparent.png": png(grey // 16, 4, PALETTE, before=[palette(16), chunk(b"tRNS", bytes(range(16)))]),
        "palette-short.png": png(grey % 5, 8, PALETTE, before=[palette(5)]),
        "chunks.png": png(rgb, 8, RGB, pieces=50, before=[
            chunk(b"gAMA", struct.pack(">I", 100000)), profile, text, chunk(b"teSt", b"unknown")]),
        "one-pixel.png": png(samples_of(1, 1, 3, 255), 8, RGB, True),
    }


def bad():
    """The files that are refused, by name."""
    rgb = png(samples_of(13, 11, 3, 255), 8, RGB)
    grey = samples_of(13, 11, 1, 255)
    data, end = rgb.index(b"IDAT"), rgb.index(b"IEND")

    def flipped(position):
        return rgb[:position] + bytes([rgb[position] ^ 1]) + rgb[position + 1 :]

    few = SIGNATURE + header(13, 11, 8, RGB) + chunk(b"IDAT", zlib.compress(bytes(40 * 10))) + chunk(b"IEND", b"")
    return {
        "truncated.png": rgb[: (data + end) // 2],
        "without-end.png": rgb[: end - 4],
        "damaged-data.png": flipped((data + end) // 2),
        "damaged-end.png": flipped(len(rgb) - 1),
        "damaged-text.png": rgb[: data - 4] + chunk(b"tEXt", b"Comment\0text")[:-1] + b"?" + rgb[data - 4 :],
        "too-few-rows.png": few,
        "no-data.png": SIGNATURE + header(13, 11, 8, RGB) + chunk(b"IEND", b""),
        "no-palette.png": png(grey % 4, 2, PALETTE),
        "palette-beyond.png": png(grey % 6, 8, PALETTE, before=[palette(5)]),
        "no-width.png": SIGNATURE + header(0, 11, 8, RGB) + rgb[data - 4 :],
        "wide.png": SIGNATURE + header(65536, 1, 8, GREY) + rgb[data - 4 :],
        "three-bits.png": SIGNATURE + header(13, 11, 3, GREY) + rgb[data - 4 :],
    }
