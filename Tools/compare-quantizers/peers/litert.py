"""LiteRT, converted by litert-torch and quantized by AI Edge Quantizer's recipe `static_wi8_ai8`. The variant is how
the pictures' ranges become one: moving averages, its default, or min-max. Averages depend on the order of the pictures,
so they are shuffled. It runs by LiteRT, whose input and logits are int8 too. The CPU seconds contain the conversion.
"""

from typing import Callable

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import calibrator, quantizer, recipe, recipe_manager
from ai_edge_quantizer.utils import qsv_utils

from case import Case

SIGNATURE = "serving_default"


def quantize(case: Case, pictures: np.ndarray, update: str) -> Callable[[np.ndarray], np.ndarray]:
    float_model, quantized = (str(case.folder / name) for name in ("float.tflite", "quantized.tflite"))
    litert_torch.convert(case.module, (torch.from_numpy(case.floats(pictures[:1])),)).export(float_model)
    static = recipe.static_wi8_ai8()
    manager = recipe_manager.RecipeManager()
    manager.load_quantization_recipe(static)
    ranges = calibrator.Calibrator(float_model, qsv_update_func=getattr(qsv_utils, update))
    shuffled = np.random.default_rng(1).permutation(pictures)
    ranges.calibrate({SIGNATURE: [{"args_0": case.floats(picture[None])} for picture in shuffled]}, manager)
    tool = quantizer.Quantizer(float_model, static)
    tool.quantize(ranges.get_model_qsvs()).export_model(quantized, overwrite=True)
    run = Interpreter(quantized).get_signature_runner(SIGNATURE)
    (input_scale, input_zero), = (tensor["quantization"] for tensor in run.get_input_details().values())
    (output_scale, output_zero), = (tensor["quantization"] for tensor in run.get_output_details().values())

    def logits(picture: np.ndarray) -> np.ndarray:
        codes = np.rint(case.floats(picture[None]) / np.float32(input_scale)) + input_zero
        (output,) = run(args_0=codes.clip(-128, 127).astype(np.int8)).values()
        return np.float32(output_scale) * (output.astype(np.float32) - output_zero)
    return lambda pixels: np.concatenate([logits(picture) for picture in pixels])
