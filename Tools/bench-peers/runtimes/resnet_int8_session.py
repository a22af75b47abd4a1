"""This project's library, through ctypes."""

import ctypes
import mmap
from pathlib import Path

import numpy as np

from models import BUILD, ROOT

library = ctypes.CDLL(str(ROOT / "build/lib/libresnet_int8.so"))
library.resnet_int8_status_string.restype = ctypes.c_char_p
library.resnet_int8_kernels.restype = ctypes.c_char_p


class Info(ctypes.Structure):
    """The structure resnet_int8_info of the header."""
    _fields_ = [(name, ctypes.c_uint32) for name in (
        "input_height", "input_width", "input_channels", "class_count", "layer_count", "arena_alignment")]
    _fields_ += [(name, ctypes.c_size_t) for name in ("smallest_arena", "recommended_arena", "fastest_arena")]
    _fields_ += [("multiply_accumulates", ctypes.c_uint64)]


def check(status: int) -> None:
    if status:
        raise RuntimeError(library.resnet_int8_status_string(status).decode())


def aligned_buffer(byte_count: int, alignment: int) -> np.ndarray:
    bytes_ = np.zeros(byte_count + alignment, np.uint8)
    return bytes_[-bytes_.ctypes.data % alignment:][:byte_count]


class Session:
    def __init__(self, folder: Path, threads: int, kernels: str, arena: str):
        if folder.name == "empty":
            self.run, self.instruction_set = library.resnet_int8_version, None
            return
        with open(folder / "resnet-int8.rn8", "rb") as file:
            self.model = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # ctypes takes no read-only buffer
        model = ctypes.byref(ctypes.c_char.from_buffer(self.model))
        size = ctypes.c_size_t(len(self.model))
        info, network = Info(), ctypes.c_void_p()
        info_size = ctypes.c_size_t(ctypes.sizeof(info))
        if kernels:
            check(library.resnet_int8_inspect_kernels(model, size, kernels.encode(), ctypes.byref(info), info_size))
        else:
            check(library.resnet_int8_inspect(model, size, ctypes.byref(info), info_size))
        self.arena = aligned_buffer(getattr(info, f"{arena}_arena"), info.arena_alignment)
        check(library.resnet_int8_open(
            model, size, ctypes.c_void_p(self.arena.ctypes.data), ctypes.c_size_t(self.arena.size),
            ctypes.byref(network)))
        if kernels:
            check(library.resnet_int8_select_kernels(network, kernels.encode()))
        self.instruction_set = library.resnet_int8_kernels(network).decode()
        self.pixels = np.load(folder / "pixels.npy")
        self.output = np.zeros(info.class_count, np.float32)
        pixels, output = ctypes.c_void_p(self.pixels.ctypes.data), ctypes.c_void_p(self.output.ctypes.data)
        if threads == 1:
            function, first = library.resnet_int8_run, network
        else:
            workers = ctypes.CDLL(str(BUILD / "libworkers.so"))
            workers.workers_start.restype = ctypes.c_void_p
            function, first = workers.workers_run, ctypes.c_void_p(workers.workers_start(network, threads))
        check(function(first, pixels, output))
        self.run = lambda: function(first, pixels, output)

    def logits(self) -> np.ndarray:
        return self.output
