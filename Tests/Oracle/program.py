"""Runs the program logits.c on models and reads what it prints."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import model_file
from model import Model

SECONDS = 300
"""How long the program may take for its models."""


@dataclass
class Run:
    """What the library computed for a model: the logits' bits of each kernel set and number of workers."""

    logits: dict[str, list[str]] = field(default_factory=dict)
    trouble: str | None = None


def write_case(path: Path, model: Model, image: np.ndarray) -> None:
    path.with_suffix(".rn8").write_bytes(model_file.model_bytes(model))
    path.with_suffix(".image").write_bytes(image.astype(np.uint8).tobytes())


def remove_case(path: Path) -> None:
    path.with_suffix(".rn8").unlink()
    path.with_suffix(".image").unlink()


def run_cases(command: list[str], paths: list[Path]) -> dict[Path, Run]:
    """The run of each case. After a crash the program is started again with the cases that follow."""
    runs: dict[Path, Run] = {}
    while len(runs) < len(paths):
        output, end = output_of([*command, *map(str, paths[len(runs):])])
        started = read_output(output)
        if end:
            name, run = list(started.items())[-1] if started else (str(paths[len(runs)]), Run())
            run.trouble = run.trouble or end
            started[name] = run
        elif len(started) < len(paths) - len(runs):
            raise RuntimeError(f"{command[0]} leaves out cases")
        runs |= {Path(name): run for name, run in started.items()}
    return runs


def output_of(command: list[str]) -> tuple[str, str | None]:
    """What a program prints, and why it ends early, if it does."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0], f"it does not end within {SECONDS} s"
    return output, f"the program ends with status {process.returncode}" if process.returncode else None


def read_output(output: str) -> dict[str, Run]:
    runs: dict[str, Run] = {}
    for line in output.splitlines():
        first, _, rest = line.partition(" ")
        if first == "case":
            run = runs[rest] = Run()
        elif first == "run":
            kernels, workers, *bits = rest.split()
            run.logits[f"{kernels}, workers {workers}"] = bits
        else:
            run.trouble = line
    return runs
