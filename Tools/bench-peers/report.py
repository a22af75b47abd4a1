"""Makes a processor's page from the results of run.py. `python report.py RESULTS.json FOLDER` writes the page again."""

import json
import statistics
import sys
from pathlib import Path
from string import Template
from typing import Any, Iterable

import chart
import page_list
from contestants import ARENAS, LIMITS, OWN, RUNTIMES, TITLES
from models import EMPTY, MODELS
from processor import file_name

Row = dict[str, Any]
INSTRUCTION_SETS = {"amx": "AMX", **LIMITS}


class Timings:
    """The minimum and median milliseconds, by model, threads, runtime and limit, in the recommended arena."""

    def __init__(self, rows: Iterable[Row], arena: str = "recommended"):
        self.rows = {(row["model"], row["threads"], row["runtime"], row["limit"]): row
                     for row in rows if row["arena"] == arena}

    def get(self, model: str, threads: int, runtime: str, limit: str | None = None) -> tuple[float, float] | None:
        row = self.rows.get((model, threads, runtime, limit))
        return row and (min(row["milliseconds"]), statistics.median(row["milliseconds"]))

    def ratio(self, model: str, threads: int, limit: str | None = None) -> tuple[float, float] | None:
        """Our time divided by the fastest peer's: the ratio of the minima and that of the medians."""
        own = self.get(model, threads, OWN, limit)
        peers = [time for runtime in RUNTIMES[1:] if (time := self.get(model, threads, runtime, limit))]
        return own and peers and tuple(own[i] / min(peer[i] for peer in peers) for i in (0, 1)) or None

    def models(self, threads: int, limit: str | None = None) -> list[Any]:
        timed = {name for name, *rest in self.rows if rest[0] == threads and rest[2] == limit}
        return [model for model in MODELS if model.name in timed]

    def instruction_set(self, runtime: str) -> str:
        names = {row["instruction_set"] for (model, _, other, limit), row in self.rows.items()
                 if other == runtime and limit is None and model != EMPTY.name}
        return " / ".join(sorted(INSTRUCTION_SETS.get(name, name) for name in names)) or "-"


def milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def cell(time: tuple[float, float] | None, bold: bool = False) -> str:
    if not time:
        return "-"
    least = f"**{milliseconds(time[0])}**" if bold else milliseconds(time[0])
    return f"{least} / {milliseconds(time[1])}"


def ratio_cell(ratio: tuple[float, float] | None) -> str:
    return f"{ratio[0]:.2f} / {ratio[1]:.2f}" if ratio else "-"


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def best_table(timings: Timings, threads: int) -> str:
    names = [f"{TITLES[runtime]}, {timings.instruction_set(runtime)}" for runtime in RUNTIMES]
    header = ["", *names, "ours : fastest peer"] + (["our speed-up"] if threads > 1 else [])
    rows = []
    for model in timings.models(threads):
        times = [timings.get(model.name, threads, runtime) for runtime in RUNTIMES]
        least = min(time[0] for time in times if time)
        row = [model.title, *(cell(time, bool(time) and time[0] == least) for time in times),
               ratio_cell(timings.ratio(model.name, threads))]
        if threads > 1:
            alone = timings.get(model.name, 1, OWN)
            row.append(f"{alone[0] / times[0][0]:.2f}" if alone and times[0] else "-")
        rows.append(row)
    return table(header, rows)


def limited_table(timings: Timings, threads: Iterable[int]) -> str:
    rows = []
    for limit, title in LIMITS.items():
        for count in threads:
            rows += [[f"{model.title}, {title}, {count} thread{'s' * (count > 1)}",
                      cell(timings.get(model.name, count, OWN, limit)),
                      cell(timings.get(model.name, count, "openvino", limit)),
                      ratio_cell(timings.ratio(model.name, count, limit))] for model in timings.models(count, limit)]
    return table(["", TITLES[OWN], "OpenVINO", "ours : OpenVINO"], rows)


