#!/usr/bin/env python3
"""Compares the speed of two checkouts, both built with `make`: what a change costs or gains.

    compare_checkouts.py BEFORE AFTER MODEL.rn8... [--turns 5] [--rounds 20]

The `resnet-bench` of both checkouts take turns, BEFORE AFTER BEFORE AFTER ..., so that the machine's drift meets both
alike. For each model and each set of kernels that both know, the fastest image of all turns is printed, and the ratio
AFTER : BEFORE.
"""

import argparse
import json
import subprocess
from pathlib import Path


def milliseconds(checkout: Path, model: Path, rounds: int) -> dict[str, float]:
    """The fastest run of an image, by set of kernels."""
    command = [checkout / "build/bin/resnet-bench", model, "--kernels", "all", "--rounds", str(rounds), "--json", "-"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {kernels["name"]: kernels["run"]["minMilliseconds"] for kernels in report["kernels"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=20, help="images a turn")
    arguments = parser.parse_args()

    print(f"{'model':<36} {'kernels':<12} {'before ms':>10} {'after ms':>10} {'ratio':>7}")
    for model in arguments.models:
        turns = [[milliseconds(checkout, model, arguments.rounds) for checkout in (arguments.before, arguments.after)]
                 for _ in range(arguments.turns)]
        for kernels in (name for name in turns[0][0] if name in turns[0][1]):
            before, after = (min(turn[side][kernels] for turn in turns) for side in (0, 1))
            print(f"{str(model)[-36:]:<36} {kernels:<12} {before:10.3f} {after:10.3f} {after / before:7.3f}", flush=True)


if __name__ == "__main__":
    main()
