"""Random valid models: every kind of layer and every option that docs/file-format.md has, in small tensors."""

import numpy as np

import memory
import values
from choices import Choices
from model import Convolution, Head, Identity, MaxPooling, Model, Projection, Tensor, Window

PRODUCTS = 1 << 21
"""The largest number of products in a layer, so that the reference takes milliseconds."""


def choose_halo(choices: Choices) -> int:
    return choices.one_of([0, 0, 1, 1, 1, 2, 3, 4, 6])


def choose_image(choices: Choices) -> Tensor:
    longest = choices.one_of([6, 12, 12, 28])
    height, width = choices.integer(1, longest), choices.integer(1, longest)
    channels = choices.integer(1, 4)
    return Tensor(height, width, channels, choose_halo(choices), [choices.integer(0, 255) for _ in range(channels)])


def choose_pixels(choices: Choices, image: Tensor) -> np.ndarray:
    shape = (*image.size, image.channels)
    style = choices.one_of(["noise", "noise", "noise", "ends", "255", "0"])
    if style == "noise":
        return choices.integers(0, 255, shape)
    return choices.integers(0, 1, shape) * 255 if style == "ends" else np.full(shape, int(style))


def choose_output_size(choices: Choices, usual: tuple[int, int], largest: tuple[int, int]) -> tuple[int, int]:
    """Mostly the usual size. The format allows any up to the largest."""
    is_usual = choices.chance(0.8) and min(usual) >= 1
    return usual if is_usual else (choices.integer(1, largest[0]), choices.integer(1, largest[1]))


