"""The float network that all others are compared with. Nothing is quantized."""

from typing import Any, Callable

import numpy as np
import torch

from case import Case


def quantize(case: Case, pictures: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return inference(case, case.module)


def inference(case: Case, module: Any) -> Callable[[np.ndarray], np.ndarray]:
    """The function from pixels to logits that a module of PyTorch is."""
    def logits(pixels: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return module(torch.from_numpy(case.floats(pixels))).numpy()
    return logits
