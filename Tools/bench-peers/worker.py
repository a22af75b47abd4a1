#!/usr/bin/env python3
"""Runs one contestant in a process of its own. run.py starts it and drives it over pipes.

    worker.py RUNTIME FOLDER THREADS CPUS WARMUPS REPEATS [KERNELS ARENA]

It writes a line of JSON when it is ready. Then each line that it reads starts a turn, which it answers with a line of
JSON. A turn is WARMUPS inferences that are not timed, REPEATS that are, and a wait until the process's threads sleep.
"""

import ctypes
import gc
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

import runtimes
from contestants import instruction_sets


def fastest_instruction_set() -> str:
    """The fastest instruction set that this process may use.

    Linux grants AMX's tile registers only to processes that ask for them, and tells whether this one did.
    """
    sets = instruction_sets() or ["unknown"]
    if sets[0] != "amx":
        return sets[0]
    arch_prctl, get_permissions, tile_data = 158, 0x1022, 1 << 18
    permissions = ctypes.c_uint64()
    ctypes.CDLL(None).syscall(arch_prctl, get_permissions, ctypes.byref(permissions))
    return sets[0] if permissions.value & tile_data else sets[1]


def wait_until_idle() -> None:
    """Waits until this process's threads sleep, so that they do not run in the next contestant's turn.

    Thread pools look for more work for about 40 ms after an inference.
    """
    for _ in range(500):
        before = time.process_time_ns()
        time.sleep(0.002)
        if time.process_time_ns() - before < 200_000:
            return


def main() -> None:
    runtime, folder, threads, cpus, warmups, repeats, *own = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a runtime prints must not mix with the answers
    os.sched_setaffinity(0, map(int, cpus.split(",")))
    folder = Path(folder)
    session = runtimes.load(runtime).Session(folder, int(threads), *own)
    ready: dict[str, object] = {"instruction_set": session.instruction_set or fastest_instruction_set()}
    if own and folder.name != "empty":
        ready["arena_bytes"] = session.arena.size
    if folder.name != "empty":
        want = np.load(folder / "logits.npy").ravel()
        got = session.logits()
        ready["logit_sqnr_db"] = float(10 * np.log10((want ** 2).sum() / ((got - want) ** 2).sum()))
    print(json.dumps(ready), file=answers)

    gc.disable()
    run, now = session.run, time.perf_counter_ns
    for _ in sys.stdin:
        for _ in range(int(warmups)):
            run()
        times = []
        for _ in range(int(repeats)):
            start = now()
            run()
            times.append(now() - start)
        wait_until_idle()
        print(json.dumps(times), file=answers)


if __name__ == "__main__":
    main()
