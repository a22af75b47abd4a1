#!/usr/bin/env python3
"""Makes random checkpoints of every supported architecture from seeds, with images and PyTorch's logits for them.

    make_reference_cases.py --small FOLDER    narrow networks of every structure, for Tests/Fixtures/reference
    make_reference_cases.py --full FOLDER     networks of the real sizes, 2.5 GB, with calibration JPEGs

For each case FOLDER gets a checkpoint, NAME.image (uint8: images, height, width, channels), NAME.logits.f32 (float32:
images, outputs) and an entry in cases.json. Weights and images depend on the seeds alone. The last bits of the logits
depend on the processor too.
"""

import argparse
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import labml_nn.resnet
import numpy as np
import timm
import torch
import torchvision.models
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from networks import CIFARResNet, NarrowResNet
from synthetic import draw_weights, synthetic_images


@dataclass
class Case:
    name: str
    model: Callable[[], nn.Module]
    size: int
    """The height and the width of the input, in pixels."""
    options: list[str] = field(default_factory=list)
    """The options of resnet-quantize for what shapes cannot tell."""
    channels: int = 3
    suffix: str = "pth"

    @property
    def mean(self):
        return [0.485, 0.456, 0.406] if self.channels == 3 else [0.5]

    @property
    def std(self):
        return [0.229, 0.224, 0.225] if self.channels == 3 else [0.25]


# MARK: Structures that a constructor's arguments do not reach

def stride_in_1x1(model):
    """Makes it ResNet v1 (He et al. 2015): a bottleneck strides in its first 1x1, torchvision's in its 3x3."""
    for block in model.modules():
        if isinstance(block, Bottleneck):
            block.conv1.stride, block.conv2.stride = block.conv2.stride, block.conv1.stride
    return model


def narrow_timm(block):
    return timm.models.resnet.ResNet(
        block, (1, 1, 1, 1), num_classes=10, stem_width=4, stem_type="deep", avg_down=True, channels=(8, 8, 12, 16))


# MARK: Cases

STAGES_3_AND_4 = ["--dilate-stage", "3", "--dilate-stage", "4"]


def full_cases():
    models, labml = torchvision.models, labml_nn.resnet.ResNetBase
    cases = [
        Case(name, getattr(models, name), 224) for name in (
            "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d",
            "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2")
    ]
    cases += [
        Case("resnet50-dilated", lambda: models.resnet50(replace_stride_with_dilation=[False, True, True]), 224,
             STAGES_3_AND_4),
        Case("resnet50-v1", lambda: stride_in_1x1(models.resnet50()), 224, ["--stride-in-1x1"]),
        Case("resnet50-zero-init", models.resnet50, 224, suffix="safetensors"),
    ]
    cases += [
        Case(f"cifar-resnet{depth}-{option.lower()}", lambda d=depth, o=option: CIFARResNet(d, o), 32)
        for depth in (20, 32, 56) for option in "AB"
    ]
    for kernel in 3, 5, 7:
        cases += [
            Case(f"labml-residual-k{kernel}",
                 lambda k=kernel: labml([3, 3, 3], [16, 32, 64], first_kernel_size=k), 64),
            Case(f"labml-bottleneck-k{kernel}",
                 lambda k=kernel: labml([3, 4, 6, 3], [64, 128, 256, 512], [16, 32, 64, 128], first_kernel_size=k), 64,
                 suffix="safetensors"),
        ]
    return cases


def small_cases():
    """Narrow networks. Some widths, sizes and class counts are no multiples of 4 or 16, to test kernels' remainders."""
    labml = labml_nn.resnet.ResNetBase

    def narrow(block, layers=(2, 1, 1, 1), widths=(8, 8, 16, 16), classes=10, **arguments):
        return lambda: NarrowResNet(block, layers, widths, classes, **arguments)

    cases = [
        Case("basic", narrow(BasicBlock), 48),
        Case("basic-odd", narrow(BasicBlock, (1, 2, 1, 1), (5, 7, 10, 13), classes=7), 45),
        Case("basic-grey", narrow(BasicBlock, input_channels=1), 40, channels=1),
        Case("bottleneck", narrow(Bottleneck), 48),
        Case("bottleneck-odd", narrow(Bottleneck, (1, 1, 2, 1), (3, 5, 6, 9), classes=17), 51, suffix="safetensors"),
        Case("bottleneck-v1", lambda: stride_in_1x1(narrow(Bottleneck)()), 48, ["--stride-in-1x1"]),
        Case("bottleneck-dilated", narrow(Bottleneck, (1, 1, 2, 2), (4, 8, 8, 12), dilated=(False, True, True)), 48,
             STAGES_3_AND_4),
        Case("bottleneck-zero-init", narrow(Bottleneck, (1, 2, 1, 1)), 48),
        Case("basic-zero-init", narrow(BasicBlock, (2, 1, 1, 1)), 40),
        # The stages' groups have 4, 4, 8 and 8 channels (4 groups); 8, 8, 16 and 16 (2 groups); 3, 5, 6 and 9 (3
        # groups).
        Case("resnext-4", narrow(Bottleneck, groups=4, width_per_group=32), 48),
        Case("resnext-8", narrow(Bottleneck, (1, 1, 1, 1), groups=2, width_per_group=64), 48),
        Case("resnext-odd", narrow(Bottleneck, (1, 1, 1, 1), (3, 5, 6, 9), groups=3), 43),
        Case("wide", narrow(Bottleneck, (1, 1, 1, 1), (4, 8, 8, 12), width_per_group=128), 48),
        # Deep stems and average pools in the shortcuts. At 51 pixels the second stage pools 13x13.
        Case("resnet-d", lambda: narrow_timm(timm.models.resnet.BasicBlock), 64),
        Case("resnet-d-odd", lambda: narrow_timm(timm.models.resnet.Bottleneck), 51),
        Case("cifar-a", lambda: CIFARResNet(14, "A", (6, 12, 24)), 18),
        Case("cifar-a-odd", lambda: CIFARResNet(8, "A", (10, 20, 40), num_classes=3), 19),
        Case("cifar-b", lambda: CIFARResNet(14, "B", (8, 12, 20)), 16, suffix="safetensors"),
        Case("cifar-b-odd", lambda: CIFARResNet(8, "B", (5, 9, 14), num_classes=11), 17),
        Case("cifar-b-grey", lambda: CIFARResNet(8, "B", (8, 12, 16), input_channels=1), 16, channels=1),
    ]
    # There are even kernel sizes too: with a padding of k / 2 their output is one pixel larger.
    for kernel in 3, 4, 5, 7:
        cases += [
            Case(f"labml-residual-k{kernel}",
                 lambda k=kernel: labml([2, 1], [8, 15], first_kernel_size=k), 26),
            Case(f"labml-bottleneck-k{kernel}",
                 lambda k=kernel: labml([2, 1, 1], [16, 20, 30], [4, 6, 7], first_kernel_size=k), 26),
        ]
    return cases


