"""The networks that are timed, and where their files lie. Light: the workers import it too."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/bench-peers"


@dataclass(frozen=True)
class Model:
    name: str
    title: str
    size: int
    """Height and width of the input, pixels."""
    limited: tuple[str, ...] = ()
    """Instruction sets below the processor's best to which this network is limited too, in a comparison of its own."""
    warmups: int = 2
    repeats: int = 3
    """Inferences at the start of a turn that are not timed, and those after them that are."""

    @property
    def folder(self) -> Path:
        return BUILD / "models" / self.name

    @property
    def is_own_checkpoint(self) -> bool:
        return self.name.endswith("fashion-mnist")


# Small networks take a tenth of a millisecond, less than it takes the caches and branch predictors to be theirs again.
SMALL = {"warmups": 20, "repeats": 20}

MODELS = [
    Model("resnet18", "ResNet-18", 224, ("avx512vnni", "avx2")),
    Model("resnet34", "ResNet-34", 224, ("avx512vnni",)),
    Model("resnet50", "ResNet-50", 224, ("avx512vnni", "avx2")),
    Model("resnet101", "ResNet-101", 224, ("avx512vnni",)),
    Model("resnext50_32x4d", "ResNeXt-50 32x4d", 224, ("avx512vnni",)),
    Model("cifar-resnet20", "CIFAR ResNet-20", 32, ("avx512vnni",), **SMALL),
    Model("resnet20-fashion-mnist", "ResNet-20, Fashion-MNIST, 28x28", 28, ("avx512vnni",), **SMALL),
    Model("bottleneck-fashion-mnist", "bottleneck ResNet, Fashion-MNIST, 56x56", 56, ("avx512vnni",), **SMALL),
]

EMPTY = Model("empty", "nothing", 2, **SMALL)
"""A rectification of 12 numbers (for us, a call that returns at once): what a call itself costs."""
