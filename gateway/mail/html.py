"""HTML within a bound. Pure."""

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser

_SHORT = 8_000  # characters; no nesting makes those slow
_MOST = 20_000_000  # steps of the parser, of some ten nanoseconds each
# As HTML reads them (13.2.5): a quotation mark counts behind "=" only, and what has no end goes to the end of the page.
_BLANK = r"[\t\n\f\r ]"
_VALUE = rf"""(?:{_BLANK}*+={_BLANK}*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >"'][^\t\n\f\r >]*+)?)?"""
_TAG = rf"<(/?)([a-z][^\t\n\f\r />]*+)(?:[\t\n\f\r /]++|[^\t\n\f\r />][^\t\n\f\r />=]*+{_VALUE})*+(?:>|\Z)"
_COMMENT = r"<!--(?:-?>|(?:[^-]|-(?!-!?>))*+(?:--!?>|\Z))|<[!?/][^>]*+(?:>|\Z)"
_TOKEN = re.compile(f"{_TAG}|{_COMMENT}", re.IGNORECASE | re.ASCII)
# What holds no tags, whatever stands in it; a script may name its own end within a comment.
_RAW = {
    name: re.compile(rf"</{name}(?=[\t\n\f\r />])|\Z", re.IGNORECASE | re.ASCII)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
}
# What is shown always follows the end of something, so that this takes none of it, whatever it takes for a tag.
_ANGLED = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE | re.ASCII)
_MARKUP = re.compile(r"<[a-z/!?]", re.IGNORECASE | re.ASCII)
# Within these, HTML reads by other rules: raw elements hold tags, and any tag may end itself.
_OTHERWISE = re.compile(r"<(?:svg|math|select|frameset|plaintext)\b", re.IGNORECASE)
_EMPTY = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)  # fmt: skip
_SINGLE = _EMPTY | {"p", "li", "td", "th", "tr", "dt", "dd", "option"}  # the next one ends them
_EVERYWHERE = frozenset(["br", "embed", "hr", "img", "meta"])  # empty by all rules
# They are opened anew wherever an element that they reach over has ended (13.2.4.3), three of a kind.
_FORMATTING = frozenset(["b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"])
_FORMATS = re.compile(rf"<(?:{'|'.join(_FORMATTING)})\b", re.IGNORECASE)
_ANEW, _ALIKE = 100, 3  # steps for one that is opened anew; how many of a kind are
_LONG = 1_000  # characters of a tag that may have many attributes, each of which is compared with all
_QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_APART = re.compile(r"[\s/\"']+")


def parsed(source: str) -> LexborHTMLParser:
    """
    The page. Parsing takes the square of its depth, so one that would take long loses its tags first.

    Its words are all there then, in their order, those of scripts and comments too.
    """
    takes_long = len(source) > _SHORT and _steps(source) > _MOST
    return LexborHTMLParser(_ANGLED.sub(" ", source).replace("<", " ") if takes_long else source)


def _steps(source: str) -> int:
    """
    How much there is to do at most: for each tag as much as elements may be open then.

    A closing tag counts where it names what was opened last; any other may be one that browsers pass over.
    """
    otherwise = _OTHERWISE.search(source) is not None
    single = _EVERYWHERE if otherwise else _SINGLE
    still_open: list[tuple[str, str]] = []  # names, and of formatting the tag, by which it is known as alike
    alike = Counter[str]()
    steps = anew = position = 0
    while steps <= _MOST and (token := _TOKEN.search(source, position)):
        text, name = token[0], (token[2] or "").lower()
        raw = _RAW[name].search(source, token.end()) if name in _RAW and not token[1] else None
        if (otherwise and _MARKUP.search(text, 1)) or (
            raw and _may_go_on(source[token.end() : raw.start()], otherwise)
        ):
            return steps + _at_worst(source, position, len(still_open), anew)
        position = raw.start() if raw else token.end()
        steps += 1 + len(still_open) + _ANEW * anew
        if len(text) > _LONG:
            steps += len(_APART.split(_QUOTED.sub("=", text))) ** 2 // 3
        if token[1]:
            if still_open and still_open[-1][0] == name:
                last = still_open.pop()[1]
                anew -= 0 < alike[last] <= _ALIKE
                alike[last] -= 1
        elif name and name not in single and not (otherwise and name in _EMPTY and text.endswith("/>")):
            still_open.append((name, text if name in _FORMATTING else ""))
            if name in _FORMATTING:
                alike[text] += 1
                anew += alike[text] <= _ALIKE
    return steps


def _may_go_on(raw: str, otherwise: bool) -> bool:
    """Whether a raw element may end elsewhere than at its name, or hold tags."""
    start = raw.find("<!--")
    goes_on = start >= 0 and "<script" in raw[start:].lower()
    return goes_on or (otherwise and _MARKUP.search(raw) is not None)


def _at_worst(source: str, start: int, depth: int, anew: int) -> int:
    """What is left to do where nothing tells the tags from the rest: all of them open, and none closes."""
    tags = source.count("<", start)
    return tags * (depth + tags + _ANEW * (anew + len(_FORMATS.findall(source, start))))
