#!/usr/bin/env python3
"""Makes Tests/Fixtures/images: small JPEGs and PNGs of every kind, and checksums of what Pillow, torchvision and
transformers make of them.

    make_image_fixtures.py OUTPUT_DIR [imagenet-photos-jpeg.tar]

It needs what requirements.txt lists, and jpegtran of libjpeg-turbo. expected.txt has a line for each case:

    decode FILE CHANNELS WIDTH HEIGHT CRC32
    resize FILE CHANNELS WIDTH HEIGHT CRC32
    crop FILE CHANNELS WIDTH HEIGHT CRC32
    preprocess FILE CHANNELS RESIZE WIDTH HEIGHT CRC32

CRC32 is zlib's, in hexadecimal, of the pixels' bytes in HWC order. photos.txt has such lines for the photos, which are
not in the repository. prepared.txt, by prepared_cases.py, has those of made-up pictures that are prepared in many ways.
"""
import io
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision.transforms import functional

import png_files
import prepared_cases

MODES = {1: "L", 3: "RGB"}


def crc(image):
    return f"{zlib.crc32(np.asarray(image).tobytes()):08x}"


def pattern(width, height, channels):
    """An image of smooth waves, an edge and noise, so that chroma, rounding and clipping all take part."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(width * 1000 + height).integers(-20, 21, (height, width, channels))
    waves = [128 + 120 * np.sin(x / (3.0 + c) + c) * np.cos(y / (5.0 - c)) for c in range(channels)]
    pixels = np.stack(waves, axis=2) + noise
    pixels[height // 3 : height // 2, width // 4 : width // 2] = [255, 0, 255, 0][:channels]
    pixels = pixels.clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels, {1: "L", 3: "RGB", 4: "CMYK"}[channels])


def jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85, **options)
    return buffer.getvalue()


def transcoded(data, *options):
    """The same coefficients in another coding."""
    return subprocess.run(["jpegtran", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def adobe_marker(data):
    """The positions of the APP14 segment "Adobe" (its byte FF) and of the segment after it."""
    start = data.index(b"\xff\xee\x00\x0eAdobe")
    return start, start + 16


END = b"\xff\xd9"


def data(jpeg):
    """The position of the first entropy-coded byte, after the segment that begins a scan."""
    scan = jpeg.index(b"\xff\xda")
    return scan + 2 + int.from_bytes(jpeg[scan + 2 : scan + 4], "big")


def replaced(data, position, bytes):
    return data[:position] + bytes + data[position + len(bytes) :]


def fixtures():
    rgb = pattern(33, 21, 3)
    cmyk = jpeg(pattern(19, 13, 4))
    start, end = adobe_marker(cmyk)
    rotated = Image.Exif()
    rotated[0x0112] = 6  # the orientation is a quarter turn
    whole = jpeg(rgb, subsampling="4:2:0")
    scan = whole.index(b"\xff\xda")
    restart = jpeg(rgb, restart_marker_blocks=1)
    arithmetic = transcoded(whole, "-arithmetic")
    progressive = jpeg(rgb, progressive=True)
    first = progressive.index(b"\xff\xda")
    second = progressive.index(b"\xff\xc4", first)  # its code tables come before it
    return {
        "grey.jpg": jpeg(pattern(25, 17, 1)),
        "rgb-444.jpg": jpeg(rgb, subsampling="4:4:4"),
        "rgb-422.jpg": jpeg(rgb, subsampling="4:2:2"),
        "rgb-420.jpg": whole,
        "rgb-stored.jpg": jpeg(rgb, keep_rgb=True),
        "progressive.jpg": progressive,
        "restart.jpg": restart,
        "arithmetic.jpg": arithmetic,
        "arithmetic-progressive.jpg": transcoded(whole, "-arithmetic", "-progressive"),
        # The code of this one block is zeros alone, which an encoder leaves out: its scan has no data.
        "arithmetic-empty.jpg": transcoded(jpeg(Image.new("L", (8, 8), 128)), "-arithmetic"),
        "one-pixel.jpg": jpeg(pattern(1, 1, 3)),
        "exif-rotated.jpg": jpeg(rgb, exif=rotated),
        "cmyk.jpg": cmyk,
        "cmyk-no-marker.jpg": cmyk[:start] + cmyk[end:],
        # The marker's last byte names the colour transform: 0 for none, 2 for YCCK.
        "ycck.jpg": cmyk[: end - 1] + b"\x02" + cmyk[end:],
        # Bytes between segments do no harm: Pillow and libjpeg step over them.
        "stray-bytes.jpg": whole[:scan] + b"\x00\x01\x02" + whole[scan:],
    }, {
        "truncated-header.jpg": whole[:100],
        "truncated.jpg": whole[: (scan + len(whole)) // 2],
        "truncated-progressive.jpg": progressive[:-200],
        "closed.jpg": whole[: (scan + len(whole)) // 2] + END,
        "closed-progressive.jpg": progressive[:first] + progressive[second:],
        "closed-arithmetic.jpg": arithmetic[: data(arithmetic)] + b"\0\0" + END,
        # No code consists of ones alone.
        "bad-code.jpg": replaced(whole, data(whole), b"\xff\0\xff\0\xff\0"),
        "bad-arithmetic-code.jpg": replaced(arithmetic, data(arithmetic), b"\xff\0\xff\0\xff\0"),
        "wrong-restart.jpg": restart.replace(b"\xff\xd0", b"\xff\xd5"),
        "empty.jpg": b"",
        "text.jpg": b"This is not a JPEG.\n",
    }


RESIZES = [("rgb-420.jpg", w, h) for w, h in
           [(32, 32), (8, 5), (1, 1), (64, 64), (33, 10), (7, 21), (33, 21), (100, 3), (34, 22)]]
RESIZES += [("grey.jpg", w, h) for w, h in [(28, 28), (12, 9), (3, 50), (25, 17)]]
RESIZES += [("one-pixel.jpg", 5, 4)]
# Pillow 13 shrinks columns before rows where the height shrinks by more than twice what the width does. These sizes lie
# on both sides of that limit.
RESIZES += [("rgb-420.jpg", w, h) for w, h in [(29, 14), (29, 13), (29, 12), (30, 12)]]
CROPS = [("rgb-420.jpg", w, h) for w, h in [(20, 20), (21, 21), (32, 18), (40, 10), (10, 40), (48, 31), (33, 21)]]
PREPROCESSINGS = [("rgb-420.jpg", 16, 14, 14), ("rgb-420.jpg", 16, 15, 13), ("rgb-420.jpg", 40, 37, 35),
                  ("rgb-420.jpg", 12, 20, 16), ("grey.jpg", 9, 8, 8), ("one-pixel.jpg", 8, 6, 6)]


def preprocessed(image, resize, width, height):
    return functional.center_crop(functional.resize(image, resize), [height, width])


def main(output, photos=None):
    output.mkdir(parents=True, exist_ok=True)
    good, bad = fixtures()
    good |= png_files.good()
    bad |= png_files.bad()
    for name, data in (good | bad).items():
        (output / name).write_bytes(data)

    lines = []
    for channels, mode in MODES.items():
        def opened(name):
            return Image.open(output / name).convert(mode)

        def case(kind, name, image, *arguments):
            lines.append(" ".join(map(str, (kind, name, channels, *arguments, *image.size, crc(image)))))

        for name in good:
            case("decode", name, opened(name))
        for name, width, height in RESIZES:
            case("resize", name, opened(name).resize((width, height), Image.Resampling.BILINEAR))
        for name, width, height in CROPS:
            case("crop", name, functional.center_crop(opened(name), [height, width]))
        for name, resize, width, height in PREPROCESSINGS:
            case("preprocess", name, preprocessed(opened(name), resize, width, height), resize)
    (output / "expected.txt").write_text("\n".join(lines) + "\n")

    (output / "prepared.txt").write_text("\n".join(prepared_cases.lines()) + "\n")

    if photos:
        lines = []
        with tarfile.open(photos) as archive:
            for member in sorted((m for m in archive if m.isfile()), key=lambda m: m.name):
                image = Image.open(archive.extractfile(member)).convert("RGB")
                lines.append(f"decode {member.name} 3 {image.width} {image.height} {crc(image)}")
                lines.append(f"preprocess {member.name} 3 256 224 224 {crc(preprocessed(image, 256, 224, 224))}")
        (output / "photos.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
