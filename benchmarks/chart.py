"""A line chart as SVG, both axes logarithmic: what grows in proportion is a straight line."""

import math
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 150, 40, 40
_COLOURS = ("#0b6e4f", "#b5651d", "#3a4f9b")


@dataclass(frozen=True)
class Line:
    """*points* are (x, y), both above 0."""

    name: str
    points: list[tuple[float, float]]


def draw(title: str, lines: list[Line]) -> str:
    """The picture; each line ends in its name."""
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    low, high = 10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys)))

    def across(x: float) -> float:
        share = math.log(x / min(xs)) / math.log(max(xs) / min(xs))
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def up(y: float) -> float:
        share = math.log(y / low) / math.log(high / low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        "<style>text { font: 13px sans-serif }</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">{escape(title)}</text>',
    ]
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        y = up(10.0**power)
        out.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        out.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for power in range(math.ceil(math.log10(max(xs))) + 1):
        if min(xs) <= 10**power <= max(xs):
            x = across(10**power)
            out.append(f'<text x="{x:.1f}" y="{_HEIGHT - 16}" text-anchor="middle">{10**power:,}</text>')
    for colour, line in zip(_COLOURS, lines, strict=False):
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line.points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        end_x, end_y = line.points[-1]
        where = f'x="{across(end_x) + 8:.1f}" y="{up(end_y) + 4:.1f}"'
        out.append(f'<text {where} fill="{colour}">{escape(line.name)}</text>')
    return "\n".join((*out, "</svg>")) + "\n"
