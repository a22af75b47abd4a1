#!/usr/bin/env python3
"""Times resnet_int8_prepare beside Pillow, in turns, on the same picture; their bytes must be equal.

    pictures.py [--width 4000] [--height 3000] [--rounds 40]      (after `make`; needs numpy and Pillow 13)

The shorter side becomes 256 pixels, and 224 x 224 are cut out of the middle. Pillow resizes all of the picture, as
torchvision has it do, and then crops. Both use one thread.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from models import ROOT
from runtimes.preparation import Preparation

SIDE, INPUT = 256, 224


def preparation(picture: np.ndarray, interpolation: str, folder: Path) -> Preparation:
    """Returns the preparation of a model that was made for this interpolation."""
    model = folder / f"{interpolation}.rn8"
    Image.fromarray(picture[:64, :64]).save(folder / "images" / "picture.png")
    subprocess.run([ROOT / "build/bin/resnet-quantize", ROOT / "Tests/Fixtures/reference/basic.pth", "--output", model,
                    "--calibration", folder / "images", "--interpolation", interpolation],
                   check=True, capture_output=True)
    return Preparation(model)


def pillow(picture: np.ndarray, interpolation: str):
    """Pillow's resize and crop, as torchvision's Resize and CenterCrop call them."""
    image = Image.fromarray(picture)
    short = min(image.size)
    width, height = (int(SIDE * side / short) for side in image.size)
    left, top = round((width - INPUT) / 2), round((height - INPUT) / 2)
    filter = Image.Resampling[interpolation.upper()]
    return lambda: image.resize((width, height), filter).crop((left, top, left + INPUT, top + INPUT))


def milliseconds(function) -> float:
    start = time.perf_counter()
    function()
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--height", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    picture = np.random.default_rng(1).integers(0, 256, (options.height, options.width, 3), dtype=np.uint8)
    print(f"{options.width} x {options.height} RGB to {INPUT} x {INPUT}, ms: min, median of {options.rounds}")
    for interpolation in ("bilinear", "bicubic"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "images").mkdir()
            ours = preparation(picture, interpolation, Path(folder))
            theirs = pillow(picture, interpolation)
            assert np.array_equal(ours(picture), np.asarray(theirs())), "the bytes differ"
            times = [(milliseconds(lambda: ours(picture)), milliseconds(theirs)) for _ in range(options.rounds)]
        (least, middle), (least_pillow, middle_pillow) = ((min(side), statistics.median(side)) for side in zip(*times))
        print(f"{interpolation:9} scratch {ours.scratch.size} bytes   ours {least:7.2f} {middle:7.2f}   Pillow {least_pillow:7.2f} {middle_pillow:7.2f}   "
              f"ratio {least / least_pillow:.2f} {middle / middle_pillow:.2f}")


if __name__ == "__main__":
    main()