def normalized(images, case):
    """Turns uint8 images in NHWC order into floats in NCHW order."""
    values = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return (values - torch.tensor(case.mean).view(1, -1, 1, 1)) / torch.tensor(case.std).view(1, -1, 1, 1)


# MARK: Writing

@torch.inference_mode()
def reference_logits(model, inputs):
    """The float32 logits. A comparison with float64 first makes sure that the network does not amplify rounding."""
    logits = torch.cat([model(batch) for batch in inputs.split(2)])
    exact = model.double()(inputs[:2].double())
    error = ((logits[:2] - exact).abs().max() / exact.abs().max()).item()
    assert logits.isfinite().all() and error < 2e-5, f"ill-conditioned: float32 is off by {error:.1e}"
    return logits, error


def make(case, folder, image_count, calibration):
    seed = zlib.crc32(case.name.encode())
    torch.manual_seed(seed)
    model = case.model()
    statistics = synthetic_images(16, case.size, case.channels, [seed, 0])
    draw_weights(model, normalized(statistics, case), zero_init=case.name.endswith("zero-init"))

    checkpoint = folder / f"{case.name}.{case.suffix}"
    torch.save(model.state_dict(), checkpoint) if case.suffix == "pth" else save_file(model.state_dict(), checkpoint)
    images = synthetic_images(image_count, case.size, case.channels, [seed, 1])
    images.tofile(folder / f"{case.name}.image")
    logits, error = reference_logits(model, normalized(images, case))
    logits.numpy().tofile(folder / f"{case.name}.logits.f32")
    entry = {
        "name": case.name, "checkpoint": checkpoint.name, "image": f"{case.name}.image",
        "logits": f"{case.name}.logits.f32", "height": case.size, "width": case.size, "channels": case.channels,
        "images": image_count, "outputs": logits.shape[1], "mean": case.mean, "std": case.std, "options": case.options,
    }
    if calibration:
        entry["calibration"] = f"{case.name}-calibration"
        (folder / entry["calibration"]).mkdir(exist_ok=True)
        for index, image in enumerate(statistics):
            Image.fromarray(image.squeeze()).save(folder / entry["calibration"] / f"{index:02}.jpg", quality=95)
    spread = (logits.std(dim=0).mean() / logits.std()).item()
    print(f"{case.name}: {checkpoint.stat().st_size} bytes, logits of std {logits.std():.2f}, "
          f"{spread:.2f} of it between images, float32 within {error:.0e} of float64", flush=True)
    return entry


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--small", type=Path, metavar="FOLDER")
    mode.add_argument("--full", type=Path, metavar="FOLDER")
    parser.add_argument("--only", action="append", metavar="NAME", help="make this case alone; may be repeated")
    arguments = parser.parse_args()
    # The committed cases are computed by one thread, so that sums are taken in one order.
    torch.set_num_threads(1 if arguments.small else 2)
    cases = small_cases() if arguments.small else full_cases()
    folder = arguments.small or arguments.full
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "cases.json"

    known = {case["name"]: case for case in json.loads(index.read_text())["cases"]} if index.exists() else {}
    for case in cases:
        if not arguments.only or case.name in arguments.only:
            known[case.name] = make(case, folder, *((2, False) if arguments.small else (8, True)))
            versions = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0],
                        "labml-nn": "0.5.1", "timm": timm.__version__}
            listed = [known[case.name] for case in cases if case.name in known]
            index.write_text(json.dumps({"versions": versions, "cases": listed}, indent=1) + "\n")


if __name__ == "__main__":
    main()
