"""
A message's body as HTML that can do nothing: no script, style, form, link or remote picture.

What is shown is what `nh3` lets through, without a single address that a browser could
follow or fetch; links are listed beside it as text, pictures that the message brings are
put in as data.
"""

import base64
import html
import re
from collections.abc import Iterable, Mapping

import msgspec
import nh3

from gateway.mail.message import Message
from gateway.mail.mime import Part

_TAGS = {
    "a", "abbr", "address", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "section",
    "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
    "*": {"dir", "lang"},
}
_WITHOUT_CONTENT = {
    "script", "style", "title", "template", "iframe", "object", "embed", "noscript", "svg", "math", "textarea",
    "select", "option", "noembed", "noframes", "xmp", "plaintext", "audio", "video", "canvas",
}  # fmt: skip
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
_LARGEST_PICTURE = 2_000_000
_LARGEST_BODY = 2_000_000
_LONGEST_LINK = 300
_TAG = re.compile(r"(<[^>]*>)")


class Letter(msgspec.Struct, frozen=True):
    """What to show of a message: safe HTML, the links in it, and whether pictures were left out."""

    html: str
    links: tuple[str, ...] = ()
    pictures_left_out: bool = False
    cut: bool = False

    @property
    def height(self) -> str:
        """How much room it needs, roughly: a frame without script cannot say."""
        lines = (
            self.html.count("<br") + 2 * self.html.count("<p") + self.html.count("\n") + len(self.html) // 70
        )
        return "short" if lines < 10 else "middling" if lines < 25 else "long"


def letter(message: Message, marks: Iterable[str] = ()) -> Letter:
    """The message as its recipients read it; what is in *marks* is highlighted."""
    alternatives = _shown_bodies(message)
    pictures = {part.content_id: part for part in message.parts if part.content_id}
    out: list[str] = []
    links: dict[str, None] = {}
    left_out = cut = False
    for part in alternatives:
        text = part.text
        cut = cut or len(text) > _LARGEST_BODY
        text = text[:_LARGEST_BODY]
        if part.content_type == "text/html":
            cleaned = _Cleaner(pictures)
            out.append(cleaned.clean(text))
            links |= cleaned.links
            left_out = left_out or cleaned.left_out
        else:
            out.append(f'<pre class="plain">{html.escape(text)}</pre>')
    shown = "<hr>".join(out) or "<p>This message has no text.</p>"
    return Letter(marked(shown, marks), tuple(links), left_out, cut)


def _shown_bodies(message: Message) -> list[Part]:
    """Of alternatives the HTML, since mail programs show that; whatever else is text, in order."""
    skipped: set[str] = set()
    for part in message.root.walk():
        if part.content_type == "multipart/alternative" and part.children:
            bodies = [each for each in part.walk() if not each.children and not each.is_attachment]
            if any(each.content_type == "text/html" for each in bodies):
                skipped |= {each.path for each in bodies if each.content_type == "text/plain"}
    return [
        part
        for part in message.bodies
        if part.path not in skipped
        and part.content_type.startswith(("text/plain", "text/html", "multipart/"))
    ]


class _Cleaner:
    """Cleans one body, and collects what was taken out of it."""

    def __init__(self, pictures: Mapping[str, Part]) -> None:
        self.links: dict[str, None] = {}
        self.left_out = False
        self._pictures = pictures

    def clean(self, text: str) -> str:
        """Only what `_TAGS` allows, and no address in it."""
        return nh3.clean(
            text,
            tags=_TAGS,
            clean_content_tags=_WITHOUT_CONTENT,
            attributes=_ATTRIBUTES,
            attribute_filter=self._attribute,
            url_schemes={"http", "https", "mailto", "tel", "cid", "data", "ftp", "file"},
            strip_comments=True,
            link_rel=None,
        )

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if tag == "a" and name == "href":
            self.links.setdefault("".join(char for char in value if char.isprintable())[:_LONGEST_LINK])
            return None
        if tag == "img" and name == "src":
            data = self._picture(value)
            self.left_out = self.left_out or data is None
            return data
        return value

    def _picture(self, source: str) -> str | None:
        """A picture that came with the message, as data; nothing that would have to be fetched."""
        part = self._pictures.get(source.partition(":")[2]) if source.lower().startswith("cid:") else None
        if part is None or len(part.encoded) > _LARGEST_PICTURE:
            return None
        content = part.content
        kind = next((kind for magic, kind in _PICTURES.items() if content.startswith(magic)), None)
        return f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else None


def marked(safe: str, marks: Iterable[str]) -> str:
    """The same HTML with each of these stretches of its text highlighted."""
    wanted = sorted({html.escape(each, quote=False) for each in marks if each.strip()}, key=len, reverse=True)
    if not wanted:
        return safe
    # Words are parted by white space of any kind, and quotes may be escaped or not.
    patterns = (r"\s+".join(map(_quotes, each.split())) for each in wanted)
    either = re.compile("|".join(patterns), re.IGNORECASE)
    pieces = _TAG.split(safe)
    return "".join(
        piece if piece.startswith("<") else either.sub(lambda found: f"<mark>{found[0]}</mark>", piece)
        for piece in pieces
    )


def _quotes(word: str) -> str:
    return re.escape(word).replace("'", "(?:'|&#x27;|&#39;)").replace('"', '(?:"|&quot;)')
