#!/usr/bin/env python3
"""Evaluates a model on the machines of a Dask cluster, and prints what one evaluation of all pictures would print.

    pip install dask distributed
    evaluate_with_dask.py --shards 16 --scheduler tcp://HOST:8786 -- model.rn8 --images test --checkpoint model.pth

After -- stand the arguments of `resnet-quantize evaluate`. Every worker needs resnet-quantize, and sees the files under the
same paths as this machine. It needs one thread, since each evaluation uses all cores that it may: `dask worker --nthreads 1`.
Without --scheduler, workers are started here.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from dask.distributed import Client, as_completed


def evaluate(tool, arguments, shard, folder):
    """Evaluates a shard, on a worker. Returns how the tool ended, and the sums that `resnet-quantize merge` takes."""
    with tempfile.TemporaryDirectory() as temporary:
        sums = pathlib.Path(temporary) / "sums.json"
        command = [tool, "evaluate", *arguments, "--shard", shard, "--sums", str(sums)]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        return ran, sums.read_text() if ran.returncode == 0 else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, required=True, help="parts of the pictures: a few for each worker")
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    parser.add_argument("--workers", type=int, default=1, help="workers to start here without --scheduler")
    parser.add_argument("--tool", default="resnet-quantize", help="its name or path on the workers")
    parser.add_argument("evaluate", nargs="+", help="arguments of `resnet-quantize evaluate`")
    options = parser.parse_args()
    if options.shards < 1:
        parser.error(f"--shards {options.shards}: give a number above 0")
    for taken in {"--shard", "--sums", "--logits"} & {argument.split("=")[0] for argument in options.evaluate}:
        parser.error(f"{taken}: each shard would need another; call resnet-quantize yourself")
    local = {"n_workers": options.workers, "threads_per_worker": 1, "dashboard_address": None}
    with Client(options.scheduler) if options.scheduler else Client(**local) as client, \
            tempfile.TemporaryDirectory() as folder:
        shards = [f"{number}/{options.shards}" for number in range(1, options.shards + 1)]
        futures = [client.submit(evaluate, options.tool, options.evaluate, shard, os.getcwd(), pure=False)
                   for shard in shards]
        files = []
        for future in as_completed(futures):
            ran, sums = future.result()
            sys.stderr.write(ran.stderr)
            if ran.returncode != 0:
                return ran.returncode
            files.append(pathlib.Path(folder) / f"{len(files) + 1}.json")
            files[-1].write_text(sums)
        return subprocess.run([options.tool, "merge", *files]).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:
        sys.exit(f"evaluate_with_dask.py: {error}")
