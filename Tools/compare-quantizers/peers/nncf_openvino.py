"""NNCF's post-training quantization for OpenVINO. The variant is its preset (performance: symmetric activations;
mixed: asymmetric ones) and its bias correction; performance with the fast one is its default. It runs by OpenVINO with
the inference precision f32, since its default on processors with AMX rounds what is not in int8 to bfloat16.
"""

from typing import Callable

import nncf
import numpy as np
import openvino
from openvino.properties.hint import inference_precision

from case import Case

nncf.set_log_level(30)


def quantize(case: Case, pictures: np.ndarray, preset: str, fast: bool) -> Callable[[np.ndarray], np.ndarray]:
    samples = nncf.Dataset(pictures, lambda picture: {"input": case.floats(picture[None])})
    quantized = nncf.quantize(
        openvino.convert_model(case.onnx), samples, subset_size=len(pictures), preset=nncf.QuantizationPreset[preset],
        fast_bias_correction=fast)
    compiled = openvino.compile_model(quantized, "CPU", {inference_precision: openvino.Type.f32})
    return lambda pixels: np.concatenate([compiled(case.floats(picture[None]))[0] for picture in pixels])
