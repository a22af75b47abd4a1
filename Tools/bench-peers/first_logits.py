#!/usr/bin/env python3
"""first_logits.py RUNTIME FOLDER loads a peer's quantized model and runs it twice. It prints when, and its memory."""

import json
import sys
import time
from pathlib import Path

import runtimes


def memory_kib(name: str) -> int:
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0])


module = runtimes.load(sys.argv[1])
imported, imported_kib = time.monotonic_ns(), memory_kib("VmRSS")
session = module.Session(Path(sys.argv[2]), 1)  # runs once
logits = time.monotonic_ns()
session.run()
print(json.dumps({"imported": imported, "imported_kib": imported_kib, "logits": logits,
                  "second_logits": time.monotonic_ns(), "peak_kib": memory_kib("VmHWM")}))
