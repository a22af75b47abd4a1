#!/usr/bin/env python3
"""The outputs that README.md and docs/evaluation.md print are those of their commands today.

    readme.py      (from the repository's root, after `make`)

Runs each command of the console blocks, in a folder with the files that they name, and compares what it prints. A line of
three dots stands for any lines. A number may differ by 1 %, since calibration's floats depend on the processor.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path.cwd()
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[tuple[str, list[str]]]:
    """Each command of a console block with the lines that it prints."""
    result: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            result.append((line[2:], []))
        else:
            result[-1][1].append(line)
    return result


def is_same_line(expected: str, actual: str) -> bool:
    if NUMBER.sub("0", expected).split() != NUMBER.sub("0", actual).split():
        return False
    pairs = zip(map(float, NUMBER.findall(expected)), map(float, NUMBER.findall(actual)))
    return all(abs(a - b) <= (0 if a == int(a) == b else 0.1) for a, b in pairs)


def is_same(expected: list[str], actual: list[str]) -> bool:
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(is_same(expected[1:], actual[start:]) for start in range(len(actual) + 1))
    return bool(actual) and is_same_line(expected[0], actual[0]) and is_same(expected[1:], actual[1:])


def prepare(folder: Path, readme: str) -> None:
    """The files that README's commands name, and its C program."""
    images = ROOT / "build/fashion-mnist"
    (folder / "resnet20.pth").symlink_to(ROOT / "Tests/Fixtures/fashion-mnist/resnet20-fashion-mnist.pth")
    (folder / "photos").symlink_to(images / "calibration")
    (folder / "test").symlink_to(images / "test")
    (folder / "labels.txt").symlink_to(images / "labels.txt")
    (folder / "boot.jpg").symlink_to(min((images / "test/9-ankle-boot").glob("*.jpg")))
    (program,) = blocks(readme, "c")
    (folder / "main.c").write_text(program)
    subprocess.run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "main.c", f"-I{ROOT}/include",
                    ROOT / "build/lib/libresnet_int8.a"], cwd=folder, check=True)


def main() -> int:
    readme = (ROOT / "README.md").read_text()
    environment = os.environ | {"PATH": f"{ROOT}/build/bin:{os.environ['PATH']}"}
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), readme)
        outcomes: dict[str, subprocess.CompletedProcess] = {}  # a command of both pages is run once
        pages = readme + (ROOT / "docs/evaluation.md").read_text()
        for command, expected in (pair for block in blocks(pages, "console") for pair in commands(block)):
            if command not in outcomes:
                outcomes[command] = subprocess.run(
                    ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
            ran = outcomes[command]
            if ran.returncode == 0 and is_same(expected, ran.stdout.splitlines()):
                print(f"ok      {command}")
            else:
                failures += 1
                print(f"not ok  {command}\n{ran.stdout}{ran.stderr}")
    lines = readme.count("\n")
    print(f"{'ok    ' if lines <= 150 else 'not ok'}  README.md has {lines} lines")
    return 1 if failures or lines > 150 else 0


if __name__ == "__main__":
    sys.exit(main())
