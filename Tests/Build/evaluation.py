#!/usr/bin/env python3
"""The examples of docs/evaluation.md print what one evaluation of all pictures prints.

    evaluation.py MODEL CHECKPOINT IMAGES [PYTHON]      (from the repository's root; PYTHON is one that has Dask)

Pastes each block of shell commands into a shell, in a folder with some of the pictures under the names that the page has. There is
no Slurm: an `sbatch` of the test runs the tasks of an array one after the other.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from readme import blocks

ROOT = Path.cwd()
PICTURES_PER_CLASS = 12
EVALUATE = ["resnet-quantize", "evaluate", "resnet50.rn8", "--images", "validation", "--checkpoint", "resnet50.pth"]

SBATCH = r"""#!/bin/bash
for script; do :; done
tasks=$(sed -n 's/^#SBATCH --array=1-//p' "$script")
for task in $(seq "$tasks"); do SLURM_ARRAY_TASK_ID=$task bash "$script" || exit 1; done
"""

# A Dask cluster of two workers, whose address replaces the page's while the command runs.
CLUSTER = """
import subprocess, sys
from dask.distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        command = sys.argv[1].replace("tcp://HOST:8786", cluster.scheduler_address)
        sys.exit(subprocess.run(["bash", "-euc", command]).returncode)
"""


def prepare(folder: Path, model: str, checkpoint: str, images: str) -> None:
    (folder / "resnet50.rn8").symlink_to(ROOT / model)
    (folder / "resnet50.pth").symlink_to(ROOT / checkpoint)
    for source in sorted(Path(images).iterdir()):
        target = folder / "validation" / source.name
        target.mkdir(parents=True)
        for picture in sorted(source.iterdir())[:PICTURES_PER_CLASS]:
            shutil.copy(picture, target)
    (target / "damaged.jpg").write_bytes(b"\xff\xd8")
    programs = folder / "programs"
    programs.mkdir()
    (programs / "sbatch").write_text(SBATCH)
    (programs / "sbatch").chmod(0o755)
    (folder / "cluster.py").write_text(CLUSTER)


def command(block: str, python: str | None) -> list[str] | None:
    """How a block is run here; None where what it needs is missing."""
    if "tcp://HOST" in block and python:
        return [python, "cluster.py", block]
    if ("evaluate_with_dask.py" in block and not python) or ("parallel" in block and not shutil.which("parallel")):
        return None
    # The other machines of the example are not there.
    return ["bash", "-euc", re.sub(r"--sshlogin \S+", "--sshlogin :", block)]


def main() -> int:
    model, checkpoint, images, *rest = sys.argv[1:]
    python = next((str(ROOT / path) for path in rest if Path(path).exists()), None)
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, model, checkpoint, images)
        paths = [folder / "programs", ROOT / "build/bin", ROOT / "Tools/scripts", *([Path(python).parent] if python else [])]
        environment = os.environ | {"PATH": ":".join([*map(str, paths), os.environ["PATH"]])}

        def run(arguments: list[str]) -> subprocess.CompletedProcess:
            return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True)

        whole = run(EVALUATE).stdout
        assert "skipped       1\n" in whole, whole
        found = blocks((ROOT / "docs/evaluation.md").read_text(), "sh")
        for block in found:
            title = re.search(r"parallel|sbatch|--workers|--scheduler", block).group()
            arguments = command(block, python)
            if not arguments:
                print(f"        skipped: {title}, which is not installed")
                continue
            shutil.rmtree(folder / "sums", ignore_errors=True)
            ran = run(arguments)
            if ran.returncode == 0 and ran.stdout.endswith(whole):
                print(f"ok      {title}")
            else:
                failures += 1
                print(f"not ok  {title}: {ran.returncode}\n{ran.stdout}{ran.stderr}\nthe whole:\n{whole}")
    print(f"{'ok    ' if len(found) == 4 else 'not ok'}  docs/evaluation.md has {len(found)} examples")
    return 1 if failures or len(found) != 4 else 0


if __name__ == "__main__":
    sys.exit(main())
