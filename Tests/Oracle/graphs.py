"""Random valid models: every kind of layer and every option that docs/file-format.md has, in small tensors."""

import numpy as np

import memory
import values
import windows
from choices import Choices
from model import (AveragePooling, Convolution, Head, Identity, MaxPooling, Model, Projection, Size, Tensor, Window,
                   planes, reads)

PRODUCTS = 1 << 22
"""The largest number of products in a layer, so that the reference takes milliseconds."""


def choose_case(seed: int) -> tuple[Model, np.ndarray]:
    """The model and the image that belong to a seed."""
    choices = Choices(seed)
    model = Builder(choices).build()
    return model, choose_pixels(choices, model.tensors[0])


def choose_pixels(choices: Choices, image: Tensor) -> np.ndarray:
    shape = (*image.size, image.channels)
    style = choices.one_of(["noise", "noise", "noise", "ends", "255", "0"])
    if style == "noise":
        return choices.integers(0, 255, shape)
    return choices.integers(0, 1, shape) * 255 if style == "ends" else np.full(shape, int(style))


def choose_halo(choices: Choices) -> int:
    return choices.one_of([0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, choices.integer(5, 20)])


def choose_image(choices: Choices) -> Tensor:
    longest = choices.one_of([6, 12, 24, 48])
    height, width = choices.integer(1, longest), choices.integer(1, longest)
    channels = choices.integer(1, 4)
    return Tensor(height, width, channels, choose_halo(choices), [choices.integer(0, 255) for _ in range(channels)])


