#!/usr/bin/env python3
"""Applies small deliberate changes to the code, one at a time, and reports those that no test notices.

    mutants.py --check                       each change still applies: its old text is in its file exactly once
    mutants.py                               tries all changes
    mutants.py --list new --area Sources/Target --only tensor-end

A change is a mutant. It survives if every test passes with it: then a test is missing. The lists are text files beside
this one. A mutant is some lines, with an empty line before the next one:

    name: what a user would see
    path of the file
    - old text, which is in the file exactly once
    + new text

Text begins after "- " or "+ ", and may begin and end anywhere in a line. Neighbouring lines of one sign are one text of
several lines. Without "+" the old text is removed. Several pairs change several places of the file. A line "$ command"
after the path names a test that must find the mutant, in place of those that the file's stages run.

The checkout is copied to build/mutants, with changes that are not committed, and each mutant is tried in the copy.
Build products are kept there: the first run takes minutes longer. stages.py says which commands test which files.
build/mutants/logs has the output of the test that killed a mutant.

Exit status: 0 where no mutant survived, 1 where one did, 2 where one does not apply or a test fails without any.
"""

import argparse
import contextlib
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import stages

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# A stage that takes longer than this many times its time without a mutant, and half a minute, hangs.
PATIENCE = 4
FAILURE = re.compile(r"^(✘.*|.*\berror:.*|.*\bFAIL.*|.*\bfailed\b.*|.*ERROR: .*)$", re.MULTILINE)


# The processes that are running, each the leader of a group.
running = set()


class Refusal(Exception):
    pass


@dataclass
class Mutant:
    name: str
    list: str
    path: str
    commands: list
    changes: list  # of pairs (old, new)

    def stages(self, thorough):
        """Returns the commands that build and test the mutant, by name."""
        names = next(names for prefix, names in stages.STAGES if self.path.startswith(prefix))
        if thorough:
            names = list(dict.fromkeys(names + stages.THOROUGH))
        if self.commands:
            names = [name for name in names if name in stages.BUILDS]
        return {name: stages.COMMANDS[name] for name in names} | {command: command for command in self.commands}

    def apply(self, text):
        for old, new in self.changes:
            if text.count(old) != 1:
                raise Refusal(f"{self.list}.txt: {self.name}: {text.count(old)} times in {self.path}: {old!r}")
            text = text.replace(old, new)
        return text


def read_list(file):
    blocks = re.split(r"\n\s*\n", re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE).strip())
    mutants = []
    for block in blocks:
        title, path, *lines = block.split("\n")
        commands = [line[2:] for line in lines if line.startswith("$ ")]
        runs = []  # of sign and lines
        for line in lines[len(commands):]:
            if line[:2] not in ("- ", "+ "):
                raise Refusal(f"{file.name}: {title}: a line begins with neither '- ' nor '+ ': {line!r}")
            if not runs or runs[-1][0] != line[0]:
                runs.append((line[0], []))
            runs[-1][1].append(line[2:])
        changes = []
        for sign, text in runs:
            if sign == "-":
                changes.append(("\n".join(text), ""))
            else:
                changes[-1] = (changes[-1][0], "\n".join(text))
        mutants.append(Mutant(title.split(":")[0], file.stem, path, commands, changes))
    return mutants


def chosen_mutants(options):
    mutants = [mutant for file in sorted(HERE.glob("*.txt")) for mutant in read_list(file)]
    names = [mutant.name for mutant in mutants]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Refusal(f"two mutants of one name: {', '.join(sorted(twice))}")
    if unknown := set(options.only or []) - set(names):
        raise Refusal(f"no mutant of the name {', '.join(sorted(unknown))}")
    return [
        mutant for mutant in mutants
        if mutant.name in (options.only or [mutant.name]) and mutant.list in (options.list or [mutant.list])
        and mutant.path.startswith(options.area)
    ]


