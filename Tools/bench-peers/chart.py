"""A page's chart: a panel for each network and thread count, with a bar for each runtime, as long as its minimum."""

from typing import Any

from bars import Bar, Panel, picture
from contestants import OWN, RUNTIMES, TITLES

COLUMNS, PANEL_WIDTH, NAME_WIDTH = 2, 430, 118


def bar(runtime: str, milliseconds: float) -> Bar:
    label = f"{milliseconds:.3f} ms" if milliseconds < 1 else f"{milliseconds:.1f} ms"
    return Bar(TITLES[runtime], milliseconds, label, runtime == OWN)


def drawn(timings: Any, threads: list[int]) -> str:
    panels = []
    for model in timings.models(1):
        for count in threads:
            bars = [bar(runtime, time[0]) for runtime in RUNTIMES if (time := timings.get(model.name, count, runtime))]
            if bars:
                panels.append(Panel(f"{model.title}, {count} thread{'s' * (count > 1)}", bars))
    return picture("Milliseconds for one image, int8, batch 1: shorter is faster", panels,
                   len(threads) if len(threads) > 1 else COLUMNS, PANEL_WIDTH, NAME_WIDTH)