class Builder:
    """Appends layers to a model, each with tensors that it has already."""

    def __init__(self, choices: Choices):
        self.choices = choices
        self.model = Model(tensors=[choose_image(choices)])

    def build(self) -> Model:
        for _ in range(self.choices.integer(1, 7)):
            last = len(self.model.tensors) - 1
            input = last if self.choices.chance(0.75) else self.choices.integer(0, last)
            if input > 0 and self.choices.chance(0.2):
                self.append_pooling(input)
            else:
                self.append_convolution(input)
        self.append_head(len(self.model.tensors) - 1)
        self.stream_tensors()
        place = self.choices.one_of([memory.place_apart, memory.place_tightly, memory.place_tightly])
        place(self.model)
        return self.model

    def append_tensor(self, size: Size, channels: int, halo: int | None = None, has_remainders: bool = False) -> int:
        halo = choose_halo(self.choices) if halo is None else halo
        fill = [self.choices.integer(0, 255)]
        self.model.tensors.append(Tensor(*size, channels, halo, fill, has_remainders=has_remainders))
        return len(self.model.tensors) - 1

    def append_pooling(self, input: int) -> None:
        tensor = self.model.tensors[input]
        window, size = windows.choose_pooling(self.choices, tensor)
        pooling = self.choices.one_of([MaxPooling, MaxPooling, AveragePooling])
        has_remainders = pooling is MaxPooling and tensor.has_remainders and self.choices.chance(0.7)
        output = self.append_tensor(size, tensor.channels, has_remainders=has_remainders)
        self.model.layers.append(pooling(input, output, window))

    def stream_tensors(self) -> None:
        """Leaves few rows in memory of some tensors that only the max pool right after their convolution reads."""
        layers, tensors = self.model.layers, self.model.tensors
        for layer, after in zip(layers, layers[1:]):
            readers = [other for other in layers if layer.output in reads(other)]
            can_be = (type(after) is MaxPooling and readers == [after] and isinstance(layer, Convolution)
                      and not layer.shortcut and after.window.kernel_height < tensors[layer.output].height)
            if can_be and self.choices.chance(0.7):
                tensor = tensors[layer.output]
                tensor.halo = 0
                tensor.streamed_rows = self.choices.integer(after.window.kernel_height, tensor.height - 1)

    def append_convolution(self, input: int) -> None:
        choices, tensor = self.choices, self.model.tensors[input]
        window = windows.choose_window(choices, tensor, keeps_size=choices.chance(0.5))
        window.groups = windows.choose_groups(choices, tensor.channels)
        largest = windows.largest_size(window, tensor)
        source = self.choose_identity(largest, window.groups) if choices.chance(0.4) else None
        if source is None:
            size = windows.choose_size(choices, windows.usual_size(window, tensor), largest)
            outputs, halo = self.choose_outputs(tensor, window, size), None
        else:
            replaced = self.model.tensors[source]
            size, outputs = replaced.size, replaced.channels
            halo = replaced.halo if choices.chance(0.7) else None

        weights = self.choose_weights(tensor, window, outputs)
        sums = values.sum_statistics(weights)
        if source is not None:
            identity = values.identity_values(outputs, replaced.has_remainders)
            scale = values.choose_shortcut_scale(choices, identity, sums)
            shortcut, sums = Identity(source, *scale), values.with_shortcut(sums, identity, *scale)
        else:
            shortcut, sums = self.choose_projection(size, window.groups, outputs, sums)
        limit = values.largest_bias(window.depth(tensor.channels)) - values.largest_shortcut(shortcut)
        requantization = values.choose_requantization(choices, sums, limit)
        output = self.append_tensor(size, outputs, halo, has_remainders=choices.chance(0.5))
        self.model.layers.append(Convolution(input, output, window, weights, *requantization, shortcut))

    def choose_outputs(self, input: Tensor, window: Window, size: Size) -> int:
        """A number of output channels. All groups have as many."""
        products = size[0] * size[1] * 16 * window.groups * window.depth(input.channels)
        blocks = min(self.choices.one_of([1, 1, 2, 3, 4, 5, 9]), PRODUCTS // products, 16 // window.groups)
        return 16 * window.groups * max(1, blocks)

    def choose_weights(self, input: Tensor, window: Window, outputs: int) -> np.ndarray:
        shape = outputs, window.kernel_height, window.kernel_width, input.channels // window.groups
        return values.choose_weights(self.choices, shape)

    def choose_identity(self, largest: Size, groups: int) -> int | None:
        """A tensor that can be the identity shortcut of an output with at most this size."""
        possible = [index for index, tensor in enumerate(self.model.tensors)
                    if index > 0 and windows.fits(tensor.size, largest) and tensor.channels % (16 * groups) == 0]
        return self.choices.one_of(possible) if possible else None

    def choose_projection(self, size: Size, groups: int, outputs: int, sums: values.Statistics
                          ) -> tuple[Projection | None, values.Statistics]:
        """A projection to outputs of this size, or none, and what the sums are with it."""
        choices = self.choices
        for _ in range(choices.one_of([0, 20])):
            source = choices.integer(0, len(self.model.tensors) - 1)
            tensor = self.model.tensors[source]
            if tensor.has_remainders:
                tensor = tensor.without_halo()
            window = windows.choose_window(choices, tensor, keeps_size=choices.chance(0.3))
            if tensor.channels % (4 * groups) == 0 and choices.chance(0.5):
                window.groups = groups
            depth = window.depth(tensor.channels)
            if (windows.fits(size, windows.largest_size(window, tensor))
                    and size[0] * size[1] * outputs * depth <= PRODUCTS):
                weights = self.choose_weights(tensor, window, outputs)
                bias, own_shift, projected = values.choose_projection_values(
                    choices, weights, depth, tensor.has_remainders)
                scale = values.choose_shortcut_scale(choices, projected, sums)
                shortcut = Projection(source, window, weights, bias, own_shift, *scale)
                return shortcut, values.with_shortcut(sums, projected, *scale)
        return None, sums

    def append_head(self, input: int) -> None:
        choices, summed = self.choices, self.model.tensors[input]
        channels = summed.channels
        if choices.chance(0.75):
            class_count = choices.integer(1, 70)
            weights = values.choose_weights(choices, (class_count, channels))
        else:
            class_count, weights = choices.integer(1, channels), None
        output = self.append_tensor((1, planes(summed)), channels, halo=0)
        self.model.layers.append(Head(input, output, weights, *values.choose_head_values(choices, class_count)))
        if choices.chance(0.5):
            self.model.labels = [f"class {index}" for index in range(class_count)]
