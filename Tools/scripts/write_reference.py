"""Writes a network's logits for a folder of pictures, for `resnet-quantize evaluate --reference`.

Put your network and its own preparation into the two marked lines.
"""
import pathlib, sys
import numpy, torch, torchvision
from PIL import Image

model = torchvision.models.resnet18(weights="DEFAULT").eval()  # <- your network
prepare = torchvision.models.ResNet18_Weights.DEFAULT.transforms()  # <- how a picture becomes its input

folder, output = sys.argv[1:]
pictures = sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
with torch.no_grad():
    logits = [model(prepare(Image.open(path).convert("RGB"))[None])[0].numpy() for path in pictures]
numpy.save(output, numpy.stack(logits).astype(numpy.float32))
