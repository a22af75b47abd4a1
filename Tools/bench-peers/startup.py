"""Measures the time from a process's start to its first logits, and its peak resident memory.

All processes are bound to one core, and the model is in the page cache. Ours runs first_logits.c. A peer runs
first_logits.py, which imports that runtime alone and loads the quantized model. Both compute a second inference, so
that the start and a warm inference are compared within one process.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from contestants import OWN, RUNTIMES
from models import BUILD, MODELS

MODEL = "resnet50"


def started(command: list[str]) -> dict[str, float]:
    """Runs a process and waits until it has exited. Returns milliseconds since before it existed, and KiB."""
    read, write = os.pipe()
    log = os.open(BUILD / "workers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    start = time.monotonic_ns()
    process = os.posix_spawn(command[0], command, os.environ | {"OMP_NUM_THREADS": "1"},
                             file_actions=[(os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, log, 2)])
    os.close(write)
    os.close(log)
    with os.fdopen(read) as output:
        answer = json.loads(output.read().splitlines()[-1])
    if os.waitpid(process, 0)[1]:
        raise RuntimeError(f"{' '.join(command)} failed")
    return {key: value if key.endswith("kib") else (value - start) / 1e6 for key, value in answer.items()}


def measured(only: list[str], processor: int, rounds: int) -> list[dict[str, Any]]:
    model = next(model for model in MODELS if model.name == MODEL)
    commands = {
        runtime: [str(BUILD / "first_logits"), str(model.folder / "resnet-int8.rn8")] if runtime == OWN else
        [sys.executable, str(Path(__file__).parent / "first_logits.py"), runtime, str(model.folder)]
        for runtime in RUNTIMES if not only or runtime in only
    }
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})  # children inherit it
    runs: dict[str, list[dict[str, float]]] = {runtime: [] for runtime in commands}
    for round_ in range(-1, rounds):  # round -1 brings the files into the page cache
        for runtime, command in commands.items():
            run = started(command)
            if round_ >= 0:
                runs[runtime].append(run)
    os.sched_setaffinity(0, allowed)
    print(f"{MODEL}, start to first logits: measured", flush=True)
    return [{"runtime": runtime, "runs": each} for runtime, each in runs.items()]
