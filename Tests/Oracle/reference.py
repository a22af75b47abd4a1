"""The logits of a model, computed slowly in exact integers, as docs/numerics.md says and from nothing else."""

from dataclasses import dataclass

import numpy as np

from model import AveragePooling, Convolution, Head, Identity, MaxPooling, Model, Projection, Size, Tensor, Window


def saturate(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.minimum(np.maximum(values, low), high)


def accumulator(values: np.ndarray) -> np.ndarray:
    """The values, which an Int32 must hold."""
    if values.size and not -(2**31) <= values.min() <= values.max() < 2**31:
        raise OverflowError("an accumulator leaves 32 bits, and the model's checker should have refused it")
    return values


def with_halo(codes: np.ndarray, tensor: Tensor) -> np.ndarray:
    halo, (height, width) = tensor.halo, tensor.size
    padded = np.empty((height + 2 * halo, width + 2 * halo, tensor.channels), np.int64)
    padded[:] = tensor.fill
    padded[halo : halo + height, halo : halo + width] = codes
    return padded


def window_sums(codes: np.ndarray, tensor: Tensor, window: Window, weights: np.ndarray, size: Size) -> np.ndarray:
    """The sum of input * weight, of each output pixel and output channel."""
    padded = with_halo(codes, tensor)
    height, width = size
    sums = np.zeros((height, width, len(weights)), np.int64)
    inputs, outputs = tensor.channels // window.groups, len(weights) // window.groups
    for row in range(window.kernel_height):
        for column in range(window.kernel_width):
            top = tensor.halo - window.padding + row * window.dilation
            left = tensor.halo - window.padding + column * window.dilation
            rows = slice(top, top + (height - 1) * window.stride + 1, window.stride)
            columns = slice(left, left + (width - 1) * window.stride + 1, window.stride)
            for group in range(window.groups):
                read = padded[rows, columns, group * inputs : (group + 1) * inputs]
                written = slice(group * outputs, (group + 1) * outputs)
                sums[:, :, written] += read @ weights[written, row, column].T
    return sums


@dataclass
class Contents:
    """What a tensor holds. Remainders are None where it has none."""

    codes: np.ndarray
    remainders: np.ndarray | None = None


def shortcut_value(shortcut: Identity | Projection, read: Contents, tensor: Tensor, size: Size) -> np.ndarray:
    if isinstance(shortcut, Identity):
        return read.codes << 7 if read.remainders is None else 256 * read.codes + read.remainders - 2**15
    sums = shortcut.bias + window_sums(read.codes, tensor, shortcut.window, shortcut.weights, size)
    if read.remainders is not None:
        packed = tensor.without_halo()
        sums = sums + (window_sums(read.remainders, packed, shortcut.window, shortcut.weights, size) >> 8)
    return saturate(accumulator(sums) >> shortcut.own_shift, -(2**15), 2**15 - 1)


def convolve(layer: Convolution, contents: dict[int, Contents], tensors: list[Tensor]) -> Contents:
    output = tensors[layer.output]
    codes = contents[layer.input].codes
    sums = window_sums(codes, tensors[layer.input], layer.window, layer.weights, output.size) + layer.bias
    if layer.shortcut:
        source = layer.shortcut.tensor
        value = shortcut_value(layer.shortcut, contents[source], tensors[source], output.size)
        sums = sums + (value * layer.shortcut.multiplier >> layer.shortcut.shift)
    shifted = saturate(accumulator(sums) >> layer.shift, -(2**15), 2**15 - 1)
    product = np.maximum(shifted, 0) * layer.multiplier + 2**14
    return Contents(saturate(product >> 15, 0, 255), product >> 7 & 255 if output.has_remainders else None)


def max_pool(layer: MaxPooling, read: Contents, output: Tensor) -> Contents:
    """The largest values, in which remainders count where the output has some."""
    if not output.has_remainders:
        return Contents(pool(layer, read.codes, output.size))
    largest = pool(layer, 256 * read.codes + read.remainders, output.size)
    return Contents(largest >> 8, largest & 255)


def pool(layer: MaxPooling, codes: np.ndarray, size: Size) -> np.ndarray:
    """The largest value of each window, or the mean of its codes, halves up. Nothing outside the input counts."""
    height, width = size
    window = layer.window
    pooled = np.empty((height, width, codes.shape[2]), np.int64)
    for y in range(height):
        for x in range(width):
            top, left = y * window.stride - window.padding, x * window.stride - window.padding
            inside = codes[max(top, 0):top + window.kernel_height, max(left, 0):left + window.kernel_width]
            if isinstance(layer, AveragePooling):
                count = inside.shape[0] * inside.shape[1]
                pooled[y, x] = (2 * inside.sum(axis=(0, 1)) + count) // (2 * count)
            else:
                pooled[y, x] = inside.max(axis=(0, 1))
    return pooled


def head_logits(layer: Head, read: Contents) -> np.ndarray:
    values = read.codes if read.remainders is None else 256 * read.codes + read.remainders
    pooled = values.sum(axis=(0, 1))
    sums = pooled[: len(layer.scale)] if layer.weights is None else layer.weights @ pooled
    with np.errstate(over="ignore", under="ignore"):
        products = sums.astype(np.float32) * layer.scale
        return products + layer.bias


def logits(model: Model, image: np.ndarray) -> np.ndarray:
    """The logits of an image, which has the shape height, width, channels."""
    contents = {0: Contents(image.astype(np.int64))}
    for layer in model.layers:
        if isinstance(layer, Convolution):
            contents[layer.output] = convolve(layer, contents, model.tensors)
        elif isinstance(layer, AveragePooling):
            size = model.tensors[layer.output].size
            contents[layer.output] = Contents(pool(layer, contents[layer.input].codes, size))
        elif isinstance(layer, MaxPooling):
            contents[layer.output] = max_pool(layer, contents[layer.input], model.tensors[layer.output])
        else:
            return head_logits(layer, contents[layer.input])
    raise ValueError("no head")
