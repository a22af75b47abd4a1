"""ONNX Runtime's static quantization: `quant_pre_process` and `quantize_static` in QDQ form, u8 activations, s8 weights
per channel. The variant is its calibration method, with that method's defaults. It runs by ONNX Runtime.
"""

from typing import Callable

import numpy as np
import onnxruntime
import onnxruntime.quantization as ort
from onnxruntime.quantization.shape_inference import quant_pre_process

from case import Case


class Pictures(ort.CalibrationDataReader):
    def __init__(self, case: Case, pictures: np.ndarray):
        self.rest = ({"input": case.floats(picture[None])} for picture in pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.rest, None)


def quantize(case: Case, pictures: np.ndarray, method: str) -> Callable[[np.ndarray], np.ndarray]:
    folded, quantized = case.folder / "folded.onnx", case.folder / "quantized.onnx"
    quant_pre_process(case.onnx, folded)
    ort.quantize_static(
        folded, quantized, Pictures(case, pictures), quant_format=ort.QuantFormat.QDQ, per_channel=True,
        activation_type=ort.QuantType.QUInt8, weight_type=ort.QuantType.QInt8,
        calibrate_method=ort.CalibrationMethod[method])
    session = onnxruntime.InferenceSession(quantized, providers=["CPUExecutionProvider"])
    return lambda pixels: np.concatenate(
        [session.run(None, {"input": case.floats(picture[None])})[0] for picture in pixels])
