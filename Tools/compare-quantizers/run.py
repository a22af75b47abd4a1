#!/usr/bin/env python3
"""Quantizes one network with this project and with other tools, and compares all their logits with those of PyTorch in
float32. `make compare-quantizers` runs it; docs/quantizers.md has what it found.

The page and its chart show every network that was compared in build/compare-quantizers.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import measures
import report
from case import BUILD, ROOT, Case
from rows import FLOAT, PEERS, ROWS, Peer, logits_file

sys.path.append(str(ROOT / "Tools/bench-peers"))
import processor

HERE = Path(__file__).parent


def reason(pip: Path, log: Path) -> str:
    """Why a row has no numbers: pip's last error where its log `pip` exists, or else the last line of the row's log."""
    if pip.exists():
        errors = [line for line in lines_of(pip) if line.startswith("ERROR")]  # advice about pip may follow them
        return f"not installed: {(errors or lines_of(pip))[-1]}"[:200]
    return lines_of(log)[-1][:200]


def lines_of(log: Path) -> list[str]:
    """The lines of a log that are not empty, at least one."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    return [line for line in lines if line] or ["it ended without a word"]


def compute(case: Case, peer: Peer, variant: str) -> dict[str, Any]:
    """Quantizes and runs one row in a process of its own. Returns its seconds, or why it failed."""
    file = case.folder / logits_file(peer, variant)
    log = file.with_suffix(".log")
    with open(log, "w") as output:
        status = subprocess.run([sys.executable, HERE / "worker.py", case.folder, peer.module, variant],
                                stdout=output, stderr=subprocess.STDOUT).returncode
    if status:
        return {"failure": reason(BUILD / "missing" / f"{peer.module}.log", log)}
    return json.loads(file.with_suffix(".json").read_text())


def measured(case: Case, peer: Peer, variant: str, exact: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    logits = np.load(case.folder / logits_file(peer, variant))
    if logits.shape != exact.shape:
        return {"failure": f"its logits are {logits.shape}, and PyTorch's {exact.shape}"}
    numbers = {"sqnr": measures.sqnr(exact, logits), "same_class": measures.same_class(exact, logits)}
    return numbers if -1 in labels else {**numbers, "top1": measures.top1(labels, logits)}


def compare(case: Case, only: list[str]) -> None:
    """Computes the rows of the modules in `only`, and of all where it is empty. Other rows stay as they were.

    The results are written after each row.
    """
    results = case.folder / "results.json"
    rows = {(row["module"], row["variant"]): row for row in json.loads(results.read_text())["rows"]} if only else {}
    for peer, variant in ROWS:
        if only and peer.module not in only:
            continue
        row = {"module": peer.module, "variant": variant, **compute(case, peer, variant)}
        if "failure" not in row:
            exact = np.load(case.folder / logits_file(PEERS[0], ""))
            row |= measured(case, peer, variant, exact, np.load(case.folder / "labels.npy"))
        elif peer.module == FLOAT:
            sys.exit(f"{case.name}: {row['failure']}; {case.folder} has its log")
        rows[peer.module, variant] = row
        print(f"{case.name}: {report.title(row)}: {report.words(row)}", flush=True)
        write_results(case, results, rows)


def write_results(case: Case, results: Path, rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    counts = {name: len(np.load(case.folder / f"{name}.npy", mmap_mode="r")) for name in ("calibration", "images")}
    results.write_text(json.dumps({
        "case": asdict(case), "counts": counts, "date": date.today().isoformat(), "versions": versions(),
        "processor": processor.title(Path("/proc/cpuinfo").read_text()),
        "rows": [rows[key] for peer, variant in ROWS if (key := (peer.module, variant)) in rows],
    }, indent=1) + "\n")


def versions() -> dict[str, str]:
    result = {"resnet-int8": re.search(r"^VERSION := (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]}
    for package in dict.fromkeys(package for peer in PEERS for package in peer.packages):
        try:
            result[package] = version(package)
        except PackageNotFoundError:
            continue
    return result


def numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True, help="the network's name on the page, and of its folder")
    parser.add_argument("--network", required=True, metavar="CALL",
                        help='what makes it in Python, such as "torchvision.models.resnet18(num_classes=10)"')
    parser.add_argument("--checkpoint", required=True, help="its state dict: .pth, .th or .safetensors")
    parser.add_argument("--calibration", required=True, metavar="FOLDER", help="pictures to calibrate with")
    parser.add_argument("--images", required=True, metavar="FOLDER", help="pictures to compare with")
    parser.add_argument("--samples", type=int, default=500, help="the most calibration pictures (default: 500)")
    parser.add_argument("--mean", type=numbers, default=[0.485, 0.456, 0.406], help="of each channel")
    parser.add_argument("--std", type=numbers, default=[0.229, 0.224, 0.225], help="of each channel")
    parser.add_argument("--options", type=shlex.split, default=[],
                        help='further options of resnet-quantize, such as "--input-size 64"')
    parser.add_argument("--note", default="", help="a sentence for the page: where checkpoint and pictures come from")
    parser.add_argument("--only", nargs="+", default=[], choices=[peer.module for peer in PEERS], metavar="MODULE",
                        help="compute these tools' rows again, and keep the others")
    parser.add_argument("--docs", type=Path, default=BUILD, metavar="FOLDER",
                        help="where the page and its chart are written (default: build/compare-quantizers)")
    arguments = parser.parse_args()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", arguments.name):
        parser.error(f"--name {arguments.name}: give letters, digits, dots and hyphens")
    case = Case(**{name: getattr(arguments, name) for name in Case.__dataclass_fields__})
    if arguments.only and not (case.folder / "results.json").exists():
        parser.error(f"--only: {case.name} has no other rows yet; leave it out the first time")
    case.save()
    if not arguments.only and subprocess.run([sys.executable, HERE / "prepare.py", case.folder]).returncode:
        sys.exit(1)
    compare(case, arguments.only)
    print(report.write([json.loads(path.read_text()) for path in sorted(BUILD.glob("*/results.json"))], arguments.docs))


if __name__ == "__main__":
    main()
