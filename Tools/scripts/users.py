#!/usr/bin/env python3
"""Tries networks as their owners have them, and writes the table of docs/users.md.

    pip install -r Tools/scripts/requirements.txt
    Tools/scripts/users.py --tool build/bin/resnet-quantize --photos FOLDER [--only TEXT] [--output docs/users.md]

Each row is made by the owner's own library (torchvision, timm, transformers) with random weights from a seed, saved as the
owner saves it, quantized, and compared on the photos with the logits that PyTorch computed from the owner's preparation.
The photos are any folder of JPEGs. A row ends in one of these ways:

    right     float logits within 1e-4 of PyTorch's, relative to the largest; int8 SQNR no more than 1 dB below that of the
              same network read from its plain state dict
    refused   resnet-quantize says what it does not know or cannot run, and what to do
    caught    quantized with what is assumed, and refused by `evaluate --reference`
    warned    quantized, with a warning
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch

import user_networks
from user_networks import Row


class Trial:
    """Quantizes a row's checkpoint and compares its logits."""

    def __init__(self, tool, row, folder, photos):
        self.tool, self.row, self.folder = tool, row, folder
        self.photos = row.photos(folder, photos)
        self.calibration = row.calibration(folder, photos) if row.calibration else self.photos

    def run(self, *arguments):
        command = [str(self.tool), *map(str, arguments)]
        return subprocess.run(command, cwd=self.folder, text=True, capture_output=True)

    def outcome(self):
        """Returns the outcome, what the tool says, and the numbers of a row that is right."""
        checkpoint = self.row.saved(self.folder)
        quantized = self.run(checkpoint, "--calibration", self.calibration, "-o", "model.rn8", *self.row.options,
                             *self.row.pictures)
        if quantized.returncode != 0:
            return "refused", said(quantized.stderr), None
        if self.row.expected == "warned":
            return "warned" if quantized.stderr else "silent", said(quantized.stderr), None
        np.save(self.folder / "reference.npy", self.row.logits(self.photos))
        evaluated = self.run("evaluate", "model.rn8", "--images", self.photos, "--checkpoint", checkpoint, "--reference",
                             "reference.npy", *self.row.options)
        if evaluated.returncode != 0:
            words = said(evaluated.stderr)
            return "caught" if "That is no rounding" in words else "failed", words, None
        found = re.search(r"float against reference +(\S+) dB.* largest difference (\S+) %", evaluated.stdout)
        ratio = re.search(r"int8 against reference +(\S+) dB", evaluated.stdout).group(1)
        return "right", quantized.stdout.splitlines()[0].split(": ", 1)[1], (
            float(found.group(1)), float(found.group(2)) / 100, float(ratio))


def said(errors):
    """The messages in one line, without advice on how to call the tool."""
    lines = [line.removeprefix("Error: ") for line in errors.strip().splitlines()]
    return "; ".join(line for line in lines if not re.match(r"Usage:|\s+See ", line))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", type=pathlib.Path, required=True)
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    lines, failures, base = [], 0, {}
    for row in user_networks.rows():
        if arguments.only not in row.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            outcome, words, ratios = Trial(
                arguments.tool.resolve(), row, pathlib.Path(folder), arguments.photos.resolve()).outcome()
        words = words.replace(str(arguments.photos.resolve()), "photos").replace(folder, "")
        problem = ""
        if outcome != row.expected:
            problem = f"expected {row.expected}"
        elif ratios:
            base.setdefault(row.structure, ratios[2])
            if ratios[2] < base[row.structure] - 1:
                problem = f"SQNR below {base[row.structure]} - 1 dB"
            if ratios[1] > 1e-4:
                problem = "float logits differ by more than 1e-4 of the largest"
        failures += bool(problem)
        numbers = f"{ratios[0]:.1f} | {ratios[1]:.1e} | {ratios[2]:.1f}" if ratios else " | | "
        options = " ".join(f"`{option}`" for option in [" ".join(row.options + row.pictures)] if option)
        lines.append(f"| {row.name} | {options} | {outcome} | {numbers} | {words.replace('|', '/')} |")
        print(f"{'FAILED  ' + problem if problem else 'ok'}\t{lines[-1]}", flush=True)
    if arguments.output:
        text = arguments.output.read_text()
        head, tail = text.split("<!-- table -->\n")[0], text.split("<!-- end -->\n")[1]
        table = ["| network or file | options | outcome | float, dB | float, largest | int8, dB | what the tool says |",
                 "|---|---|---|---:|---:|---:|---|", *lines]
        arguments.output.write_text(head + "<!-- table -->\n" + "\n".join(table) + "\n<!-- end -->\n" + tail)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
