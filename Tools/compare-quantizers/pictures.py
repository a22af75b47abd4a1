"""The pictures of a folder: which ones resnet-quantize takes, and their bytes as the network gets them."""

import os
from pathlib import Path

import numpy as np

SUFFIXES = {".jpg", ".jpeg", ".png"}


class Folder:
    """JPEGs and PNGs at any depth, in the order of resnet-quantize: those of the folder itself, then class by class."""

    def __init__(self, path: Path):
        if not path.is_dir():
            raise SystemExit(f"{path}: no such folder; give one with JPEGs or PNGs")
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))
        own, folders = pictures_in(path, names), [name for name in names if is_folder(path / name)]
        self.paths, self.classes = own, [-1] * len(own)
        for index, name in enumerate(folders):
            below = pictures_below(path / name)
            self.paths += below
            self.classes += [index] * len(below)
        if not self.paths:
            raise SystemExit(f"{path}: no JPEG or PNG in this folder or below")
        self.class_count = len(folders)

    def sample(self, count: int) -> list[Path]:
        """The pictures that `resnet-quantize --samples` takes: each class has its share, evenly spaced."""
        members: dict[int, list[int]] = {}
        for index, class_index in enumerate(self.classes):
            members.setdefault(class_index, []).append(index)
        ordered = sorted(members.values(), key=lambda indices: (len(indices), indices[0]))
        remaining, chosen = min(count, len(self.paths)), []
        for i, indices in enumerate(ordered):
            share = min(len(indices), remaining // (len(ordered) - i))
            chosen += [indices[j * len(indices) // share] for j in range(share)]
            remaining -= share
        return [self.paths[index] for index in sorted(chosen)]


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def pictures_in(folder: Path, names: list[str]) -> list[Path]:
    return [folder / name for name in names if Path(name).suffix.lower() in SUFFIXES and (folder / name).is_file()]


def pictures_below(top: Path) -> list[Path]:
    """Those of each folder from `top` down: sorted by the folder's path, then by name."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.append((folder, sorted(name for name in names if not name.startswith("."))))
    return [path for folder, names in sorted(found) for path in pictures_in(Path(folder), names)]


def write_pixels(paths: list[Path], model: Path, output: Path) -> None:
    """Writes the bytes (count, height, width, 3) that resnet_int8_prepare makes of the pictures for `model`."""
    from own_library import Preparation
    from PIL import Image
    prepare = Preparation(model)
    pixels = np.lib.format.open_memmap(output, "w+", np.uint8, (len(paths), *prepare.pixels.shape))
    for row, path in zip(pixels, paths):
        with Image.open(path) as image:
            row[:] = prepare(np.array(image.convert("RGB")))
    pixels.flush()
