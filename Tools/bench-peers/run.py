#!/usr/bin/env python3
"""Times resnet-int8 and its peers in turns, for `make bench-peers`. docs/benchmarks/README.md says how.

    run.py [--docs docs/benchmarks]

Each contestant is a process that holds its network and waits. The contestants take turns, A B C A B C ..., so that
drift in the machine's speed affects all alike.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import processor
import report
import startup
from contestants import OWN, Contestant, contestants
from models import BUILD, EMPTY, MODELS, ROOT, Model

HERE = Path(__file__).parent


def cores() -> list[int]:
    """One processor of each core, the last core first, since the first core has the machine's interrupts."""
    allowed, result = os.sched_getaffinity(0), []
    for processor in sorted(allowed):
        siblings = Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list").read_text()
        if int(siblings.replace("-", ",").split(",")[0]) == processor:
            result.append(processor)
    return result[::-1]


class Worker:
    """The process of one contestant, which runs worker.py."""

    def __init__(self, contestant: Contestant, model: Model, threads: int, processors: list[int], log: Any):
        own = [contestant.limit or "", contestant.arena] if contestant.runtime == OWN else []
        command = [sys.executable, HERE / "worker.py", contestant.runtime, model.folder, threads,
                   ",".join(map(str, processors)), model.warmups, model.repeats, *own]
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1,
            env=os.environ | contestant.environment | {"OMP_NUM_THREADS": str(threads)})
        answer = self.process.stdout.readline()
        self.failed = not answer
        self.result = {"model": model.name, "contestant": contestant.name, "runtime": contestant.runtime,
                       "limit": contestant.limit, "arena": contestant.arena, "threads": threads, "milliseconds": [], **json.loads(answer or "{}")}
        if self.result.get("logit_sqnr_db", 99) < 10:
            sys.exit(f"{model.name}, {contestant.name}: its logits are not this network's, see {log.name}")
        if contestant.limit:
            self.result["instruction_set"] = contestant.limit

    def turn(self) -> None:
        self.process.stdin.write("\n")
        nanoseconds = json.loads(self.process.stdout.readline())
        self.result["milliseconds"] += [time / 1e6 for time in nanoseconds]

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def timed(model: Model, threads: int, only: list[str], rounds: int) -> list[dict[str, Any]]:
    processors = cores()[:threads]
    workers = []
    with open(BUILD / "workers.log", "a") as log:
        for contestant in contestants(model.limited, threads):
            if only and contestant.name not in only:
                continue
            worker = Worker(contestant, model, threads, processors, log)
            if worker.failed:
                worker.stop()
                print(f"{model.name}, {contestant.name}: left out, it did not start; {log.name} says why", flush=True)
            else:
                workers.append(worker)
        for _ in range(rounds):
            for worker in workers:
                worker.turn()
        for worker in workers:
            worker.stop()
            times = sorted(worker.result["milliseconds"])
            print(f"{model.name}, {threads} thread{'s' * (threads > 1)}, {worker.result['contestant']} "
                  f"({worker.result['instruction_set']}): "
                  f"min {times[0]:.3f} ms, median {times[len(times) // 2]:.3f} ms", flush=True)
    return [worker.result for worker in workers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [model.name for model in MODELS]
    parser.add_argument("--models", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--only", nargs="+", default=[], metavar="CONTESTANT", help="for example: openvino-avx2")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--docs", type=Path, default=BUILD, metavar="FOLDER",
                        help="where the processor's page and its chart are written (default: build/bench-peers)")
    arguments = parser.parse_args()
    title = processor.title(Path("/proc/cpuinfo").read_text())
    available = len(cores())
    threads = [count for count in arguments.threads if count <= available]
    if threads != arguments.threads:
        print(f"this machine has {available} cores: more threads are left out", flush=True)

    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, HERE / "prepare.py", EMPTY.name, *arguments.models], check=True)
    results: dict[str, Any] = {
        "date": date.today().isoformat(),
        "processor": title,
        "cores": available,
        "version": re.search(r"^VERSION := (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1],
        "versions": {name: version(name) for name in ("openvino", "nncf", "onnxruntime", "torch")},
        "rounds": arguments.rounds,
        "timings": timed(EMPTY, 1, arguments.only, arguments.rounds),
    }
    for model in MODELS:
        if model.name in arguments.models:
            for count in threads:
                results["timings"] += timed(model, count, arguments.only, arguments.rounds)
    if startup.MODEL in arguments.models:
        results["startup"] = startup.measured(arguments.only, cores()[0], max(10, arguments.rounds // 2))
    (BUILD / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    page = report.write(results, arguments.docs)
    print(f"{page}, {page.with_suffix('.svg')}, {BUILD}/results.json")


if __name__ == "__main__":
    main()
