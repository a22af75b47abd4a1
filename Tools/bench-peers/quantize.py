"""Each peer's own post-training quantization to int8, with the settings its documentation recommends for x86."""

import warnings
from pathlib import Path

import nncf
import numpy as np
import onnxruntime.quantization as ort
import openvino
import torch
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

nncf.set_log_level(30)


def for_openvino(_: torch.nn.Module, onnx: Path, images: torch.Tensor, output: Path) -> None:
    """Quantizes with NNCF's defaults: the performance preset (symmetric) and fast bias correction."""
    samples = nncf.Dataset(list(images.split(1)), lambda image: {"input": image.numpy()})
    quantized = nncf.quantize(openvino.convert_model(onnx), samples, subset_size=len(images))
    openvino.save_model(quantized, output)


class CalibrationImages(ort.CalibrationDataReader):
    def __init__(self, images: torch.Tensor):
        self.rest = iter(images.split(1))

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self.rest, None)
        return None if image is None else {"input": image.numpy()}


def for_onnxruntime(_: torch.nn.Module, onnx: Path, images: torch.Tensor, output: Path) -> None:
    """Quantizes in QDQ form with weights per channel, after ONNX Runtime's own pre-processing, which folds batch norms.

    Activations are u8: on x86 the runtime turns s8 into u8 anyway when it loads a model.
    """
    folded = output.with_suffix(".folded")
    quant_pre_process(onnx, folded)
    ort.quantize_static(
        folded, output, CalibrationImages(images), quant_format=ort.QuantFormat.QDQ, per_channel=True,
        activation_type=ort.QuantType.QUInt8, weight_type=ort.QuantType.QInt8)
    folded.unlink()


def for_pytorch(network: torch.nn.Module, _: Path, images: torch.Tensor, output: Path) -> None:
    """Quantizes in FX graph mode with the x86 backend's defaults. Tracing and freezing then leave no Python in it."""
    warnings.filterwarnings("ignore")
    torch.backends.quantized.engine = "x86"
    prepared = prepare_fx(network, get_default_qconfig_mapping("x86"), (images[:1],))
    with torch.inference_mode():
        for image in images.split(1):
            prepared(image)
        quantized = convert_fx(prepared)
        traced = torch.jit.freeze(torch.jit.trace(quantized, images[:1]).eval())
    torch.jit.save(traced, output)


PEERS = {
    "openvino": ("xml", for_openvino),
    "onnxruntime": ("onnx", for_onnxruntime),
    "pytorch": ("pt", for_pytorch),
}
