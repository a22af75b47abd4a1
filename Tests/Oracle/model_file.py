"""The bytes of an .rn8 file, written from docs/file-format.md and from nothing else."""

import struct

import numpy as np

from model import AveragePooling, Convolution, Head, Identity, Layer, MaxPooling, Model, Projection, Window

HEADER_BYTES, TENSOR_BYTES, LAYER_BYTES, BLOCK = 120, 36, 80, 16
NO_REMAINDERS = 2**32 - 1
KINDS = {Convolution: 1, MaxPooling: 2, Head: 3, AveragePooling: 4}
SHORTCUT_KINDS = {type(None): 0, Identity: 1, Projection: 2}


def padded(data: bytes, multiple: int) -> bytes:
    return data + bytes(-len(data) % multiple)


def checksum(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for (word,) in struct.iter_unpack("<Q", padded(data, 8)):
        value = (value ^ word) * 0x100000001B3 % 2**64
        value ^= value >> 32
    return value


def blocks(channels: np.ndarray) -> np.ndarray:
    """Rows of 16 channels, the last one filled with zeros."""
    return np.pad(channels, (0, -len(channels) % BLOCK)).reshape(-1, BLOCK)


def parameters(layer: Layer) -> bytes:
    if isinstance(layer, MaxPooling):
        return b""
    if isinstance(layer, Head):
        return np.stack([blocks(layer.scale), blocks(layer.bias)], axis=1).astype("<f4").tobytes()
    rows = [layer.bias, layer.shift, layer.multiplier]
    if layer.shortcut:
        rows += [layer.shortcut.multiplier, layer.shortcut.shift]
    if isinstance(layer.shortcut, Projection):
        rows += [layer.shortcut.bias, layer.shortcut.own_shift]
    return np.stack([blocks(row) for row in rows], axis=1).astype("<i4").tobytes()


def packed(weights: np.ndarray, window: Window) -> bytes:
    """Weights in the order [block][depth / 4][16][4]."""
    outputs = len(weights)
    if window.groups == 1 and window.dilation == 1:
        segments = weights.reshape(outputs, window.kernel_height, -1)
    else:
        segments = weights.reshape(outputs, window.kernel_height * window.kernel_width, -1)
    segments = np.pad(segments, ((0, -outputs % BLOCK), (0, 0), (0, -segments.shape[2] % 4)))
    groups_of_four = segments.reshape(-1, BLOCK, segments.shape[1] * segments.shape[2] // 4, 4)
    return groups_of_four.transpose(0, 2, 1, 3).astype(np.int8).tobytes()


def weights(layer: Layer) -> list[bytes]:
    """The weights of the layer's window and of its projection. Empty bytes stand for none."""
    if isinstance(layer, Convolution):
        own = packed(layer.weights, layer.window)
        projection = layer.shortcut if isinstance(layer.shortcut, Projection) else None
        return [own, packed(projection.weights, projection.window) if projection else b""]
    if isinstance(layer, Head) and layer.weights is not None:
        return [packed(layer.weights[:, None, None, :], Window(1, 1)), b""]
    return [b"", b""]


class Placement:
    """Bytes that follow each other from `start`, each at a multiple of 64."""

    def __init__(self, start: int):
        self.start, self.data = start, b""

    def place(self, data: bytes) -> int:
        """Appends the bytes and returns their offset, or 0 where there are none."""
        if not data:
            return 0
        self.data = padded(self.data, 64)
        self.data += data
        return self.start + len(self.data) - len(data)


def window_record(window: Window | None, weights: int) -> bytes:
    if window is None:
        return bytes(28)
    return struct.pack("<7I", window.kernel_height, window.kernel_width, window.stride, window.padding,
                       window.dilation, window.groups, weights)


def layer_record(layer: Layer, parameters: int, weights: list[int]) -> bytes:
    shortcut = getattr(layer, "shortcut", None)
    window = Window(0, 0, 0, 0, 0, 0) if isinstance(layer, Head) else layer.window
    projection = shortcut.window if isinstance(shortcut, Projection) else None
    return (struct.pack("<6I", KINDS[type(layer)], layer.input, layer.output, SHORTCUT_KINDS[type(shortcut)],
                        shortcut.tensor if shortcut else 0, parameters)
            + window_record(window, weights[0]) + window_record(projection, weights[1]))


def tensor_records(model: Model) -> bytes:
    records = b""
    for index, tensor in enumerate(model.tensors):
        fill = tensor.fill + [0] * (4 - len(tensor.fill)) if index == 0 else tensor.fill * 4
        records += struct.pack("<5I4BfII", tensor.offset, tensor.height, tensor.width, tensor.channels, tensor.halo,
                               *fill, 1, tensor.remainders if tensor.has_remainders else NO_REMAINDERS, tensor.rows)
    return records


def model_bytes(model: Model) -> bytes:
    strings = ["oracle", *(f"layer {index}" for index in range(len(model.layers))), *model.labels]
    string_bytes = b"".join(string.encode() + b"\0" for string in strings)
    strings_offset = HEADER_BYTES + TENSOR_BYTES * len(model.tensors) + LAYER_BYTES * len(model.layers)

    parameters_start = strings_offset + len(string_bytes)
    parameters_start += -parameters_start % 64
    parameter_area = Placement(parameters_start)
    parameter_offsets = [parameter_area.place(parameters(layer)) for layer in model.layers]
    metadata_size = parameters_start + len(padded(parameter_area.data, 64))
    weight_area = Placement(metadata_size)
    weight_offsets = [[weight_area.place(data) for data in weights(layer)] for layer in model.layers]

    image = model.tensors[0]
    tensor_bytes = max(tensor.end for tensor in model.tensors)
    header = struct.pack(
        "<4s3I3Q8I8f4I", b"RN8\0", 4, metadata_size + len(weight_area.data), metadata_size, 0, checksum(weight_area.data),
        0, len(model.tensors), len(model.layers), model.class_count, image.channels, tensor_bytes, strings_offset,
        len(string_bytes), 0, *[0] * 4, *[1] * 4, 0, 0, 0, 0)
    records = b"".join(layer_record(layer, parameter, weight) for layer, parameter, weight
                       in zip(model.layers, parameter_offsets, weight_offsets))
    metadata = header + tensor_records(model) + records + string_bytes
    metadata = padded(metadata + bytes(parameters_start - len(metadata)) + parameter_area.data, 64)
    metadata = metadata[:16] + struct.pack("<Q", checksum(metadata)) + metadata[24:]
    return metadata + weight_area.data
