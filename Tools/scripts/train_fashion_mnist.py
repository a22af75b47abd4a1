#!/usr/bin/env python3
"""Trains the project's own checkpoints on Fashion-MNIST. Tests/Fixtures/fashion-mnist/README.md has the results.

It reads JPEGs with a folder for each class, which Tools/fashion-mnist-jpeg makes from Debian's dataset-fashion-mnist.
For each network it writes the same weights three times: as NAME.pth (zip), as NAME-legacy.pth (the format before
PyTorch 1.6) and as NAME.safetensors.

    train_fashion_mnist.py --train FOLDER --test FOLDER --output FOLDER --logits FOLDER
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision.models.resnet import Bottleneck

from networks import CIFARResNet, NarrowResNet, initialize

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
BATCH = 256

NETWORKS = {
    # Each entry has the constructor, the input's height and width, the epochs and the peak learning rate.
    "resnet20-fashion-mnist": (lambda: CIFARResNet(20), 28, 10, 0.2),
    "bottleneck-fashion-mnist": (
        lambda: NarrowResNet(Bottleneck, [2, 2, 1, 1], [16, 32, 64, 128], num_classes=10), 56, 8, 0.2),
}


def read_images(folder, size):
    """All images as (N, size, size) uint8, and their class indices. They are ordered by class name, then file name."""
    images, labels = [], []
    for label, class_folder in enumerate(sorted(path for path in Path(folder).iterdir() if path.is_dir())):
        for path in sorted(class_folder.glob("*.jpg")):
            image = Image.open(path)
            if image.size != (size, size):
                image = image.resize((size, size), Image.Resampling.BILINEAR)
            images.append(np.asarray(image))
            labels.append(label)
    return torch.from_numpy(np.stack(images)), torch.tensor(labels)


def normalized(grey):
    """Turns (N, H, W) bytes into (N, 3, H, W) floats, as convert("RGB"), ToTensor and Normalize do for a grey JPEG."""
    return (grey.unsqueeze(1).expand(-1, 3, -1, -1).float() / 255 - MEAN) / STD


def augmented(grey, shift):
    """The images, each mirrored with probability 1/2 and moved by up to `shift` pixels over black."""
    count, height, width = grey.shape
    padded = F.pad(grey, (shift,) * 4)
    top = torch.randint(2 * shift + 1, (count, 1, 1))
    left = torch.randint(2 * shift + 1, (count, 1, 1))
    columns = torch.arange(width).expand(count, 1, width)
    columns = torch.where(torch.rand(count, 1, 1) < 0.5, columns, width - 1 - columns)
    return padded[torch.arange(count).view(-1, 1, 1), top + torch.arange(height).view(1, -1, 1), left + columns]


def train(model, images, labels, epochs, peak):
    # On a CPU with AMX, channels-last bfloat16 takes a third of the time of contiguous float32.
    model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, peak, total_steps=epochs * steps, pct_start=0.2, anneal_strategy="cos")
    for epoch in range(epochs):
        start, total = time.time(), 0.0
        for batch in torch.randperm(len(images))[:steps * BATCH].view(steps, BATCH):
            x = normalized(augmented(images[batch], shift=images.shape[1] // 14))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(x.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"  epoch {epoch + 1}/{epochs}  loss {total / steps:.4f}  {time.time() - start:.0f} s", flush=True)


def save(model, name, epochs, top1, output):
    """Writes the weights to three files, each in a form that is common in practice."""
    # The zip file has the bare state dict. Its tensors keep the channels-last order in which they were trained.
    torch.save(model.state_dict(), output / f"{name}.pth")
    contiguous = {key: value.contiguous() for key, value in model.state_dict().items()}
    # The legacy file is nested like a training script's checkpoint, and names have the prefix of nn.DataParallel.
    prefixed = {f"module.{key}": value for key, value in contiguous.items()}
    nested = {"epoch": epochs, "state_dict": prefixed, "best_prec1": 100 * top1}
    torch.save(nested, output / f"{name}-legacy.pth", _use_new_zipfile_serialization=False)
    save_file(contiguous, output / f"{name}.safetensors", metadata={"format": "pt"})


def check(model, name, output):
    """Makes sure that all three files hold the model's weights, bit for bit."""
    legacy = torch.load(output / f"{name}-legacy.pth")["state_dict"]
    legacy = {key.removeprefix("module."): value for key, value in legacy.items()}
    weights = model.state_dict()
    for saved in torch.load(output / f"{name}.pth"), legacy, load_file(output / f"{name}.safetensors"):
        assert saved.keys() == weights.keys() and all(torch.equal(saved[key], weights[key]) for key in weights)


@torch.inference_mode()
def evaluate(model, images):
    """The logits, in plain float32."""
    model.eval()
    return torch.cat([model(normalized(batch)) for batch in images.split(500)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--test", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--output", required=True, type=Path, metavar="FOLDER", help="where the checkpoints go")
    parser.add_argument("--logits", type=Path, metavar="FOLDER", help="where float32 logits of all test images go")
    parser.add_argument("--network", choices=NETWORKS, help="train this one alone")
    parser.add_argument("--epochs", type=int, help="fewer for a trial")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name in [arguments.network] if arguments.network else NETWORKS:
        construct, size, epochs, peak = NETWORKS[name]
        epochs = arguments.epochs or epochs
        torch.manual_seed(arguments.seed)
        model = initialize(construct())
        print(f"{name}: {sum(p.numel() for p in model.parameters())} parameters", flush=True)
        train(model, *read_images(arguments.train, size), epochs, peak)
        images, labels = read_images(arguments.test, size)
        logits = evaluate(model, images)
        top1 = (logits.argmax(dim=1) == labels).double().mean().item()
        save(model, name, epochs, top1, arguments.output)
        check(model, name, arguments.output)
        print(f"{name}: float32 top-1 {100 * top1:.2f} % of {len(labels)} test images", flush=True)
        logits[::100].numpy().tofile(arguments.output / f"{name}-logits-every-100th.f32")
        if arguments.logits:
            logits.numpy().tofile(arguments.logits / f"{name}-logits.f32")


if __name__ == "__main__":
    main()
