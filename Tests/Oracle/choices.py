"""Random choices that a seed determines, with every version of numpy."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Element = TypeVar("Element")


class Choices:
    def __init__(self, seed: int):
        # numpy promises never to change this generator's numbers, unlike those of its newer ones.
        self.state = np.random.RandomState(seed)

    def chance(self, probability: float) -> bool:
        return self.state.random_sample() < probability

    def integer(self, low: int, high: int) -> int:
        """One of low...high."""
        return int(self.state.randint(low, high + 1))

    def one_of(self, elements: Sequence[Element]) -> Element:
        return elements[self.integer(0, len(elements) - 1)]

    def integers(self, low: int | np.ndarray, high: int | np.ndarray, shape: int | tuple[int, ...]) -> np.ndarray:
        return self.state.randint(low, np.asarray(high) + 1, shape, np.int64)

    def reals(self, low: float, high: float, count: int) -> np.ndarray:
        return self.state.uniform(low, high, count)

    def mask(self, probability: float, count: int) -> np.ndarray:
        return self.state.random_sample(count) < probability
