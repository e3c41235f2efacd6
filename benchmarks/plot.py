"""Line plots as SVG text: no plotting library is a dependency of this project, and two panels need none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 860, 300, 70, 40, 190, 40
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#8a5a83", "#b08900")


@dataclass(frozen=True)
class Line:
    """A named line through (x, y) points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """One plot; x from 0 to `end`, y from 0 to its largest value."""

    title: str
    x_name: str
    end: float
    lines: Sequence[Line]


def draw(panels: Sequence[Panel]) -> str:
    """The panels one below the other."""
    body = "".join(
        f'<g transform="translate(0 {number * HEIGHT})">{_panel(one)}</g>' for number, one in enumerate(panels)
    )
    size = f'viewBox="0 0 {WIDTH} {HEIGHT * len(panels)}"'
    style = 'font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'
    return f'{head}<rect width="100%" height="100%" fill="white"/>{body}</svg>\n'


def _panel(panel: Panel) -> str:
    top = max((y for line in panel.lines for _, y in line.points), default=1) * 1.05 or 1
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> str:
        return f"{LEFT + x / panel.end * wide:.1f},{TOP + high - y / top * high:.1f}"

    parts = [f'<text x="{LEFT}" y="{TOP - 14}" font-size="15">{escape(panel.title)}</text>']
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = TOP + high - share * high
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share * top:,.0f}</text>')
        parts.append(f'<text x="{LEFT + share * wide:.1f}" y="{TOP + high + 18}" text-anchor="middle">'
                     f"{share * panel.end:,.4g}</text>")  # fmt: skip
    parts.append(f'<text x="{LEFT + wide + 8}" y="{TOP + high + 18}">{escape(panel.x_name)}</text>')
    for number, line in enumerate(panel.lines):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(place(x, y) for x, y in line.points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>')
        parts.append(
            f'<text x="{LEFT + wide + 12}" y="{TOP + 14 + 18 * number}" fill="{colour}">{escape(line.name)}</text>'
        )
    return "".join(parts)
