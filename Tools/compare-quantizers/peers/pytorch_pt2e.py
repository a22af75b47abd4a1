"""PyTorch's PT2E by torchao: `X86InductorQuantizer` with its default configuration. It runs as the graph that it
makes, in float32 between operators that quantize and dequantize.
"""

from typing import Callable

import numpy as np
import torch
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86

from case import Case
from peers.float32 import inference


def quantize(case: Case, pictures: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    example = torch.from_numpy(case.floats(pictures[[0, 0]]))  # a batch of 1 would make 1 a constant of the graph
    any_batch = ({0: torch.export.Dim("batch")},)
    quantizer = x86.X86InductorQuantizer().set_global(x86.get_default_x86_inductor_quantization_config())
    prepared = prepare_pt2e(torch.export.export(case.module, (example,), dynamic_shapes=any_batch).module(), quantizer)
    calibrate = inference(case, prepared)
    for picture in pictures:
        calibrate(picture[None])
    return inference(case, convert_pt2e(prepared))
