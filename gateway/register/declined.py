"""
Names as Slavic languages decline them: "урок для Саши", "zajęcia dla Łukasza".

Only endings are looked at, of folded words: enough for names, which decline regularly.
"""

from collections.abc import Iterator

# What a declined ending may have been in the nominative. In folded Cyrillic a short i is an i.
_CYRILLIC: dict[str, tuple[str, ...]] = {
    "ы": ("а",), "и": ("а", "я", "ь"), "у": ("а", ""), "ю": ("я", "и", "ь"), "е": ("а", "я", ""),
    "ои": ("а", "ая"), "ею": ("я",), "еи": ("я", "а"), "ою": ("а", "ая"), "єю": ("я",), "ую": ("ая",),
    "а": ("", "о"), "я": ("и", "ь"), "ом": ("",), "ем": ("и", "ь", ""), "ым": ("",), "им": ("ии",), "ові": ("", "о"),
    "еві": ("и", "ь"), "і": ("а", "я"), "ого": ("ии", "ыи"), "ому": ("ии", "ыи"),
}  # fmt: skip
_LATIN: dict[str, tuple[str, ...]] = {
    "i": ("a", "ia"), "y": ("a",), "ie": ("a", "ia", ""), "e": ("a", "ia"), "o": ("a",), "u": ("", "a"), "a": ("",), "owi": ("",),
    "ovi": ("",), "em": ("",), "iem": ("",), "om": ("",), "ou": ("a",), "iu": ("", "ia"), "iej": ("a",), "ej": ("a",),
    "iego": ("i",), "iemu": ("i",), "im": ("i",), "ego": ("y", ""),
}  # fmt: skip
_SHORTEST = 3  # letters that stay when the ending is off


def is_cyrillic(folded: str) -> bool:
    """Whether a word is written in Cyrillic letters."""
    return "\u0400" <= folded[0] <= "\u04ff" and "\u0400" <= folded[-1] <= "\u04ff"


def nominatives(folded: str) -> Iterator[str]:
    """What a declined word may be in the nominative, itself left out."""
    endings, shortest = (_CYRILLIC, 2) if is_cyrillic(folded) else (_LATIN, _SHORTEST)
    for length in range(min(4, len(folded) - shortest), 0, -1):
        stem, ending = folded[:-length], folded[-length:]
        for other in endings.get(ending, ()):
            yield stem + other
