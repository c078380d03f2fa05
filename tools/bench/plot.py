"""The plot of duration against size, as SVG. It needs no plotting library, which would be a large dependency."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from statistics import median
from typing import Any

_WIDTH, _HEIGHT = 820, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 230, 50, 50
#: Command, side, label, color, dashes.
_LINES = (
    ("first", "ours", "first up", "#b33a3a", ""),
    ("first", "floor", "first up, engine's floor", "#b33a3a", "5 4"),
    ("unchanged", "ours", "up, nothing changed", "#2b6cb0", ""),
    ("unchanged", "floor", "the same, engine's floor", "#2b6cb0", "5 4"),
    ("refresh", "ours", "refresh", "#2f855a", ""),
    ("refresh", "floor", "refresh, engine's floor", "#2f855a", "5 4"),
)
_SYNC = ("npx novu sync's call", "#4a5568", "1 4")

Points = list[tuple[int, float]]


def svg(results: dict[str, Any]) -> str:
    """Draw seconds against workflows, both axes logarithmic."""
    sizes = {int(size): measured for size, measured in results["sizes"].items()}
    lines: list[tuple[str, str, str, Points]] = [
        (label, color, dashes, [(size, median(sizes[size]["seconds"][name][side])) for size in sorted(sizes)])
        for name, side, label, color, dashes in _LINES
    ]
    lines.append((*_SYNC, [(size, median(sizes[size]["sync"])) for size in sorted(sizes)]))
    axes = _Axes(sorted(sizes), [seconds for *_, points in lines for _, seconds in points])
    title = "Seconds against workflows of two steps each; a server that takes 65 ms for each workflow of a sync"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
            'font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            _text(_LEFT, 24, title),
            *axes.grid(),
            *(element for line in lines for element in _line(axes, *line)),
            *_legend(lines),
            "</svg>\n",
        ]
    )


class _Axes:
    def __init__(self, sizes: Sequence[int], seconds: Sequence[float]) -> None:
        self._sizes = sizes
        self._first = math.floor(math.log10(min(seconds)))
        self._last = math.ceil(math.log10(max(seconds)))

    def x(self, size: float) -> float:
        """Return the position of a size. A single size is in the middle."""
        low, high = math.log(self._sizes[0]), math.log(self._sizes[-1])
        part = (math.log(size) - low) / (high - low) if high > low else 0.5
        return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)

    def y(self, seconds: float) -> float:
        """Return the position of a duration."""
        part = (math.log10(seconds) - self._first) / max(1, self._last - self._first)
        return _HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM)

    def grid(self) -> Iterator[str]:
        """Draw a line for each size and for each 1, 2 and 5 of a decade."""
        for size in self._sizes:
            yield _stroke(self.x(size), _TOP, self.x(size), _HEIGHT - _BOTTOM)
            yield _text(self.x(size), _HEIGHT - _BOTTOM + 18, str(size), "middle")
        for decade in range(self._first, self._last + 1):
            for part in (1, 2, 5) if decade < self._last else (1,):
                seconds = part * 10.0**decade
                yield _stroke(_LEFT, self.y(seconds), _WIDTH - _RIGHT, self.y(seconds))
                yield _text(_LEFT - 8, self.y(seconds) + 4, f"{seconds:g} s", "end")


def _line(axes: _Axes, _label: str, color: str, dashes: str, points: Points) -> Iterator[str]:
    path = " ".join(f"{axes.x(size):.1f},{axes.y(seconds):.1f}" for size, seconds in points)
    yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"/>'
    if not dashes:
        for size, seconds in points:
            yield f'<circle cx="{axes.x(size):.1f}" cy="{axes.y(seconds):.1f}" r="3" fill="{color}"/>'


def _legend(lines: Sequence[tuple[str, str, str, Points]]) -> Iterator[str]:
    left = _WIDTH - _RIGHT + 20
    for number, (label, color, dashes, _) in enumerate(lines):
        top = _TOP + 10 + 22 * number
        yield (
            f'<line x1="{left}" y1="{top}" x2="{left + 26}" y2="{top}" stroke="{color}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
        )
        yield _text(left + 34, top + 4, label)


def _stroke(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#e2e8f0"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1a202c">{escape(text)}</text>'
