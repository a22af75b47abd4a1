"""Random weights, biases and factors. Most spread a layer's codes over 0...255; the others are extreme."""

from typing import NamedTuple

import numpy as np

from choices import Choices
from model import Identity, Projection

EXTREME = 0.08
"""The share of channels whose parameters are extreme."""

CODES_MEAN, CODES_SPREAD = 128.0, 64.0
"""Roughly what the codes of a tensor are: their mean and standard deviation."""


class Statistics(NamedTuple):
    """The mean and the standard deviation that each channel's values have, roughly."""

    mean: np.ndarray
    spread: np.ndarray


class Requantization(NamedTuple):
    bias: np.ndarray
    shift: np.ndarray
    multiplier: np.ndarray


def choose_weights(choices: Choices, shape: tuple[int, ...]) -> np.ndarray:
    style = choices.one_of(["any", "any", "any", "small", "ends", "sparse"])
    if style == "small":
        weights = choices.integers(-3, 3, shape)
    elif style == "ends":
        weights = choices.integers(0, 1, shape) * 255 - 128
    else:
        weights = choices.integers(-128, 127, shape)
    if style == "sparse":
        weights *= choices.integers(0, 9, shape) == 0
    weights[choices.mask(EXTREME / 2, len(weights))] = choices.one_of([-128, 127])
    return weights


def sum_statistics(weights: np.ndarray) -> Statistics:
    rows = weights.reshape(len(weights), -1)
    return Statistics(CODES_MEAN * rows.sum(axis=1), CODES_SPREAD * np.sqrt((rows**2).sum(axis=1)) + 1)


def largest_bias(depth: int) -> int:
    """The largest magnitude that a bias may have beside a sum of `depth` products."""
    return 2**31 - 1 - 255 * 128 * depth


def choose_bias(choices: Choices, wanted: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """The wanted biases within the limit; extreme ones in some channels."""
    limit = np.broadcast_to(limit, wanted.shape)
    any_bias = choices.integers(-limit, limit, len(wanted))
    extreme = np.where(choices.mask(0.5, len(wanted)), choices.one_of([-1, 1]) * limit, any_bias)
    ordinary = np.clip(np.rint(wanted), -limit, limit).astype(np.int64)
    return np.where(choices.mask(EXTREME / 2, len(wanted)), extreme, ordinary)


def choose_shift(choices: Choices, wanted: np.ndarray) -> np.ndarray:
    """The wanted shifts within 0...31; any in some channels."""
    ordinary = np.clip(np.floor(wanted), 0, 31).astype(np.int64)
    return np.where(choices.mask(EXTREME / 2, len(wanted)), choices.integers(0, 31, len(wanted)), ordinary)


def choose_projection_values(choices: Choices, weights: np.ndarray, depth: int, has_remainders: bool
                             ) -> tuple[np.ndarray, np.ndarray, Statistics]:
    """The bias and the shift of a projection, and what its values will be."""
    sums = sum_statistics(weights)
    spread = 2 ** choices.reals(6, 14, len(weights))
    shift = choose_shift(choices, np.log2(sums.spread / spread))
    remainders = (255 * 128 * depth >> 8) + 1 if has_remainders else 0
    bias = choose_bias(choices, -sums.mean, np.array(largest_bias(depth) - remainders))
    values = np.clip((sums.mean + bias) * 2.0**-shift, -32768, 32767)
    return bias, shift, Statistics(values, np.minimum(sums.spread * 2.0**-shift, 32768) + 1)


def identity_values(channels: int, has_remainders: bool) -> Statistics:
    unit, offset = (256, 2**15) if has_remainders else (128, 0)
    return Statistics(np.full(channels, CODES_MEAN * unit - offset), np.full(channels, CODES_SPREAD * unit))


def choose_shortcut_scale(choices: Choices, values: Statistics, sums: Statistics) -> tuple[np.ndarray, np.ndarray]:
    """The multiplier and the shift that make a shortcut about as large as the sums that it is added to."""
    count = len(values.mean)
    factor = choices.reals(0.2, 2, count) * sums.spread / values.spread
    bits = choices.one_of([15, 15, 15, 8, 1])
    shift = choose_shift(choices, bits - np.log2(factor))
    multiplier = np.clip(np.rint(factor * 2.0**shift), 0, 32767).astype(np.int64)
    multiplier = np.where(choices.mask(0.3, count), -multiplier, multiplier)
    any_multiplier = choices.integers(-32768, 32767, count)
    extreme = np.where(choices.mask(0.3, count), choices.one_of([-32768, 32767]), any_multiplier)
    return np.where(choices.mask(EXTREME, count), extreme, multiplier), shift


def largest_shortcut(shortcut: Identity | Projection | None) -> np.ndarray:
    """The magnitude that the model's checker takes for the shifted product of each channel's shortcut."""
    return np.array(0) if shortcut is None else (np.abs(shortcut.multiplier) * 2**15 >> shortcut.shift) + 1


def with_shortcut(sums: Statistics, values: Statistics, multiplier: np.ndarray, shift: np.ndarray) -> Statistics:
    scale = multiplier * 2.0**-shift
    return Statistics(sums.mean + values.mean * scale, np.hypot(sums.spread, values.spread * scale))


def choose_requantization(choices: Choices, sums: Statistics, largest_bias: np.ndarray) -> Requantization:
    count = len(sums.mean)
    factor = choices.reals(15, 90, count) / sums.spread
    bits = np.where(choices.mask(0.2, count), choices.integers(1, 15, count), 9)
    shift = choose_shift(choices, bits - 15 - np.log2(factor))
    multiplier = np.clip(np.rint(factor * 2.0 ** (15 + shift)), 1, 32767).astype(np.int64)
    extreme = choices.integers(0, 1, count) * choices.integers(0, 32767, count)
    multiplier = np.where(choices.mask(EXTREME / 2, count), extreme, multiplier)
    middle = choices.reals(30, 225, count) * 2.0 ** (15 + shift) / np.maximum(multiplier, 1)
    return Requantization(choose_bias(choices, middle - sums.mean, largest_bias), shift, multiplier)


def choose_head_values(choices: Choices, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The scales and biases of the logits. In some heads they reach the ends of float32."""
    exponents = choices.one_of([(-6, 0), (-6, 0), (-6, 0), (-46, -38), (26, 32)])
    scale = 10 ** choices.reals(*exponents, count) * (1 - 2 * choices.integers(0, 1, count))
    bias = scale * choices.reals(-1, 1, count) * 10.0 ** choices.integer(0, 6)
    return scale.astype(np.float32), bias.astype(np.float32)
