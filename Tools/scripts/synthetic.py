"""Random images and weights with the statistics of real ones."""

import numpy as np
import torch
from torch import nn


def synthetic_images(count, size, channels, seed):
    """Images of smooth waves, a few edges and noise. The waves' amplitude falls as their frequency rises.

    Brightness, contrast and colour differ from image to image.
    """
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    images = np.empty((count, size, size, channels), np.uint8)
    for image in images:
        value = np.zeros((size, size, channels))
        for wave in range(16):
            frequency = 2 ** random.uniform(-0.5, 4.5)
            angle, phase = random.uniform(0, 2 * np.pi, 2)
            wave_value = np.sin(2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle)) + phase)
            if wave % 4 == 0:
                wave_value = np.sign(wave_value)
            colour = random.normal(1, 0.5, channels)
            value += wave_value[..., None] * colour / np.sqrt(frequency)
        value += random.normal(0, 0.1, value.shape)
        value = random.uniform(80, 170, channels) + random.uniform(15, 60) * value
        image[:] = np.clip(np.rint(value), 0, 255)
    return images


def last_batch_norms(model):
    """The batch norm before the addition in each residual block."""
    return [block.bn3 if hasattr(block, "bn3") else block.bn2 for block in model.modules() if hasattr(block, "bn2")]


@torch.no_grad()
def draw_weights(model, images, zero_init):
    """Gives the model random weights, with which activations stay near 1 at any depth.

    They do because each batch norm takes the statistics of its own input. With `zero_init` the gamma of each block's
    last batch norm is 0, as it is when training starts with torchvision's zero_init_residual.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.1)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.15)
            module.momentum = None  # makes the running statistics the plain mean over the batches below
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=2 / module.in_features ** 0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.1)
    # Branches of full strength amplify rounding with depth, which trained networks do not. Where there are more than
    # eight, they share the strength of eight.
    last = last_batch_norms(model)
    for batch_norm in last:
        batch_norm.weight.mul_(0 if zero_init else min(1, 8 / len(last)))
    model.train()
    for batch in images.chunk(2):
        model(batch)
    return model.eval()
