"""
What people read: templates and their translations, for notices and for the tutors' pages.

An agency's own folder comes first, the product's behind it. Every template is
read at the start, so that a broken one stops the start and not the first notice.
"""

import re
import textwrap
from collections.abc import Iterable
from datetime import datetime
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from gateway.policy.titles import title
from gateway.settings import SettingsProblem, config_folder

LANGUAGES = ("en", "cy")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


_NUMBER = re.compile(r"\d+")


class Catalogue(NullTranslations):
    """The translations of one language; what has none stays English."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__()
        self._texts = texts

    def gettext(self, message: str) -> str:
        """The text in this language. One that came with its numbers in it stands in the catalogue with {} for each."""
        own = self._texts.get(message)
        if own:
            return own
        numbers = _NUMBER.findall(message)
        own = self._texts.get(_NUMBER.sub("{}", message)) if numbers else None
        return own.format(*numbers) if own else message


def catalogue(language: str, own: Path | None = None) -> Catalogue:
    """
    The translations into a language, those of the agency's folder before the product's.

    Raises:
        SettingsProblem: a file cannot be read.
    """
    texts: dict[str, str] = {}
    for folder in _folders(own)[::-1]:
        file = folder / f"{language}.po"
        if file.is_file():
            texts |= read_po(file)
    return Catalogue(texts)


_ENTRY = re.compile(r'msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)msgstr ((?:"(?:[^"\\]|\\.)*"\s*)+)')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def read_po(file: Path) -> dict[str, str]:
    """
    The entries of a gettext catalogue, without plurals and contexts, which are not used here.

    Raises:
        SettingsProblem: it is no UTF-8 text.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsProblem(file, "file", type(problem).__name__, "a gettext catalogue in UTF-8") from None
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return {_joined(entry[1]): _joined(entry[2]) for entry in _ENTRY.finditer(lines) if _joined(entry[1])}


def _joined(strings: str) -> str:
    text = "".join(_STRING.findall(strings))
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


class Wording:
    """Renders texts in one language."""

    def __init__(self, language: str = "en", own: Path | None = None) -> None:
        self.language = language
        self._translations = catalogue(language, own)
        self._environment = Environment(
            loader=FileSystemLoader(_folders(own)),
            autoescape=select_autoescape(("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_gettext_translations(self._translations, newstyle=True)  # type: ignore[attr-defined]
        self._environment.globals |= {"title": title, "language": language}
        self._environment.filters["wrap"] = wrap

    def check(self, names: Iterable[str]) -> None:
        """
        Read these templates once.

        Raises:
            SettingsProblem: one is missing or broken.
        """
        for name in names:
            try:
                self._environment.get_template(name)
            except (TemplateError, OSError, UnicodeDecodeError) as problem:
                what = f"{type(problem).__name__} ({problem})"
                raise SettingsProblem("templates", name, what, "a template that can be used") from None

    def say(self, text: str) -> str:
        """One text in this language."""
        return self._translations.gettext(text)

    def moment(self, moment: datetime) -> str:
        """A time as people say it: 16:20 on Monday 12 October."""
        day, month = self.say(_DAYS[moment.weekday()]), self.say(_MONTHS[moment.month - 1])
        return self.say("%(time)s on %(day)s %(date)s %(month)s") % {
            "time": f"{moment:%H:%M}",
            "day": day,
            "date": moment.day,
            "month": month,
        }

    def plain(self, name: str, **values: Any) -> str:
        """A text without markup, with at most one empty line in a row."""
        text = self._environment.get_template(f"{name}.txt").render(values)
        out: list[str] = []
        for line in text.splitlines():
            if line.strip() or (out and out[-1]):
                out.append(line.rstrip())
        return "\n".join(out).strip() + "\n"

    def html(self, name: str, **values: Any) -> str:
        """HTML; every value in it is escaped."""
        return self._environment.get_template(f"{name}.html").render(values)


def wrap(text: str, indent: str = "", width: int = 72) -> str:
    """
    The text in lines of that width, those after the first behind *indent*.

    Addresses and links stay whole, however long they are.
    """
    words = text.strip()
    return textwrap.fill(
        words,
        width,
        initial_indent=text[: text.find(words[:1])] if words else "",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _folders(own: Path | None) -> list[Path]:
    return [folder for folder in (own, config_folder() / "templates") if folder]
