#!/usr/bin/env python3
"""Compares the logits of random models with a slow reference, bit for bit, in each kernel set of this processor.

    oracle.py [--count 1000] [--seed S] [--program COMMAND]

Model number i has the seed S + i, so that `--seed S+i --count 1` makes it again. A model whose logits differ is kept in
build/oracle as SEED.rn8, with its image in SEED.image. SEED-layers.rn8 has its first layers only, up to the one whose
codes differ.
"""

import argparse
import random
import shlex
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import graphs
import narrowing
import program
import reference
from model import Model

KEPT = Path("build/oracle")
BATCH = 50
"""The models that one process runs."""

MOST = 10
"""After a batch with this many different models, the rest is left out."""


def expected_bits(model: Model, image: np.ndarray) -> list[str]:
    return [f"{word:08x}" for word in reference.logits(model, image).view(np.uint32)]


def number(bits: str) -> str:
    return f"{np.array(int(bits, 16), np.uint32).view(np.float32)!s} ({bits})"


def difference(run: program.Run, expected: list[str]) -> str | None:
    """The first difference between a run and the reference."""
    for kernels, actual in run.logits.items():
        if len(actual) != len(expected):
            return f"{kernels}: {len(actual)} logits, expected {len(expected)}; {run.trouble}"
        for index, (logit, right) in enumerate(zip(actual, expected)):
            if logit != right:
                return f"{kernels}: logit {index} is {number(logit)}, expected {number(right)}"
    return run.trouble or (None if run.logits else "no logits")


def first_different_layer(command: list[str], path: Path, model: Model, image: np.ndarray) -> str:
    """The first layer whose codes differ, and how. A model of the layers up to it stays at `path`."""
    for count in range(1, len(model.layers)):
        layers = narrowing.first_layers(model, count)
        program.write_case(path, layers, image)
        found = difference(program.run_cases(command, [path])[path], expected_bits(layers, image))
        if found:
            layer = model.layers[count - 1]
            return f"layer {count - 1} ({type(layer).__name__}) is the first that differs: channel sums, {found}"
    program.remove_case(path)
    return "its layers without the head do not differ"


def report(command: list[str], seed: int, found: str) -> None:
    """Keeps a model that differs, and says where."""
    model, image = graphs.choose_case(seed)
    KEPT.mkdir(parents=True, exist_ok=True)
    program.write_case(KEPT / f"{seed}", model, image)
    print(f"not ok  SEED={seed} COUNT=1: {found}", flush=True)
    print(f"        {first_different_layer(command, KEPT / f'{seed}-layers', model, image)}", flush=True)


def compare(command: list[str], seeds: range) -> tuple[int, set[str]]:
    """The number of models that differ, and the kernel sets that ran them."""
    expected, failures, compared = {}, 0, set()
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            model, image = graphs.choose_case(seed)
            program.write_case(Path(folder, f"{seed}"), model, image)
            expected[seed] = expected_bits(model, image)
        runs = program.run_cases(command, [Path(folder, f"{seed}") for seed in seeds])
    for path, run in runs.items():
        compared |= {kernels.split(",")[0] for kernels in run.logits}
        found = difference(run, expected[int(path.name)])
        if found and failures < MOST:
            report(command, int(path.name), found)
        failures += found is not None
    return failures, compared


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="models")
    parser.add_argument("--seed", type=int, help="the first model's seed; random where it is not given")
    parser.add_argument("--program", default="build/tests/logits",
                        help="logits.c, compiled; an emulator may stand before it")
    arguments = parser.parse_args()
    first = random.SystemRandom().randrange(10**9) if arguments.seed is None else arguments.seed
    command = shlex.split(arguments.program)
    if not shutil.which(command[0]):
        parser.error(f"no program {command[0]}; `make oracle` builds {parser.get_default('program')}")
    print(f"seed {first}, {arguments.count} models", flush=True)

    start, end, next, failures, compared = time.monotonic(), first + arguments.count, first, 0, set()
    while next < end and failures < MOST:
        seeds = range(next, min(next + BATCH, end))
        more, kernels = compare(command, seeds)
        next, failures, compared = seeds.stop, failures + more, compared | kernels
    print(f"{'not ok' if failures else 'ok':8}{failures} of {next - first} models differ from the reference, with 1 "
          f"worker and with 3, {time.monotonic() - start:.0f} s: {', '.join(sorted(compared))}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
