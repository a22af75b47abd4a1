#!/usr/bin/env python3
"""Makes each network's files: weights, calibration images, one input, and the quantized model of every contestant.

    prepare.py NAME...

The weights of the ImageNet and CIFAR networks are random, from a seed, so that nothing is downloaded. Speed depends on
a network's shapes, not on its values: no contestant skips zeros. Files that are newer than what they are made of are
kept.
"""

import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import openvino
import torch
from PIL import Image

from models import EMPTY, MODELS, ROOT, Model

sys.path.append(str(ROOT / "Tools/scripts"))
from any_torchvision import torchvision  # before the modules that import torchvision themselves
from torchvision.models.resnet import Bottleneck

import quantize
from networks import CIFARResNet, NarrowResNet
from synthetic import draw_weights, synthetic_images

CALIBRATION_COUNT = 20
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def network(model: Model) -> torch.nn.Module:
    match model.name:
        case "cifar-resnet20" | "resnet20-fashion-mnist":
            return CIFARResNet(20)
        case "bottleneck-fashion-mnist":
            return NarrowResNet(Bottleneck, [2, 2, 1, 1], [16, 32, 64, 128], num_classes=10)
        case name:
            return getattr(torchvision.models, name)(weights=None)


def normalized(pixels: np.ndarray) -> torch.Tensor:
    """Turns bytes (N, height, width, 3) into floats (N, 3, height, width) like torchvision's ToTensor and Normalize."""
    return ((torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 - MEAN) / STD).contiguous()


def write_calibration_images(model: Model, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if model.is_own_checkpoint:
        photos = sorted((ROOT / "build/fashion-mnist/calibration").glob("*/*.jpg"))
        images = [Image.open(path).convert("RGB").resize((model.size, model.size), Image.Resampling.BILINEAR)
                  for path in photos[::len(photos) // CALIBRATION_COUNT][:CALIBRATION_COUNT]]
    else:
        seed = zlib.crc32(model.name.encode())
        images = map(Image.fromarray, synthetic_images(CALIBRATION_COUNT, model.size, 3, seed))
    for index, image in enumerate(images):
        image.save(folder / f"{index:02}.jpg", quality=95)


def weights(model: Model, images: torch.Tensor) -> torch.nn.Module:
    torch.manual_seed(zlib.crc32(model.name.encode()))
    result = network(model)
    if model.is_own_checkpoint:
        result.load_state_dict(torch.load(ROOT / f"Tests/Fixtures/fashion-mnist/{model.name}.pth", weights_only=True))
        return result.eval()
    return draw_weights(result, images, zero_init=False)


def is_current(output: Path, *inputs: Path) -> bool:
    return output.exists() and all(path.stat().st_mtime <= output.stat().st_mtime for path in inputs)


def prepare_empty() -> None:
    EMPTY.folder.mkdir(parents=True, exist_ok=True)
    image = torch.zeros(1, 3, EMPTY.size, EMPTY.size)
    np.save(EMPTY.folder / "input.npy", image.numpy())
    onnx = EMPTY.folder / "onnxruntime.onnx"
    torch.onnx.export(torch.nn.ReLU(), (image,), onnx, dynamo=True, external_data=False, verbose=False)
    openvino.save_model(openvino.convert_model(onnx), EMPTY.folder / "openvino.xml")
    torch.jit.save(torch.jit.freeze(torch.jit.trace(torch.nn.ReLU().eval(), image)), EMPTY.folder / "pytorch.pt")


def prepare(model: Model) -> None:
    folder = model.folder
    calibration, checkpoint, onnx = folder / "calibration", folder / "checkpoint.pth", folder / "float.onnx"
    if not is_current(folder / "input.npy"):
        print(f"{model.name}: weights and images", flush=True)
        write_calibration_images(model, calibration)
    pixels = np.stack([np.asarray(Image.open(path)) for path in sorted(calibration.glob("*.jpg"))])
    images = normalized(pixels)
    if not is_current(folder / "input.npy"):
        float_network = weights(model, images)
        torch.save(float_network.state_dict(), checkpoint)
        with torch.inference_mode():
            np.save(folder / "logits.npy", float_network(images[:1]).numpy())
        np.save(folder / "pixels.npy", pixels[0])
        np.save(folder / "input.npy", images[:1].numpy())
    float_network = network(model).eval()
    float_network.load_state_dict(torch.load(checkpoint, weights_only=True))

    tool = ROOT / "build/bin/resnet-quantize"
    if not is_current(folder / "resnet-int8.rn8", checkpoint, tool):
        print(f"{model.name}: resnet-int8", flush=True)
        subprocess.run([tool, checkpoint, "--calibration", calibration, "--input-size", str(model.size),
                        "--resize", str(model.size), "--output", folder / "resnet-int8.rn8"],
                       check=True, stdout=subprocess.DEVNULL)
    if not is_current(onnx, checkpoint):
        torch.onnx.export(float_network, (images[:1],), onnx, input_names=["input"], output_names=["logits"],
                          dynamo=True, external_data=False, verbose=False)
    for runtime, (suffix, function) in quantize.PEERS.items():
        output = folder / f"{runtime}.{suffix}"
        if not is_current(output, checkpoint, Path(quantize.__file__)):
            print(f"{model.name}: {runtime}", flush=True)
            function(float_network, onnx, images, output)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")  # the exporters use deprecated functions
    if EMPTY.name in sys.argv[1:] and not is_current(EMPTY.folder / "pytorch.pt"):
        prepare_empty()
    for model in MODELS:
        if model.name in sys.argv[1:]:
            prepare(model)
