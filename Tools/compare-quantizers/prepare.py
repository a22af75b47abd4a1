#!/usr/bin/env python3
"""prepare.py FOLDER makes what all rows of the case in FOLDER share: pixels, labels, and the float network as ONNX."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

from case import Case
from pictures import Folder, write_pixels

warnings.filterwarnings("ignore")  # the exporter uses deprecated functions


def main() -> None:
    case = Case.load(Path(sys.argv[1]))
    calibration, images = Folder(Path(case.calibration)), Folder(Path(case.images))
    model = case.folder / "preparation.rn8"  # made quickly: only its preparation of pictures is used
    quick = case.own_command(model, ["--samples", "1", "--rounding", "nearest"])
    result = subprocess.run(quick, capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr.strip())
    write_pixels(calibration.sample(case.samples), model, case.folder / "calibration.npy")
    write_pixels(images.paths, model, case.folder / "images.npy")

    example = torch.from_numpy(case.floats(np.load(case.folder / "calibration.npy", mmap_mode="r")[:1]))
    with torch.inference_mode():
        class_count = case.module(example).shape[1]
    labels = images.classes if images.class_count == class_count else [-1] * len(images.paths)
    np.save(case.folder / "labels.npy", np.array(labels))
    torch.onnx.export(case.module, (example,), case.onnx, input_names=["input"], output_names=["logits"], dynamo=True,
                      external_data=False, verbose=False)


if __name__ == "__main__":
    main()
