"""Where the tensors of a model lie in its arena."""

from model import Convolution, Identity, Model, reads


def place_apart(model: Model) -> None:
    """Gives each tensor bytes of its own."""
    end = 0
    for tensor in model.tensors:
        tensor.offset = end
        end += tensor.byte_count


def last_uses(model: Model) -> list[int]:
    """The last layer that reads or writes each tensor."""
    last = [0] * len(model.tensors)
    for index, layer in enumerate(model.layers):
        for tensor in [*reads(layer), layer.output]:
            last[tensor] = index
    return last


def replaced_shortcut(model: Model, index: int, last: list[int]) -> int | None:
    """The tensor on which a layer's output may lie: its identity shortcut, where no later layer reads that."""
    layer = model.layers[index]
    if not isinstance(layer, Convolution) or not isinstance(layer.shortcut, Identity):
        return None
    shortcut = layer.shortcut.tensor
    is_free = last[shortcut] == index and shortcut != layer.input
    has_halo = model.tensors[shortcut].halo == model.tensors[layer.output].halo
    return shortcut if is_free and has_halo else None


def place_tightly(model: Model) -> None:
    """Gives each tensor the lowest bytes that no tensor needs at the same time."""
    tensors, last = model.tensors, last_uses(model)
    tensors[0].offset, alive = 0, {0}
    for index, layer in enumerate(model.layers):
        output = tensors[layer.output]
        replaced = replaced_shortcut(model, index, last)
        if replaced is not None:
            output.offset = tensors[replaced].offset
        else:
            output.offset = 0
            for other in sorted((tensors[number] for number in alive), key=lambda tensor: tensor.offset):
                if output.offset + output.byte_count > other.offset:
                    output.offset = max(output.offset, other.offset + other.byte_count)
        alive = {number for number in alive | {layer.output} if last[number] > index}
