"""A network to quantize, how its pictures become its input, and its folder in build/compare-quantizers."""

import ast
import functools
import importlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/compare-quantizers"
sys.path.append(str(ROOT / "Tools/scripts"))


def called(expression: str) -> Any:
    """The result of a call such as "torchvision.models.resnet18(num_classes=10)": a dotted name, and literals.

    Modules are found on PYTHONPATH and in Tools/scripts, which has `networks`, the ResNets for CIFAR.
    """
    remedy = f'{expression}: give a call with literals, such as "torchvision.models.resnet18(num_classes=10)"'
    try:
        call = ast.parse(expression, mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError(remedy)
        module, _, name = ast.unparse(call.func).rpartition(".")
        values = [ast.literal_eval(value) for value in call.args]
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    except SyntaxError:
        raise ValueError(remedy) from None
    if not all(part.isidentifier() for part in [*module.split("."), name]):
        raise ValueError(remedy)
    return getattr(importlib.import_module(module), name)(*values, **named)


@dataclass(frozen=True)
class Case:
    name: str
    network: str
    """The call that makes the PyTorch network."""
    checkpoint: str
    calibration: str
    images: str
    samples: int
    """The most calibration pictures."""
    mean: list[float]
    std: list[float]
    options: list[str]
    """Options of resnet-quantize about the network and its pictures, but for mean and deviation."""
    note: str
    """A sentence for the page about the checkpoint and the pictures."""

    @property
    def folder(self) -> Path:
        return BUILD / self.name

    @property
    def onnx(self) -> Path:
        """The float network, for a batch of one picture: (1, 3, height, width) named "input" to "logits"."""
        return self.folder / "float.onnx"

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "case.json").write_text(json.dumps(asdict(self)))

    @staticmethod
    def load(folder: Path) -> "Case":
        return Case(**json.loads((folder / "case.json").read_text()))

    @functools.cached_property
    def module(self) -> Any:
        """The float network in PyTorch, with the checkpoint's weights, for inference."""
        import any_torchvision  # noqa: F401  torchvision must be imported so
        import torch
        network = called(self.network)
        if self.checkpoint.endswith(".safetensors"):
            from safetensors.torch import load_file
            tensors = load_file(self.checkpoint)
        else:
            tensors = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        tensors = tensors.get("state_dict", tensors)
        network.load_state_dict({name.removeprefix("module."): tensor for name, tensor in tensors.items()})
        return network.eval()

    def floats(self, pixels: np.ndarray) -> np.ndarray:
        """The network's input (count, 3, height, width) of bytes (count, height, width, 3), in float32.

        These are torchvision's ToTensor and Normalize.
        """
        scaled = pixels.astype(np.float32) / np.float32(255)
        normalized = (scaled - np.float32(self.mean)) / np.float32(self.std)
        return np.ascontiguousarray(normalized.transpose(0, 3, 1, 2))

    def own_command(self, output: Path, options: list[str]) -> list[str]:
        """The command with which this project quantizes."""
        def joined(values: list[float]) -> str:
            return ",".join(map(str, values))

        return [str(ROOT / "build/bin/resnet-quantize"), self.checkpoint, "--calibration", self.calibration,
                "--samples", str(self.samples), "--mean", joined(self.mean), "--std", joined(self.std),
                "--output", str(output), *self.options, *options]
