#!/usr/bin/env python3
"""worker.py FOLDER MODULE VARIANT quantizes the case in FOLDER as that row, and writes its logits beside it.

A row has a process of its own, so that one that crashes leaves the others as they are.
"""

import importlib
import json
import resource
import sys
import warnings
from pathlib import Path

import numpy as np

from case import Case
from rows import PEERS, logits_file

PICTURES_AT_ONCE = 100


def cpu_seconds() -> float:
    """What all threads of this process, and the processes that it waited for, have computed so far."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    folder, name, variant = sys.argv[1:]
    case = Case.load(Path(folder))
    (peer,) = [peer for peer in PEERS if peer.module == name]
    warnings.filterwarnings("ignore")
    case.module
    module = importlib.import_module(f"peers.{name}")
    calibration = np.load(case.folder / "calibration.npy")
    start = cpu_seconds()
    logits = module.quantize(case, calibration, **peer.variants[variant])
    seconds = cpu_seconds() - start
    images = np.load(case.folder / "images.npy", mmap_mode="r")
    rows = [logits(images[first:first + PICTURES_AT_ONCE]) for first in range(0, len(images), PICTURES_AT_ONCE)]
    file = case.folder / logits_file(peer, variant)
    np.save(file, np.concatenate(rows))
    file.with_suffix(".json").write_text(json.dumps({"cpu_seconds": seconds}))


if __name__ == "__main__":
    main()
