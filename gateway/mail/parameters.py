"""
Parameters of Content-Type and Content-Disposition (RFC 2045, 5.1; RFC 2231).

Linear whatever comes in: 50,000 semicolons cost the standard library twenty
seconds.
"""

import re
from urllib.parse import unquote_to_bytes

from gateway.mail.charset import decode_text
from gateway.mail.headers import decode_header

_PARAMETER = re.compile(
    r"""[;\s]*+(?P<name>[^\s=;"]++)\s*+=\s*+(?:"(?P<quoted>(?:[^"\\]|\\.)*)(?:"|$)|(?P<plain>[^;]*))""",
    re.DOTALL,
)
_COMMENT = re.compile(r"\([^()]*\)")
_SECTION = re.compile(r"(?P<base>[^*]+)(?:\*(?P<number>\d{1,3}))?(?P<coded>\*)?")
_MOST = 200


def read_parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """
    The value before the first semicolon, lower-case, and the parameters by name.

    Continuations and charsets of RFC 2231 are put together; encoded words in a
    quoted value are decoded too, since mail programs write and read them. The
    first of two equal names counts.
    """
    text = decode_text(raw, "utf-8").replace("\r\n", " ").replace("\n", " ")
    value, _, rest = text.partition(";")
    value = _COMMENT.sub("", value).strip().lower()
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    position = 0
    for _ in range(_MOST):
        match = _PARAMETER.match(rest, position)
        if match is None:
            skip = rest.find(";", position + 1)
            if skip < 0:
                break
            position = skip
            continue
        position = match.end()
        content = match["quoted"]
        if content is None:
            content = _COMMENT.sub("", match["plain"]).strip()
        else:
            content = re.sub(r"\\(.)", r"\1", content, flags=re.DOTALL)
        name = match["name"].lower()
        section = _SECTION.fullmatch(name)
        if section and (section["number"] or section["coded"]):
            number = int(section["number"] or 0)
            pieces = sections.setdefault(section["base"], {})
            pieces.setdefault(number, (bool(section["coded"]), content))
        else:
            plain.setdefault(name, content)
    for base, pieces in sections.items():
        plain[base] = _join(pieces)
    return value, {name: _shown(content) for name, content in plain.items()}


def _join(pieces: dict[int, tuple[bool, str]]) -> str:
    """RFC 2231, 3 and 4: the sections in order; the first names the charset."""
    charset = "utf-8"
    data = b""
    for number in sorted(pieces):
        coded, content = pieces[number]
        if coded and number == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if coded else content.encode("utf-8", "surrogateescape")
    return decode_text(data, charset)


def _shown(content: str) -> str:
    if "=?" in content:
        return decode_header(content.encode("utf-8", "surrogateescape"))
    return content
