"""This project's preparation of pictures, through ctypes."""

import ctypes
from pathlib import Path

import numpy as np

from runtimes.resnet_int8_session import Info, aligned_buffer, check, library

RGB = 0


class Preparation:
    """Makes a picture the input of a model, as resnet_int8_prepare does."""

    def __init__(self, model: Path):
        self.model, info, self.network = np.fromfile(model, np.uint8), Info(), ctypes.c_void_p()
        pointer, size = ctypes.c_void_p(self.model.ctypes.data), ctypes.c_size_t(self.model.size)
        check(library.resnet_int8_inspect(pointer, size, ctypes.byref(info), ctypes.c_size_t(ctypes.sizeof(info))))
        self.arena = aligned_buffer(info.recommended_arena, info.arena_alignment)
        check(library.resnet_int8_open(pointer, size, ctypes.c_void_p(self.arena.ctypes.data),
                                       ctypes.c_size_t(info.recommended_arena), ctypes.byref(self.network)))
        self.pixels = np.empty((info.input_height, info.input_width, info.input_channels), np.uint8)
        self.class_count = info.class_count
        self.scratch = np.empty(0, np.uint8)

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """Takes height x width x 3 bytes, and returns memory that the next call overwrites."""
        height, width, _ = picture.shape
        scratch_size = ctypes.c_size_t()
        check(library.resnet_int8_prepare_scratch(self.network, width, height, RGB, ctypes.byref(scratch_size)))
        if self.scratch.size < scratch_size.value:
            self.scratch = np.empty(scratch_size.value, np.uint8)
        check(library.resnet_int8_prepare(
            self.network, ctypes.c_void_p(picture.ctypes.data), width, height, ctypes.c_size_t(3 * width), RGB,
            ctypes.c_void_p(self.scratch.ctypes.data), scratch_size, ctypes.c_void_p(self.pixels.ctypes.data)))
        return self.pixels
