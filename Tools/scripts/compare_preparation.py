#!/usr/bin/env python3
"""Compares the pixels that networks are given: those of the owner's own transforms, of `resnet-quantize prepare`, and of
`resnet_int8_prepare`, on photos and on pieces of them in odd sizes. All bytes must be equal.

    pip install -r Tools/scripts/requirements.txt && make
    Tools/scripts/compare_preparation.py --photos FOLDER

The owners' preparations are those of torchvision's presets, of timm's and Hugging Face's folders, and squashes.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode

import user_networks
from user_networks import IMAGENET, ROOT, Row, picture_paths

sys.path.append(str(ROOT / "Tools/bench-peers"))
from runtimes.preparation import Preparation  # noqa: E402

TOOL = ROOT / "build/bin/resnet-quantize"
ODD_SIZES = [(1, 1), (1, 300), (300, 2), (33, 21), (224, 224), (223, 225), (256, 257), (257, 91)]


def preset(resize, filter, size=224):
    return transforms.Compose([transforms.Resize(resize, filter), transforms.CenterCrop(size), transforms.ToTensor(), IMAGENET])


def rows():
    network = user_networks.torchvision_network("resnet18")
    for filter, options in [(InterpolationMode.BILINEAR, []), (InterpolationMode.BICUBIC, ["--interpolation", "bicubic"])]:
        yield Row(f"torchvision 256, {filter.value}", "", network, prepare=preset(256, filter), pictures=options)
        yield Row(f"crop_pct 0.95, {filter.value}", "", network, prepare=preset(235, filter),
                  pictures=["--crop-pct", "0.95", *options])
        yield Row(f"squashed to 224x224, {filter.value}", "", network, prepare=preset((224, 224), filter),
                  pictures=["--resize", "224x224", *options])
        yield Row(f"288 of 288, {filter.value}", "", network, prepare=preset(288, filter, 288),
                  pictures=["--input-size", "288", *options])
    for name in ["resnet18", "tv_resnet50", "resnet26t"]:
        yield user_networks.timm_folder(name)
    for processor in [{}, {"size": 384}, {"crop_pct": 0.95}, {"resample": 2}]:
        yield user_networks.hugging_face_folder(
            f"Hugging Face {processor or 'as microsoft has it'}", processor=user_networks.PROCESSOR | processor,
            **user_networks.MICROSOFT[18])


def pictures(photos, folder):
    """Copies the photos, and pieces of them, as PNGs."""
    paths = picture_paths(photos)
    for path in paths:
        Image.open(path).convert("RGB").save(folder / f"{path.stem}.png", compress_level=1)
    for number, (width, height) in enumerate(ODD_SIZES):
        Image.open(paths[number % len(paths)]).convert("RGB").crop((0, 0, width, height)).save(
            folder / f"odd-{width}x{height}.png")
    return sorted(folder.glob("*.png"))


def owner_pixels(row, image):
    """The owner's input, brought back to the bytes that it was normalized from."""
    values = row.prepare(image).numpy().transpose(1, 2, 0).astype(np.float64)
    pixels = 255 * (values * np.array(IMAGENET.std) + np.array(IMAGENET.mean))
    assert np.abs(pixels - np.rint(pixels)).max() < 0.01, "not normalized from bytes"
    return np.rint(pixels).astype(np.uint8)


def compare(row, folder, paths):
    checkpoint = row.saved(folder)
    model = folder / "model.rn8"
    subprocess.run([TOOL, checkpoint, "--calibration", paths[0].parent, "--samples", "1", "-o", model, *row.pictures],
                   cwd=folder, check=True, capture_output=True)
    library = Preparation(model)
    for path in paths:
        image = Image.open(path)
        expected = owner_pixels(row, image)
        tool = subprocess.run([TOOL, "prepare", model, path], check=True, capture_output=True).stdout
        if tool != expected.tobytes():
            return f"{path.name}: the tool's bytes differ"
        if not np.array_equal(library(np.asarray(image)), expected):
            return f"{path.name}: the library's bytes differ"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    photos = parser.parse_args().photos
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = pictures(photos, pathlib.Path(folder))
        for row in rows():
            with tempfile.TemporaryDirectory() as own:
                problem = compare(row, pathlib.Path(own), paths)
            failures += problem is not None
            print(f"{row.name}: {problem or f'equal on {len(paths)} pictures'}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
