"""Where the tensors of a model, and their remainders, lie in its arena."""

from dataclasses import dataclass

from model import Convolution, Identity, Layer, Model, reads, reads_remainders


@dataclass
class Region:
    """Bytes of the arena, and the last layer that needs them."""

    offset: int
    byte_count: int
    last: int


def place_apart(model: Model) -> None:
    """Gives each tensor bytes of its own."""
    end = 0
    for tensor in model.tensors:
        tensor.offset = end
        end += tensor.byte_count
        tensor.remainders = end if tensor.has_remainders else 0
        end += tensor.remainder_byte_count


def last_uses(model: Model) -> tuple[list[int], list[int]]:
    """The last layers that read or write each tensor's codes and its remainders."""
    codes, remainders = [0] * len(model.tensors), [0] * len(model.tensors)
    for index, layer in enumerate(model.layers):
        for tensor in [*reads(layer), layer.output]:
            codes[tensor] = index
        for tensor in [*reads_remainders(layer), layer.output]:
            remainders[tensor] = index
    return codes, remainders


def written(model: Model, layer: Layer, after: Layer | None) -> list[int]:
    """The tensors that a layer writes. What a max pool makes of a streamed tensor is written with that."""
    return [layer.output, after.output] if model.tensors[layer.output].streamed_rows is not None else [layer.output]


def lowest_gap(byte_count: int, alive: list[Region]) -> int:
    offset = 0
    for region in sorted(alive, key=lambda region: region.offset):
        if offset + byte_count > region.offset:
            offset = max(offset, region.offset + region.byte_count)
    return offset


def place_tightly(model: Model) -> None:
    """Gives each tensor the lowest bytes that no tensor needs at the same time."""
    tensors, (last, last_remainders) = model.tensors, last_uses(model)
    tensors[0].offset = 0
    alive = [Region(0, tensors[0].byte_count, last[0])]
    placed = {0}
    for index, layer in enumerate(model.layers):
        is_identity = isinstance(layer, Convolution) and isinstance(layer.shortcut, Identity)
        source = layer.shortcut.tensor if is_identity else None
        replaced = tensors[source] if is_identity else None
        for written_tensor in written(model, layer, model.layers[index + 1] if index + 1 < len(model.layers) else None):
            if written_tensor in placed:
                continue
            placed.add(written_tensor)
            output = tensors[written_tensor]

            # An output may lie on the identity shortcut that no later layer reads.
            is_free = replaced is not None and last[source] == index and source != layer.input
            in_place = is_free and replaced.halo == output.halo
            output.offset = replaced.offset if in_place else lowest_gap(output.byte_count, alive)
            alive.append(Region(output.offset, output.byte_count, last[written_tensor]))
            if output.has_remainders:
                in_place = replaced is not None and replaced.has_remainders and last_remainders[source] == index
                byte_count = output.remainder_byte_count
                output.remainders = replaced.remainders if in_place else lowest_gap(byte_count, alive)
                alive.append(Region(output.remainders, byte_count, last_remainders[written_tensor]))
        alive = [region for region in alive if region.last > index]
