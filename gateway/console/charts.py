"""
Charts of a report, as SVG for the page itself.

leather draws them with plain attributes and no style or script, which is what the page's
policy asks for; its colours and fonts are taken out again, so that the style sheet's hold, by
day and by night. The table beside each chart has the same numbers.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup

from gateway.console.rendering import shown

if TYPE_CHECKING:
    from leather.chart import Chart

_WIDTH, _HEIGHT = 420, 200  # units, which the page scales
_BAR = 22
_ALL, _PART = "all", "part"  # classes of the two series, and what leather takes for their colours
_MOST_LABELS = 6


def columns(
    key: str, title: str, names: Sequence[str], stopped: Sequence[int], sent: Sequence[int]
) -> Markup:
    """Upright bars in the order of *names*, such as weeks; some of the names stand below. *key* is for ids."""
    if not any(stopped):
        return Markup()
    chart = _chart()
    every = -(-len(names) // _MOST_LABELS)
    chart.add_x_axis(ticks=[each for number, each in enumerate(names) if number % every == 0])
    _counted(chart, "y", max(stopped))
    chart.add_columns(list(zip(names, stopped, strict=True)), name="Stopped", fill_color=_ALL)
    chart.add_columns(list(zip(names, sent, strict=True)), name="Sent as they were", fill_color=_PART)
    return _svg(chart, key, title, _HEIGHT, names, stopped, sent)


def bars(key: str, title: str, names: Sequence[str], stopped: Sequence[int], sent: Sequence[int]) -> Markup:
    """Bars that lie, the longest on top, with the number of their row in the table before them."""
    if not any(stopped):
        return Markup()
    chart = _chart()
    rows = [str(number) for number, _ in enumerate(names, 1)]
    _counted(chart, "x", max(stopped))
    chart.add_bars(list(zip(stopped, rows, strict=True)), name="Stopped", fill_color=_ALL)
    chart.add_bars(list(zip(sent, rows, strict=True)), name="Sent as they were", fill_color=_PART)
    return _svg(chart, key, title, 85 + _BAR * len(names), names[::-1], stopped[::-1], sent[::-1])


def _chart() -> "Chart":
    from leather.chart import Chart  # it takes a while, and not every process draws

    return Chart()


def _counted(chart: "Chart", axis: str, most: int) -> None:
    """Numbers of messages: whole ones, five or so."""
    from leather.scales.linear import Linear

    step = next(size * 10**power for power in range(9) for size in (1, 2, 5) if most <= 5 * size * 10**power)
    top = step * -(-most // step)
    ticks = list(range(0, top + 1, step))
    if axis == "x":
        chart.set_x_scale(Linear(0, top))
        chart.add_x_axis(ticks=ticks)
    else:
        chart.set_y_scale(Linear(0, top))
        chart.add_y_axis(ticks=ticks)


def _svg(
    chart: "Chart",
    key: str,
    title: str,
    height: int,
    names: Sequence[str],
    stopped: Sequence[int],
    sent: Sequence[int],
) -> Markup:
    drawn = chart.to_svg_group(_WIDTH, height)
    drawn.remove(drawn[0])  # its background
    _undress(drawn)
    # Each bar says on its own what it stands for.
    for shape, what, values in (
        (_ALL, "stopped", stopped),
        (_PART, "sent as they were", sent),
    ):
        found = [each for group in drawn.iterfind(".//g[@class]") for each in group.iterfind("rect")]
        rects = [each for each in found if each.get("class") == shape]
        for rect, name, value in zip(rects, names, values, strict=True):
            ET.SubElement(rect, "title").text = f"{shown(name)}: {value} {what}"
    name = f"chart-{key}"
    root = ET.Element("svg", viewBox=f"0 0 {_WIDTH} {height}", role="img")
    root.set("class", "chart")
    root.set("aria-labelledby", f"{name} {name}-more")
    ET.SubElement(root, "title", id=name).text = title
    most = max(stopped)
    told = f"Most were stopped for {shown(names[stopped.index(most)])}: {most}. The table has all numbers."
    ET.SubElement(root, "desc", id=f"{name}-more").text = told
    root.append(drawn)
    return Markup(ET.tostring(root, encoding="unicode", short_empty_elements=False))  # noqa: S704 -- escaped by it


def _undress(drawn: ET.Element) -> None:
    """Take colours and fonts out; of the two series make classes."""
    for each in drawn.iter():
        for name in ("stroke", "stroke-width", "font-family", "font-size"):
            each.attrib.pop(name, None)
        colour = each.attrib.pop("fill", "")
        if colour in (_ALL, _PART):
            each.set("class", colour)