def choose_window(choices: Choices, input: Tensor, keeps_size: bool) -> Window:
    """A window that fits the input with its halo. 1x1 always does."""
    for _ in range(20):
        height = choices.one_of([1, 1, 2, 3, 3, 3, 4, 5, 7])
        width = height if choices.chance(0.6) else choices.integer(1, 7)
        window = Window(height, width, choices.one_of([1, 1, 1, 2, 2, 3, 4]), choices.integer(0, input.halo),
                        choices.one_of([1, 1, 1, 2, 3]))
        if keeps_size:
            window.kernel_width, window.stride, window.padding = height, 1, window.dilation * (height // 2)
        has_size = window.output_size(input, window.padding) == input.size if keeps_size else True
        if window.padding <= input.halo and min(window.output_size(input, input.halo)) >= 1 and has_size:
            return window
    return Window(1, 1)


def choose_groups(choices: Choices, channels: int) -> int:
    possible = [groups for groups in range(2, channels // 4 + 1) if channels % (4 * groups) == 0]
    return choices.one_of(possible) if possible and choices.chance(0.3) else 1


class Builder:
    def __init__(self, choices: Choices):
        self.choices = choices
        self.model = Model(tensors=[choose_image(choices)])

    def build(self) -> Model:
        for _ in range(self.choices.integer(1, 7)):
            self.append_layer()
        self.append_head()
        place = self.choices.one_of([memory.place_apart, memory.place_tightly, memory.place_tightly])
        place(self.model)
        return self.model

    def append_tensor(self, size: tuple[int, int], channels: int) -> int:
        halo = choose_halo(self.choices)
        self.model.tensors.append(Tensor(*size, channels, halo, [self.choices.integer(0, 255)]))
        return len(self.model.tensors) - 1

    def append_layer(self) -> None:
        last = len(self.model.tensors) - 1
        input = last if self.choices.chance(0.75) else self.choices.integer(0, last)
        if input > 0 and self.choices.chance(0.2):
            self.append_pooling(input)
        else:
            self.append_convolution(input)

    def append_pooling(self, input: int) -> None:
        choices, tensor = self.choices, self.model.tensors[input]
        window = Window(choices.integer(1, 4), choices.integer(1, 4), choices.integer(1, 3))
        window.padding = choices.integer(0, min(window.kernel_height, window.kernel_width) - 1)
        largest = ((tensor.height + window.padding - 1) // window.stride + 1,
                   (tensor.width + window.padding - 1) // window.stride + 1)
        size = choose_output_size(choices, window.output_size(tensor, window.padding), largest)
        output = self.append_tensor(size, tensor.channels)
        self.model.layers.append(MaxPooling(input, output, window))

    def append_convolution(self, input: int) -> None:
        choices, tensor = self.choices, self.model.tensors[input]
        window = choose_window(choices, tensor, keeps_size=choices.chance(0.5))
        window.groups = choose_groups(choices, tensor.channels)
        size = choose_output_size(choices, window.output_size(tensor, window.padding),
                                  window.output_size(tensor, tensor.halo))
        products_of_block = size[0] * size[1] * 16 * window.depth(tensor.channels)
        blocks = max(1, min(choices.one_of([1, 1, 2, 3, 4, 5, 9]), PRODUCTS // products_of_block // window.groups))
        source = self.choose_identity(size, window.groups) if choices.chance(0.4) else None
        outputs = 16 * window.groups * blocks if source is None else self.model.tensors[source].channels

        weights = values.choose_weights(choices, self.weights_shape(tensor, window, outputs))
        sums = values.sum_statistics(weights)
        if source is not None:
            shortcut_values = values.identity_values(outputs)
            shortcut = Identity(source, *values.choose_shortcut_scale(choices, shortcut_values, sums))
        elif choices.chance(0.5):
            shortcut, shortcut_values = self.choose_projection(size, window.groups, outputs, sums)
        else:
            shortcut = shortcut_values = None
        requantization = values.choose_requantization(choices, sums, window.depth(tensor.channels), shortcut_values,
                                                      shortcut)
        output = self.append_tensor(size, outputs)
        self.model.layers.append(Convolution(input, output, window, weights, *requantization, shortcut))

    @staticmethod
    def weights_shape(input: Tensor, window: Window, outputs: int) -> tuple[int, ...]:
        return outputs, window.kernel_height, window.kernel_width, input.channels // window.groups

    def choose_identity(self, size: tuple[int, int], groups: int) -> int | None:
        """A tensor that an output of this size can have as its identity shortcut."""
        fitting = [index for index, tensor in enumerate(self.model.tensors)
                   if index > 0 and tensor.size == size and tensor.channels % (16 * groups) == 0]
        return self.choices.one_of(fitting) if fitting else None

    def choose_projection(self, size: tuple[int, int], groups: int, outputs: int, sums: values.Statistics
                          ) -> tuple[Projection, values.Statistics] | tuple[None, None]:
        choices = self.choices
        for _ in range(50):
            source = choices.integer(0, len(self.model.tensors) - 1)
            tensor = self.model.tensors[source]
            window = choose_window(choices, tensor, keeps_size=choices.chance(0.3))
            if tensor.channels % (4 * groups) == 0 and choices.chance(0.5):
                window.groups = groups
            depth = window.depth(tensor.channels)
            largest = window.output_size(tensor, tensor.halo)
            fits = largest[0] >= size[0] and largest[1] >= size[1]
            if fits and size[0] * size[1] * outputs * depth <= PRODUCTS:
                weights = values.choose_weights(choices, self.weights_shape(tensor, window, outputs))
                bias, own_shift, projected = values.choose_projection_values(choices, weights, depth)
                scale = values.choose_shortcut_scale(choices, projected, sums)
                return Projection(source, window, weights, bias, own_shift, *scale), projected
        return None, None

    def append_head(self) -> None:
        choices, input = self.choices, len(self.model.tensors) - 1
        channels = self.model.tensors[input].channels
        output = self.append_tensor((1, 3), channels)
        self.model.tensors[output].halo = 0
        if choices.chance(0.75):
            class_count = choices.integer(1, 70)
            weights = values.choose_weights(choices, (class_count, channels))
        else:
            class_count, weights = choices.integer(1, channels), None
        self.model.layers.append(Head(input, output, weights, *values.choose_head_values(choices, class_count)))
        if choices.chance(0.5):
            self.model.labels = [f"class {index}" for index in range(class_count)]


def choose_case(seed: int) -> tuple[Model, np.ndarray]:
    """The model and the image that belong to a seed."""
    choices = Choices(seed)
    model = Builder(choices).build()
    return model, choose_pixels(choices, model.tensors[0])
