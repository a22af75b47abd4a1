"""The models that show where a network begins to differ: its first layers alone, with a head that shows their codes and remainders."""

from dataclasses import replace

import numpy as np

from model import Head, Model, Tensor, planes


def whole(streamed: Tensor, offset: int) -> Tensor:
    """A streamed tensor with all its rows in memory, at another offset."""
    tensor = replace(streamed, streamed_rows=None, offset=offset)
    return replace(tensor, remainders=offset + tensor.byte_count)


def first_layers(model: Model, count: int) -> Model:
    """The first layers of a model, and a head without a classifier, which gives the channel sums of the last one."""
    input = model.layers[count - 1].output
    shown = model.tensors[input]
    end = max(tensor.end for tensor in model.tensors)
    tensors = [*model.tensors, Tensor(1, planes(shown), shown.channels, 0, [0], end)]
    if shown.streamed_rows is not None:
        tensors[input] = whole(shown, end + tensors[-1].byte_count)
    scale, bias = np.ones(shown.channels, np.float32), np.zeros(shown.channels, np.float32)
    head = Head(input, len(model.tensors), None, scale, bias)
    return Model(tensors, [*model.layers[:count], head])
