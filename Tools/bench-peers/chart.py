"""A page's chart: a panel for each network and thread count, with a bar for each runtime, as long as its minimum.

It needs no library.
"""

from html import escape
from typing import Any

from contestants import OWN, RUNTIMES, TITLES

COLUMNS, PANEL_WIDTH, BAR_HEIGHT, GAP = 2, 430, 15, 3
NAME_WIDTH, VALUE_WIDTH, TITLE_HEIGHT, MARGIN = 118, 62, 26, 20

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px }
  .own { fill: #0a7d4f } .peer { fill: #8b95a1 } .bold { font-weight: 600 }
  .background { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .own { fill: #3fc488 } .peer { fill: #67717d } .background { fill: #0d1117 }
  }
"""


def panel(title: str, bars: list[tuple[str, float, bool]]) -> tuple[list[str], int]:
    """A panel's elements, from (0, 0) down, and its height. A bar is a name, milliseconds, and whether it is ours."""
    longest = max(value for _, value, _ in bars)
    room = PANEL_WIDTH - NAME_WIDTH - VALUE_WIDTH - MARGIN
    elements, y = [f'<text class="title" y="14">{escape(title)}</text>'], TITLE_HEIGHT
    for name, value, is_own in bars:
        width, middle = room * value / longest, y + BAR_HEIGHT - 3.5
        weight = ' class="bold"' if is_own else ""
        label = f"{value:.3f} ms" if value < 1 else f"{value:.1f} ms"
        elements += [
            f'<text{weight} x="{NAME_WIDTH - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{"own" if is_own else "peer"}" x="{NAME_WIDTH}" y="{y}" width="{width:.1f}" '
            f'height="{BAR_HEIGHT}" rx="2"/>',
            f'<text{weight} x="{NAME_WIDTH + width + 6:.1f}" y="{middle}">{label}</text>',
        ]
        y += BAR_HEIGHT + GAP
    return elements, y + MARGIN


def drawn(timings: Any, threads: list[int]) -> str:
    panels = []
    for model in timings.models(1):
        for count in threads:
            bars = [(TITLES[runtime], time[0], runtime == OWN) for runtime in RUNTIMES
                    if (time := timings.get(model.name, count, runtime))]
            if bars:
                panels.append(panel(f"{model.title}, {count} thread{'s' * (count > 1)}", bars))
    columns = len(threads) if len(threads) > 1 else COLUMNS
    body, y = [], MARGIN
    for start in range(0, len(panels), columns):
        row = panels[start:start + columns]
        for column, (elements, _) in enumerate(row):
            body += [f'<g transform="translate({MARGIN + column * PANEL_WIDTH} {y})">', *elements, "</g>"]
        y += max(height for _, height in row)
    width = columns * PANEL_WIDTH + MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="img">',
        "<title>Milliseconds for one image, int8, batch 1: shorter is faster</title>", f"<style>{STYLE}</style>",
        f'<rect class="background" width="{width}" height="{y}"/>', *body, "</svg>", ""])
