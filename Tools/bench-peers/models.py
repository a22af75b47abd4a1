"""The networks that are timed, and where their files lie. It imports little, since the workers import it too."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/bench-peers"


@dataclass(frozen=True)
class Model:
    name: str
    title: str
    size: int
    """The height and the width of the input, in pixels."""
    limited: tuple[str, ...] = ()
    """The instruction sets below the processor's best with which this network is compared too."""
    warmups: int = 2
    repeats: int = 3
    """A turn begins with `warmups` inferences that are not timed. `repeats` timed ones follow."""

    @property
    def folder(self) -> Path:
        return BUILD / "models" / self.name

    @property
    def is_own_checkpoint(self) -> bool:
        return self.name.endswith("fashion-mnist")


# Small networks take a tenth of a millisecond, which is less than caches and branch predictors need to become theirs
# again. Therefore their turns have more inferences.
SMALL = {"warmups": 20, "repeats": 20}

MODELS = [
    Model("resnet18", "ResNet-18", 224, ("avx512vnni", "avx2")),
    Model("resnet34", "ResNet-34", 224, ("avx512vnni", "avx2")),
    Model("resnet50", "ResNet-50", 224, ("avx512vnni", "avx2")),
    Model("resnet101", "ResNet-101", 224, ("avx512vnni",)),
    Model("resnext50_32x4d", "ResNeXt-50 32x4d", 224, ("avx512vnni",)),
    Model("cifar-resnet20", "CIFAR ResNet-20", 32, ("avx512vnni", "avx2"), **SMALL),
    Model("resnet20-fashion-mnist", "ResNet-20, Fashion-MNIST, 28x28", 28, ("avx512vnni",), **SMALL),
    Model("bottleneck-fashion-mnist", "bottleneck ResNet, Fashion-MNIST, 56x56", 56, ("avx512vnni",), **SMALL),
]

EMPTY = Model("empty", "nothing", 2, **SMALL)
"""The network for the cost of a call: a rectification of 12 numbers, and for ours a function that returns at once."""
