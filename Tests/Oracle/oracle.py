#!/usr/bin/env python3
"""Compares the logits of random models, by each kernel set of this processor, with a slow reference: bit for bit.

    oracle.py --program build/oracle/logits [--count 1000] [--seed S]

Model number i has the seed S + i, so that `--seed S+i --count 1` makes it again. A model whose logits differ stays in
build/oracle as SEED.rn8 with its image, SEED.image.
"""

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import graphs
import model_file
import reference

FOLDER = Path("build/oracle")
BATCH = 50
"""The models that one process of the program runs."""


def bits(logits: np.ndarray) -> list[str]:
    return [f"{word:08x}" for word in logits.view(np.uint32)]


def make_case(seed: int) -> list[str]:
    """Writes the files of a model and returns the logits that it must have."""
    model, image = graphs.choose_case(seed)
    (FOLDER / f"{seed}.rn8").write_bytes(model_file.model_bytes(model))
    (FOLDER / f"{seed}.image").write_bytes(image.astype(np.uint8).tobytes())
    return bits(reference.logits(model, image))


def run_cases(program: str, seeds: list[int]) -> tuple[dict[int, list[list[str]]], str | None]:
    """The words of the lines that the program prints for each model, and what stopped it early."""
    paths = [str(FOLDER / str(seed)) for seed in seeds]
    result = subprocess.run([*program.split(), *paths], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    lines: dict[int, list[list[str]]] = {}
    for line in result.stdout.splitlines():
        words = line.split()
        if words[0] == "case":
            lines[int(Path(words[1]).name)] = []
        else:
            lines[max(lines, key=list(lines).index)].append(words)
    return lines, None if result.returncode == 0 else f"the program ends with status {result.returncode}"


def difference(lines: list[list[str]], expected: list[str]) -> str | None:
    """What a model's run says that the reference does not."""
    if not lines:
        return "no logits"
    for first, *words in lines:
        if first in ("refused", "not"):
            return " ".join([first, *words])
        workers, actual = words[0], words[1:]
        for index, (left, right) in enumerate(zip(actual, expected, strict=True)):
            if left != right:
                return f"{first}, workers {workers}: logit {index} is {left}, not {right}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**8))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.count} models", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    failures = 0
    start = time.monotonic()
    for first in range(arguments.seed, arguments.seed + arguments.count, BATCH):
        seeds = list(range(first, min(first + BATCH, arguments.seed + arguments.count)))
        expected = {seed: make_case(seed) for seed in seeds}
        lines, stopped = run_cases(arguments.program, seeds)
        for seed in seeds:
            found = difference(lines.get(seed, []), expected[seed])
            if found:
                failures += 1
                print(f"not ok  SEED={seed} COUNT=1: {found}", flush=True)
            else:
                for suffix in ("rn8", "image"):
                    (FOLDER / f"{seed}.{suffix}").unlink()
        if stopped:
            print(stopped)
    print(f"{arguments.count - failures} models agree, {failures} differ, {time.monotonic() - start:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
