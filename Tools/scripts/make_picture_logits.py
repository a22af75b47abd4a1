#!/usr/bin/env python3
"""Writes the logits that PyTorch computes of pictures which Pillow decoded, for tests of `evaluate --reference`.

    make_picture_logits.py Tests/Fixtures
"""
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision import transforms

from networks import CIFARResNet

# Tests/Tools/CommandTests/Fixtures.swift has the same list.
PICTURES = ["rgb-420.jpg", "rgb-444.jpg", "grey.jpg", "progressive.jpg", "cmyk.jpg", "exif-rotated.jpg", "rgb-8.png",
            "palette-4-interlaced.png", "grey-2.png", "rgba-16.png"]
PREPARE = transforms.Compose([
    transforms.Resize(18), transforms.CenterCrop(18), transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])


@torch.no_grad()
def main():
    fixtures = Path(sys.argv[1])
    model = CIFARResNet(14, "A", (6, 12, 24)).eval()
    model.load_state_dict(torch.load(fixtures / "reference/cifar-a.pth"))
    images = [PREPARE(Image.open(fixtures / "images" / name).convert("RGB")) for name in sorted(PICTURES)]
    np.save(fixtures / "reference/cifar-a-pictures.npy", model(torch.stack(images)).numpy())


if __name__ == "__main__":
    main()