class Checkout:
    """A copy of the checkout, where mutants are tried one at a time."""

    def __init__(self, folder, thorough):
        self.folder = folder
        self.thorough = thorough
        self.seconds = {}  # that each stage takes without a mutant
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
            capture_output=True, text=True).stdout
        self.files = {path for path in listed.split("\0") if path and (ROOT / path).exists()}
        self.update()

    def update(self):
        """Copies what differs, so that everything else need not be built anew."""
        record = self.folder / "build/files"
        former = set(record.read_text().split("\n")) if record.exists() else set()
        for path in former - self.files:
            (self.folder / path).unlink(missing_ok=True)
        for path in self.files:
            source, copy = ROOT / path, self.folder / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_symlink():
                if not copy.is_symlink():
                    copy.symlink_to(os.readlink(source))
            elif not copy.exists() or source.read_bytes() != copy.read_bytes():
                shutil.copy(source, copy)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text("\n".join(sorted(self.files)))
        # Some tests make a second checkout of what git knows.
        self.require("git init --quiet && git add --all")

    def run(self, command, limit=None):
        """Returns the exit status, or None where the command hung, its output and the seconds it took."""
        start = time.monotonic()
        process = subprocess.Popen(
            ["bash", "-c", command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        running.add(process.pid)
        try:
            output, _ = process.communicate(timeout=limit)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            status = None
        running.discard(process.pid)
        return status, output, time.monotonic() - start

    def prepare(self, mutants):
        """Builds everything and runs all stages that the mutants need. They must pass."""
        for command in [stages.PREPARATION] + list(stages.BUILDS.values()):
            self.require(command)
        for mutant in mutants:
            for name, command in mutant.stages(self.thorough).items():
                if name not in self.seconds:
                    self.seconds[name] = self.require(command)

    def require(self, command):
        """Runs a command that must pass, and returns the seconds it took."""
        status, output, seconds = self.run(command)
        if status != 0:
            raise Refusal(f"{command}: fails without a mutant:\n{output[-4000:]}")
        return seconds

    def attempt(self, mutant):
        """Returns "killed", "survived" or "does not compile", and by what."""
        path = self.folder / mutant.path
        original = path.read_text()
        path.write_text(mutant.apply(original))
        took = []
        try:
            for name, command in mutant.stages(self.thorough).items():
                status, output, seconds = self.run(
                    command, 30 + PATIENCE * self.seconds[name] + (300 if name in stages.BUILDS else 0))
                took.append(f"{name} {seconds:.0f} s")
                if status == 0:
                    continue
                log = self.folder.parent / "logs" / f"{mutant.name}.log"
                log.parent.mkdir(exist_ok=True)
                log.write_text(f"{command}\n{output}")
                if name in stages.BUILDS:
                    return "does not compile", took, failure(output)
                return "killed", took, "hung" if status is None else failure(output)
            return "survived", took, ""
        finally:
            path.write_text(original)


def failure(output):
    found = FAILURE.search(output)
    return (found.group() if found else output.strip().split("\n")[-1]).strip()[:160]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only check that each mutant applies")
    parser.add_argument("--only", action="append", metavar="NAME", help="a mutant to try; may be repeated")
    parser.add_argument("--list", action="append", metavar="LIST", help="a list to try, such as new; may be repeated")
    parser.add_argument("--area", default="", metavar="PATH", help="tries mutants of files whose path begins so")
    parser.add_argument("--thorough", action="store_true", help="runs all tests before it calls a mutant a survivor")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="checkouts that are built side by side")
    parser.add_argument("--scratch", type=pathlib.Path, default=ROOT / "build/mutants", metavar="FOLDER")
    options = parser.parse_args()

    mutants = chosen_mutants(options)
    problems = []
    for mutant in mutants:
        try:
            mutant.apply((ROOT / mutant.path).read_text())
        except (Refusal, OSError) as error:
            problems.append(str(error))
    if problems:
        raise Refusal("\n".join(problems))
    if options.check:
        print(f"{len(mutants)} mutants apply")
        return 0
    return 1 if "survived" in try_all(mutants, options) else 0


def try_all(mutants, options):
    """Tries the mutants, those of one file one after the other, so that a build restores one and makes the next."""
    waiting = queue.SimpleQueue()
    for mutant in sorted(mutants, key=lambda mutant: mutant.path):
        waiting.put(mutant)
    results = []
    errors = []

    def work(number):
        try:
            checkout = Checkout(options.scratch.resolve() / f"checkout-{number}", options.thorough)
            checkout.prepare(mutants)
            print(f"checkout {number} is ready:", ", ".join(f"{k} {v:.0f} s" for k, v in checkout.seconds.items()))
            while True:
                start = time.monotonic()
                mutant = waiting.get_nowait()
                outcome, took, by = checkout.attempt(mutant)
                results.append((outcome, mutant))
                print(f"{outcome:9} {mutant.list} {mutant.name} {time.monotonic() - start:.0f} s"
                      f" ({', '.join(took)}){': ' + by if by else ''}", flush=True)
        except queue.Empty:
            pass
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(options.jobs)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
    for outcome in ("killed", "does not compile", "survived"):
        names = [mutant.name for found, mutant in results if found == outcome]
        print(f"{len(names)} {outcome}" + (f": {', '.join(names)}" if names and outcome != "killed" else ""))
    return {outcome for outcome, _ in results}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        sys.exit(main())
    except Refusal as error:
        print(f"mutants.py: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        for group in list(running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
