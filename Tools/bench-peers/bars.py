"""Pictures of horizontal bars, as SVG: panels side by side, each with a title and a bar for each of its values.

It needs no library.
"""

from dataclasses import dataclass
from html import escape

BAR_HEIGHT, GAP = 15, 3
VALUE_WIDTH, TITLE_HEIGHT, MARGIN = 62, 26, 20

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px }
  .own { fill: #0a7d4f } .peer { fill: #8b95a1 } .bold { font-weight: 600 }
  .background { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .own { fill: #3fc488 } .peer { fill: #67717d } .background { fill: #0d1117 }
  }
"""


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    label: str
    """The value in words, which stands at the end of the bar."""
    is_own: bool


@dataclass(frozen=True)
class Panel:
    title: str
    bars: list[Bar]


def elements(panel: Panel, width: int, name_width: int) -> tuple[list[str], int]:
    """A panel's elements, from (0, 0) down, and its height."""
    longest = max(bar.value for bar in panel.bars)
    room = width - name_width - VALUE_WIDTH - MARGIN
    result, y = [f'<text class="title" y="14">{escape(panel.title)}</text>'], TITLE_HEIGHT
    for bar in panel.bars:
        length, middle = room * bar.value / longest, y + BAR_HEIGHT - 3.5
        weight = ' class="bold"' if bar.is_own else ""
        result += [
            f'<text{weight} x="{name_width - 8}" y="{middle}" text-anchor="end">{escape(bar.name)}</text>',
            f'<rect class="{"own" if bar.is_own else "peer"}" x="{name_width}" y="{y}" width="{length:.1f}" '
            f'height="{BAR_HEIGHT}" rx="2"/>',
            f'<text{weight} x="{name_width + length + 6:.1f}" y="{middle}">{escape(bar.label)}</text>',
        ]
        y += BAR_HEIGHT + GAP
    return result, y + MARGIN


def picture(title: str, panels: list[Panel], columns: int, panel_width: int, name_width: int) -> str:
    """The picture's SVG. `panel_width` and `name_width`, the part of it that names take, are in pixels."""
    body, y = [], MARGIN
    for start in range(0, len(panels), columns):
        row = [elements(panel, panel_width, name_width) for panel in panels[start:start + columns]]
        for column, (drawn, _) in enumerate(row):
            body += [f'<g transform="translate({MARGIN + column * panel_width} {y})">', *drawn, "</g>"]
        y += max(height for _, height in row)
    width = columns * panel_width + MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="img">',
        f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
        f'<rect class="background" width="{width}" height="{y}"/>', *body, "</svg>", ""])
