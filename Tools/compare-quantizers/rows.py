"""The rows of the comparison: each tool, and its variants with the settings that its module in `peers` takes."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Peer:
    module: str
    """The module in `peers`; `requirements` has a file of the same name where it needs packages of its own."""
    title: str
    packages: list[str]
    """The packages whose versions the page names."""
    variants: dict[str, dict[str, Any]]


FLOAT, OWN = "float32", "own"

PEERS = [
    Peer(FLOAT, "PyTorch float32", ["torch"], {"": {}}),
    Peer(OWN, "resnet-int8", [], {
        "defaults": {"options": []},
        "residuals in 8 bits": {"options": ["--residual-bits", "8"]},
        "nearest rounding": {"options": ["--rounding", "nearest"]},
        "nearest rounding, residuals in 8 bits": {"options": ["--rounding", "nearest", "--residual-bits", "8"]},
        "min-max": {"options": ["--method", "min-max"]},
        "min-max, nearest rounding": {"options": ["--method", "min-max", "--rounding", "nearest"]},
    }),
    Peer("onnxruntime_qdq", "ONNX Runtime", ["onnxruntime"], {
        "min-max": {"method": "MinMax"},
        "percentile": {"method": "Percentile"},
        "entropy": {"method": "Entropy"},
    }),
    Peer("nncf_openvino", "NNCF", ["nncf", "openvino"], {
        "performance, fast bias correction": {"preset": "PERFORMANCE", "fast": True},
        "performance, full bias correction": {"preset": "PERFORMANCE", "fast": False},
        "mixed, fast bias correction": {"preset": "MIXED", "fast": True},
        "mixed, full bias correction": {"preset": "MIXED", "fast": False},
    }),
    Peer("pytorch_fx", "PyTorch FX", ["torch"], {"x86": {}}),
    Peer("pytorch_pt2e", "PyTorch PT2E", ["torchao"], {"x86": {}}),
    Peer("litert", "LiteRT", ["litert-torch", "ai-edge-quantizer", "ai-edge-litert"], {
        "moving averages": {"update": "moving_average_update"},
        "min-max": {"update": "min_max_update"},
    }),
]

ROWS = [(peer, variant) for peer in PEERS for variant in peer.variants]


def logits_file(peer: Peer, variant: str) -> str:
    """The name of the file for a row's logits; its log and its seconds have other suffixes."""
    return "-".join([peer.module, *re.findall("[a-z0-9]+", variant.lower())]) + ".npy"
