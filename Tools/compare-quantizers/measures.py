"""What is measured of a row: how its logits differ from those of the float network."""

import numpy as np


def sqnr(float_logits: np.ndarray, logits: np.ndarray) -> float:
    """10 log10 of the energy of the float logits over that of the difference, in dB; infinite where they are equal."""
    exact = float_logits.astype(np.float64)
    energy, noise = np.sum(exact ** 2), np.sum((exact - logits) ** 2)
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(energy / noise))


def same_class(float_logits: np.ndarray, logits: np.ndarray) -> float:
    """The percentage of pictures whose largest logit is that of the float network; of equal ones, the first counts."""
    return float(100 * np.mean(float_logits.argmax(1) == logits.argmax(1)))


def top1(labels: np.ndarray, logits: np.ndarray) -> float:
    """The percentage of pictures whose largest logit is that of their class."""
    return float(100 * np.mean(labels == logits.argmax(1)))
