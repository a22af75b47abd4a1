"""This project: `resnet-quantize` with its defaults (ranges by least squared error, weights rounded by error spreading,
residual sums in 16 bits), or with the options that the variant names. It runs by the C library in int8. The CPU
seconds contain the start of the process, and the reading of the checkpoint and of the pictures.
"""

import subprocess
from typing import Callable

import numpy as np

from case import Case
from own_library import Preparation, run


def quantize(case: Case, pictures: np.ndarray, options: list[str]) -> Callable[[np.ndarray], np.ndarray]:
    model = case.folder / "own.rn8"
    result = subprocess.run(case.own_command(model, options), capture_output=True, text=True)
    if result.returncode:
        print(result.stderr)
        raise RuntimeError(result.stderr.splitlines()[0])
    opened = Preparation(model)

    def logits(pixels: np.ndarray) -> np.ndarray:
        rows = np.empty((len(pixels), opened.class_count), np.float32)
        for picture, row in zip(pixels, rows):
            run(opened, picture, row)
        return rows
    return logits
