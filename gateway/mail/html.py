"""HTML within a bound. Pure."""

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser

_DEEPEST = 500  # elements within one another; Chromium shows no more than 512
# As HTML reads them (13.2.5): a quotation mark counts behind "=" only, and what has no end goes to the end of the page.
_TAG = re.compile(
    r"""<(/?)([a-z][a-z0-9]*)(?:[^=>]|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?)*+(?:>|\Z)""", re.IGNORECASE
)
# What holds no tags, whatever stands in it.
_RAW = re.compile(
    r"<!--(?:-?>|(?:[^-]|-(?!-!?>))*+(?:--!?>|\Z))|"
    r"<(script|style|title|textarea|xmp|iframe|noembed|noframes)\b[^<]*+(?:<(?!/\1)[^<]*+)*+(?:</\1|\Z)",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)  # within them those elements do hold tags
# They have no end, or the next one ends them.
_SINGLE = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "td",
        "th",
        "tr",
        "dt",
        "dd",
        "option",
    ]
)


def parsed(source: str) -> LexborHTMLParser:
    """
    The page. Parsing takes the square of the depth, so one that is nested as no page is loses its tags first.

    Its words are all there then, in their order, those of scripts too.
    """
    return LexborHTMLParser(_TAG.sub(" ", source) if _is_too_deep(source) else source)


def _is_too_deep(source: str) -> bool:
    if source.count("<") <= _DEEPEST:
        return False
    depth, still_open = 0, Counter[str]()
    hidden = _openings if _FOREIGN.search(source) else ""
    for end, name in _TAG.findall(_RAW.sub(hidden, source)):
        name = name.lower()
        if name in _SINGLE:
            continue
        if not end:
            still_open[name] += 1
            depth += 1
        elif still_open[name]:
            still_open[name] -= 1
            depth -= 1
        if depth > _DEEPEST:
            return True
    return False


def _openings(raw: re.Match[str]) -> str:
    """What may open within a raw element; what closes there is not believed. Nothing of a comment."""
    if raw[1] is None:
        return ""
    return "".join(f"<{name}>" for end, name in _TAG.findall(raw[0]) if not end) + f"</{raw[1]}"