def memory_table(rows: list[Row]) -> str:
    """Our times on one core by the size of the arena, where there is a choice."""
    by_arena = [Timings(rows, arena) for arena in ARENAS]
    result = []
    for limit in [None, *LIMITS]:
        for model in by_arena[0].models(1, limit):
            name = INSTRUCTION_SETS[limit] if limit else by_arena[0].instruction_set(OWN)
            line = [f"{model.title}, {name}"]
            for timings in by_arena:
                row = timings.rows.get((model.name, 1, OWN, limit))
                line += [f"{row['arena_bytes'] / 2**20:.2f}" if row else "-", cell(timings.get(model.name, 1, OWN, limit))]
            result.append(line)
    if not result:
        return "Not measured."
    return table(["", *(name for arena in ARENAS for name in (f"{arena}, MiB", "ms"))], result)


def startup_table(startup: list[Row]) -> str:
    def least_and_median(runs: list[Row], value: Any) -> str:
        values = [value(run) for run in runs]
        return f"{min(values):.1f} / {statistics.median(values):.1f}"

    rows = []
    for entry in startup:
        runs = entry["runs"]
        start = min(run["logits"] for run in runs)
        second = min(run["second_logits"] - run["logits"] for run in runs)
        peak = min(run["peak_kib"] for run in runs) / 1024
        imported = "imported" in runs[0]
        rows.append([
            TITLES[entry["runtime"]],
            least_and_median(runs, lambda run: run["logits"]),
            least_and_median(runs, lambda run: run["logits"] - run["imported"]) if imported else "-",
            least_and_median(runs, lambda run: run["second_logits"] - run["logits"]),
            f"{start / second:.2f}",
            f"{peak:.1f}",
            f"{peak - min(run['imported_kib'] for run in runs) / 1024:.1f}" if imported else "-",
        ])
    return table(["", "start to first logits, ms", "of it after the imports, ms", "second inference, ms",
                  "start : second", "peak resident, MiB", "of it above the imports, MiB"], rows)


def own_memory(startup: list[Row]) -> str:
    for entry in startup:
        if entry["runtime"] == OWN:
            needed = entry["runs"][0]["model_and_arena_kib"] / 1024
            peak = min(run["peak_kib"] for run in entry["runs"]) / 1024
            return f"Of our peak, model and arena take {needed:.1f} MiB, program and C library {peak - needed:.1f}."
    return ""


def notes(timings: Timings) -> str:
    """A list of what a reader of this processor's tables must know."""
    empty = ", ".join(f"{TITLES[runtime]} {1e3 * time[0]:.1f}" for runtime in RUNTIMES
                      if (time := timings.get(EMPTY.name, 1, runtime)))
    lines = [f"A call alone takes, in microseconds: {empty}. The tables include it."] if empty else []
    if timings.instruction_set(OWN) == INSTRUCTION_SETS["amx"]:
        lines.append("ONNX Runtime's convolutions use AVX-512 VNNI although this processor has AMX "
                     "(seen in its disassembly).")
    return "\n".join(f"- {line}" for line in lines) or "There are none."


TEMPLATE = Template((Path(__file__).parent / "page.md.template").read_text())


def write(results: dict[str, Any], folder: Path) -> Path:
    """Writes the page, its chart and the folder's list of pages. Returns the page's path."""
    timings = Timings(results["timings"])
    threads = sorted({row["threads"] for row in results["timings"]})
    startup = results.get("startup", [])
    name = file_name(results["processor"])
    text = TEMPLATE.substitute(
        results, **results["versions"],
        samples=" or ".join(str(results["rounds"] * count) for count in sorted({model.repeats for model in MODELS})),
        instruction_set=timings.instruction_set(OWN), chart=f"{name}.svg",
        one_core=best_table(timings, 1),
        several=best_table(timings, threads[-1]) if threads[-1] > 1 else "Not measured.",
        threads=threads[-1], limited=limited_table(timings, threads),
        memory=memory_table(results["timings"]),
        startup=startup_table(startup) if startup else "Not measured.",
        model_and_arena=own_memory(startup), notes=notes(timings))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.svg").write_text(chart.drawn(timings, threads))
    page = folder / f"{name}.md"
    page.write_text(text)
    page_list.write(folder)
    return page


if __name__ == "__main__":
    print(write(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])))
