"""OpenVINO through its C interface, so that a call costs as little as ours does. Its package has the C library."""

import ctypes
import importlib.util
from pathlib import Path

import numpy as np

package = Path(importlib.util.find_spec("openvino").origin).parent
library = ctypes.CDLL(str(next(package.glob("libs/libopenvino_c.so*"))))
library.ov_get_last_err_msg.restype = ctypes.c_char_p


def call(name: str, *arguments: object) -> None:
    if getattr(library, name)(*arguments):
        raise RuntimeError(f"{name}: {library.ov_get_last_err_msg().decode()}")


def created(name: str, *arguments: object) -> ctypes.c_void_p:
    """Calls a function and returns the pointer that it writes to its last parameter."""
    result = ctypes.c_void_p()
    call(name, *arguments, ctypes.byref(result))
    return result


class Session:
    instruction_set = None

    def __init__(self, folder: Path, threads: int, kernels: str | None = None):
        settings = [b"PERFORMANCE_HINT", b"LATENCY", b"INFERENCE_NUM_THREADS", str(threads).encode()]
        core, model = created("ov_core_create"), ctypes.c_void_p()
        call("ov_core_compile_model_from_file", core, str(folder / "openvino.xml").encode(), b"CPU",
             ctypes.c_size_t(len(settings)), ctypes.byref(model), *settings)
        self.request = created("ov_compiled_model_create_infer_request", model)
        source = np.load(folder / "input.npy")
        tensor = created("ov_infer_request_get_input_tensor", self.request)
        ctypes.memmove(created("ov_tensor_data", tensor), source.ctypes.data, source.nbytes)
        request, infer = self.request, library.ov_infer_request_infer
        call("ov_infer_request_infer", request)
        self.run = lambda: infer(request)

    def logits(self) -> np.ndarray:
        tensor, byte_count = created("ov_infer_request_get_output_tensor", self.request), ctypes.c_size_t()
        call("ov_tensor_get_byte_size", tensor, ctypes.byref(byte_count))
        floats = ctypes.cast(created("ov_tensor_data", tensor), ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(floats, (byte_count.value // 4,))
