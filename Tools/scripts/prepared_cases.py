"""The checksums of made-up pictures that Pillow, torchvision and transformers prepared in many ways, one a line:

    WIDTH HEIGHT CHANNELS RESIZE INTERPOLATION CROP INPUT_WIDTH INPUT_HEIGHT CRC32

RESIZE is `none`, the pixels of the shorter side, or HEIGHTxWIDTH. CROP is `half-even`, torchvision's, or `down`, that of
transformers.
"""

import zlib
from itertools import product

import numpy as np
from PIL import Image
from torchvision.transforms import functional
from transformers.image_transforms import center_crop, get_resize_output_image_size

SIZES = [(1, 1), (1, 9), (9, 1), (2, 3), (7, 5), (33, 21), (64, 64), (100, 37), (37, 100), (50, 211), (211, 50),
         (500, 375), (375, 500), (1200, 90), (90, 1200), (3, 700), (700, 3), (641, 1283)]
RESIZES = ["none", "1", "16", "33", "64", "250", "1x1", "16x16", "20x50", "50x20", "64x64", "37x99"]
INPUTS = [(16, 16), (13, 15), (40, 37), (64, 20), (15, 64)]
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def picture(width, height, channels):
    """Noise from the bytes' places, as the test makes it too."""
    place = np.arange(height * width * channels, dtype=np.uint64)
    hash = place * 0x9E3779B1 % 2**32
    hash = (hash ^ hash >> 15) * 0x85EBCA77 % 2**32
    pixels = (hash >> 24).astype(np.uint8).reshape(height, width, channels)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)


def resized(image, resize, filter, crop):
    if resize == "none":
        return image
    if "x" in resize:
        height, width = map(int, resize.split("x"))
        return image.resize((width, height), filter)
    if crop == "half-even":
        return functional.resize(image, int(resize), functional.InterpolationMode(filter.name.lower()))
    height, width = get_resize_output_image_size(
        np.asarray(image.convert("RGB")), int(resize), default_to_square=False, input_data_format="channels_last")
    return image.resize((width, height), filter)


def cropped(image, crop, width, height):
    if crop == "half-even":
        return np.asarray(functional.center_crop(image, [height, width]))
    pixels = np.asarray(image)
    return center_crop(pixels.reshape(*pixels.shape[:2], -1), (height, width), input_data_format="channels_last")


def lines():
    for number, (size, resize, filter) in enumerate(product(SIZES, RESIZES, FILTERS)):
        width, height = INPUTS[number % len(INPUTS)]
        crop = ["half-even", "down"][(number // 2 + number // 24) % 2]
        channels = 1 if number % 7 == 0 else 3
        image = resized(picture(*size, channels), resize, FILTERS[filter], crop)
        crc = zlib.crc32(np.ascontiguousarray(cropped(image, crop, width, height)).tobytes())
        yield f"{size[0]} {size[1]} {channels} {resize} {filter} {crop} {width} {height} {crc:08x}"
