"""Imports torchvision, also where its compiled operators do not fit the installed torch.

PyPI's torchvision is compiled for PyPI's torch. Beside a CPU-only torch its operators do not load, and its Python side,
which is all that this project's scripts use, asks for the names of two of them.
"""

import sys

import torch

try:
    import torchvision
except RuntimeError:
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    operators = torch.library.Library("torchvision", "DEF")
    for name in "nms", "qnms":
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

__all__ = ["torchvision"]
