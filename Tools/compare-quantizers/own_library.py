"""This project's library, as `make bench-peers` reaches it."""

import ctypes
import sys

import numpy as np

from case import ROOT

sys.path.append(str(ROOT / "Tools/bench-peers"))
from runtimes.preparation import Preparation
from runtimes.resnet_int8_session import check, library

__all__ = ["Preparation", "run"]


def run(opened: Preparation, pixels: np.ndarray, logits: np.ndarray) -> None:
    """Fills `logits` with those of one picture."""
    check(library.resnet_int8_run(
        opened.network, ctypes.c_void_p(pixels.ctypes.data), ctypes.c_void_p(logits.ctypes.data)))
