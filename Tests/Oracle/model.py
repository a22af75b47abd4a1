"""A quantized network, as docs/file-format.md describes it: tensors, and the layers that read and write them.

Arrays hold int64, and weights are in the order output channel, row, column, input channel of the group.
"""

from dataclasses import dataclass, field, replace

import numpy as np

Size = tuple[int, int]
"""A height and a width in pixels."""


@dataclass
class Tensor:
    height: int
    width: int
    channels: int
    halo: int
    fill: list[int]
    """The halo's code: one a channel for the image, a single one for other tensors."""
    offset: int = 0
    has_remainders: bool = False
    remainders: int = 0
    """The offset of the remainders, where there are some."""
    streamed_rows: int | None = None
    """The rows in memory of a tensor that is streamed; None where all are."""

    @property
    def rows(self) -> int:
        """The rows in memory."""
        return self.height if self.streamed_rows is None else self.streamed_rows

    @property
    def size(self) -> Size:
        return self.height, self.width

    @property
    def byte_count(self) -> int:
        """The bytes of the arena that the tensor takes."""
        count = (self.rows + 2 * self.halo) * (self.width + 2 * self.halo) * self.channels
        if self.channels % 4 != 0:
            count += 3
        return -(-count // 64) * 64

    @property
    def remainder_byte_count(self) -> int:
        """The bytes of the arena that the remainders take."""
        return -(-self.rows * self.width * self.channels // 64) * 64 if self.has_remainders else 0

    @property
    def end(self) -> int:
        """The first byte of the arena behind the tensor and its remainders."""
        return max(self.offset + self.byte_count, self.remainders + self.remainder_byte_count)

    def without_halo(self) -> "Tensor":
        return replace(self, halo=0)


def planes(summed: Tensor) -> int:
    """The bytes of a channel's sum in the head."""
    return 4 if summed.has_remainders else 3


@dataclass
class Window:
    kernel_height: int
    kernel_width: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1

    def positions(self, input: Tensor, border: int) -> Size:
        """The positions of the window that reach at most `border` pixels below and to the right of the input."""
        def count(length: int, kernel: int) -> int:
            return (self.padding + length + border - self.dilation * (kernel - 1) - 1) // self.stride + 1
        return count(input.height, self.kernel_height), count(input.width, self.kernel_width)

    def depth(self, channels: int) -> int:
        """The products of one output, those with the filling of segments included."""
        if self.groups == 1 and self.dilation == 1:
            segments, byte_count = self.kernel_height, self.kernel_width * channels
        else:
            segments, byte_count = self.kernel_height * self.kernel_width, channels // self.groups
        return segments * -(-byte_count // 4) * 4


@dataclass
class Identity:
    tensor: int
    multiplier: np.ndarray
    shift: np.ndarray


@dataclass
class Projection:
    tensor: int
    window: Window
    weights: np.ndarray
    bias: np.ndarray
    own_shift: np.ndarray
    """projectionShift of the parameters."""
    multiplier: np.ndarray
    shift: np.ndarray


@dataclass
class Convolution:
    input: int
    output: int
    window: Window
    weights: np.ndarray
    bias: np.ndarray
    shift: np.ndarray
    multiplier: np.ndarray
    shortcut: Identity | Projection | None


@dataclass
class MaxPooling:
    input: int
    output: int
    window: Window


@dataclass
class AveragePooling(MaxPooling):
    """The same windows, with another result."""


@dataclass
class Head:
    input: int
    output: int
    weights: np.ndarray | None
    """Of each class and channel; None where the pooled features are the logits."""
    scale: np.ndarray
    bias: np.ndarray


Layer = Convolution | MaxPooling | AveragePooling | Head


@dataclass
class Model:
    tensors: list[Tensor] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    @property
    def class_count(self) -> int:
        return len(self.layers[-1].scale)


def reads(layer: Layer) -> list[int]:
    """The tensors that a layer reads."""
    shortcut = layer.shortcut if isinstance(layer, Convolution) else None
    return [layer.input] + ([shortcut.tensor] if shortcut else [])


def reads_remainders(layer: Layer) -> list[int]:
    """The tensors whose remainders a layer may read, where they have some."""
    if isinstance(layer, Convolution):
        return reads(layer)[1:]
    return [] if isinstance(layer, AveragePooling) else [layer.input]
