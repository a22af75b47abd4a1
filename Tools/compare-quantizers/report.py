"""Makes the page and its chart from the results of run.py.

`python report.py FOLDER RESULTS.json...` writes them again.
"""

import ast
import json
import math
import sys
import textwrap
from pathlib import Path
from string import Template
from typing import Any

from case import ROOT
from rows import FLOAT, OWN, PEERS

sys.path.append(str(ROOT / "Tools/bench-peers"))
from bars import Bar, Panel, picture

HERE = Path(__file__).parent
TEMPLATE = Template((HERE / "page.md.template").read_text())
TITLES = {peer.module: peer.title for peer in PEERS}
PANEL_WIDTH, NAME_WIDTH = 660, 370
TEXT_WIDTH = 130

Row = dict[str, Any]


def title(row: Row) -> str:
    return ", ".join(filter(None, [TITLES[row["module"]], row["variant"]]))


def percent(row: Row, name: str) -> str:
    return f"{row[name]:.2f}" if name in row else "-"


def decibels(row: Row) -> str:
    return f"{row['sqnr']:.2f}" if "sqnr" in row and math.isfinite(row["sqnr"]) else "-"


def seconds(row: Row) -> str:
    if "cpu_seconds" not in row or row["module"] == FLOAT:
        return "-"
    return f"{row['cpu_seconds']:.1f}" if row["cpu_seconds"] < 10 else f"{row['cpu_seconds']:.0f}"


def words(row: Row) -> str:
    """A row's numbers in a line, for who waits for them."""
    if "failure" in row:
        return row["failure"]
    return f"same class {percent(row, 'same_class')} %, SQNR {decibels(row)} dB, {seconds(row)} CPU seconds"


def table(rows: list[Row]) -> str:
    """The Markdown table of a network. Rows of this project are bold; one that failed says so, and why."""
    lines = ["| | top-1 % | same class % | logit SQNR dB | CPU seconds |", "|---|---:|---:|---:|---:|"]
    for row in rows:
        name = f"**{title(row)}**" if row["module"] == OWN else title(row)
        if "failure" in row:
            name += " (failed: " + row["failure"].replace("|", "\\|") + ")"
        cells = [name, percent(row, "top1"), percent(row, "same_class"), decibels(row), seconds(row)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def wrapped(text: str, indent: str = "") -> str:
    """The text in lines, the later ones with this indentation."""
    return textwrap.fill(" ".join(text.split()), TEXT_WIDTH, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def command(case: dict[str, Any]) -> str:
    """The command that made a network's results, with the last parts of its paths alone."""
    variables = {"NAME": case["name"], "NETWORK": f"'{case['network']}'", "CHECKPOINT": Path(case["checkpoint"]).name,
                 "CALIBRATION": Path(case["calibration"]).name, "IMAGES": Path(case["images"]).name}
    text = " ".join(f"{name}={value}" for name, value in variables.items()).replace(" CHECKPOINT", " \\\n  CHECKPOINT")
    options = f" \\\n  COMPARE_OPTIONS=\"--options='{' '.join(case['options'])}'\"" if case["options"] else ""
    return f"make compare-quantizers {text}{options}"


def section(result: dict[str, Any]) -> str:
    case, counts = result["case"], result["counts"]
    return "\n\n".join(filter(None, [
        f"## {case['name']}",
        wrapped(case["note"]),
        f"Calibrated on {counts['calibration']} pictures and compared on {counts['images']:,}; {result['processor']}; "
        f"{result['date']}.",
        table(result["rows"]),
        f"```sh\n{command(case)}\n```"]))


def explanations() -> str:
    """What each tool's rows are, from its module's documentation."""
    entries = []
    for peer in PEERS:
        text = ast.get_docstring(ast.parse((HERE / "peers" / f"{peer.module}.py").read_text()))
        entries.append(wrapped(f"- **{peer.title}.** {text}", indent="  "))
    return "\n".join(entries)


def chart(results: list[dict[str, Any]]) -> str:
    panels = []
    for result in results:
        bars = [Bar(title(row), row["sqnr"], f"{row['sqnr']:.1f} dB", row["module"] == OWN)
                for row in result["rows"] if "sqnr" in row and math.isfinite(row["sqnr"])]
        bars.sort(key=lambda bar: -bar.value)
        if bars:
            panels.append(Panel(result["case"]["name"], bars))
    return picture("Logit SQNR in dB, beside PyTorch in float32: longer is closer", panels, 2, PANEL_WIDTH, NAME_WIDTH)


def write(results: list[dict[str, Any]], folder: Path) -> Path:
    """Writes quantizers.md and quantizers.svg. Returns the page's path."""
    versions = {name: version for result in results for name, version in result["versions"].items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quantizers.svg").write_text(chart(results))
    page = folder / "quantizers.md"
    page.write_text(TEMPLATE.substitute(
        networks="\n\n".join(map(section, results)), rows=explanations(),
        versions=", ".join(f"{name} {version}" for name, version in versions.items())))
    return page


if __name__ == "__main__":
    print(write([json.loads(Path(path).read_text()) for path in sys.argv[2:]], Path(sys.argv[1])))
