"""Draws line and bar plots as SVG text, without a plotting library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import inf, isfinite

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 860, 300, 70, 40, 190, 40
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#8a5a83", "#b08900")


@dataclass(frozen=True)
class Line:
    """A named line through (x, y) points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """One plot; x from 0 to `end`, y from 0 to its largest finite value. Infinite values are marked at its upper edge.

    Attributes:
        beyond: meaning of the marks.
    """

    title: str
    x_name: str
    end: float
    lines: Sequence[Line]
    beyond: str = ""


@dataclass(frozen=True)
class Bars:
    """One plot: a bar per series in each group; None where nothing was measured."""

    title: str
    groups: Sequence[str]
    series: Mapping[str, Sequence[float | None]]


def draw(panels: Sequence[Panel | Bars]) -> str:
    """Return an SVG document with the panels below each other."""
    drawn = [_bars(one) if isinstance(one, Bars) else _panel(one) for one in panels]
    body = "".join(f'<g transform="translate(0 {number * HEIGHT})">{one}</g>' for number, one in enumerate(drawn))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT * len(panels)}"'
    style = 'font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'
    return f'{head}<rect width="100%" height="100%" fill="white"/>{body}</svg>\n'


def _panel(panel: Panel) -> str:
    top = max((y for line in panel.lines for _, y in line.points if isfinite(y)), default=1) * 1.05 or 1
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> str:
        return f"{LEFT + x / panel.end * wide:.1f},{TOP + high - min(y / top, 1) * high:.1f}"

    parts = _frame(panel.title, top)
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{LEFT + share * wide:.1f}" y="{TOP + high + 18}" text-anchor="middle">'
                     f"{share * panel.end:,.4g}</text>")  # fmt: skip
    parts.append(f'<text x="{LEFT + wide + 8}" y="{TOP + high + 18}">{escape(panel.x_name)}</text>')
    for number, line in enumerate(panel.lines):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(place(x, y) for x, y in line.points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>')
        parts += [_mark(place(x, y), colour) for x, y in line.points if y == inf]
        parts.append(
            f'<text x="{LEFT + wide + 12}" y="{TOP + 14 + 18 * number}" fill="{colour}">{escape(line.name)}</text>'
        )
    if any(y == inf for line in panel.lines for _, y in line.points):
        x, y = LEFT + wide + 12, TOP + 14 + 18 * len(panel.lines)
        parts.append(f'{_mark(f"{x + 5},{y - 4}", "#333")}<text x="{x + 15}" y="{y}">{escape(panel.beyond)}</text>')
    return "".join(parts)


def _mark(place: str, colour: str) -> str:
    """Return a triangle that points up."""
    x, y = map(float, place.split(","))
    return f'<path class="beyond" fill="{colour}" d="M{x - 5:.1f},{y + 5:.1f}h10l-5,-10z"/>'


def _frame(title: str, top: float) -> list[str]:
    """Return the title and the horizontal grid lines."""
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    parts = [f'<text x="{LEFT}" y="{TOP - 14}" font-size="15">{escape(title)}</text>']
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = TOP + high - share * high
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share * top:,.0f}</text>')
    return parts


def _bars(panel: Bars) -> str:
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    top = max((value for values in panel.series.values() for value in values if value), default=1) * 1.1
    parts, group = _frame(panel.title, top), wide / max(len(panel.groups), 1)
    bar = group * 0.85 / max(len(panel.series), 1)
    for at, name in enumerate(panel.groups):
        x = LEFT + (at + 0.5) * group
        parts.append(f'<text x="{x:.1f}" y="{TOP + high + 18}" text-anchor="middle">{escape(name)}</text>')
    for number, (name, values) in enumerate(panel.series.items()):
        colour = COLOURS[number % len(COLOURS)]
        for at, value in enumerate(values):
            if value is not None:
                parts.append(
                    _bar(LEFT + at * group + group * 0.075 + number * bar, bar, value, value / top * high, colour)
                )
        y = TOP + 14 + 18 * number
        parts.append(f'<text x="{LEFT + wide + 12}" y="{y}" fill="{colour}">{escape(name)}</text>')
    return "".join(parts)


def _bar(x: float, wide: float, value: float, high: float, colour: str) -> str:
    y, middle = HEIGHT - BOTTOM - high, x + wide / 2
    box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide * 0.9:.1f}" height="{high:.1f}" fill="{colour}"/>'
    return f'{box}<text x="{middle:.1f}" y="{y - 3:.1f}" font-size="9" text-anchor="middle">{value:,.4g}</text>'
