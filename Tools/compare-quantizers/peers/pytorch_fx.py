"""PyTorch's FX graph mode with the defaults of its x86 backend: histograms for activations, in 7 bits
(`reduce_range`), and weights per channel. It runs by PyTorch's int8 kernels.
"""

from typing import Callable

import numpy as np
import torch
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

from case import Case
from peers.float32 import inference


def quantize(case: Case, pictures: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    torch.backends.quantized.engine = "x86"
    example = torch.from_numpy(case.floats(pictures[:1]))
    prepared = prepare_fx(case.module, get_default_qconfig_mapping("x86"), (example,))
    calibrate = inference(case, prepared)
    for picture in pictures:
        calibrate(picture[None])
    return inference(case, convert_fx(prepared))
