"""The templates: an agency's own folder first, the product's behind it."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gateway.settings import config_folder

# How a rule is called where its finding is explained. One that is not listed shows its id.
_TITLES = {
    "subject_name": "A name in the subject",
    "parent_missing": "No parent or carer in the message",
    "bulk_disclosure": "Families can see each other’s addresses",
    "unprotected_attachment": "A file without a password",
    "password_included": "A password in the message",
    "sensitive_body": "Sensitive details in the text",
    "sensitive_bulk": "Sensitive details sent to many people",
    "recipient_doubt": "An address that may be wrong",
    "unofficial_address": "A private email address",
    "personal_contact_details": "Private contact details",
    "photo_without_consent": "A photo without consent",
    "file_share_link": "A link that anyone can open",
    "language": "The tone of the message",
    "malware": "A file that may do harm",
    "signature": "A long signature",
    "uninspectable": "Something that could not be read",
}


class Wording:
    """Renders a notice's two texts."""

    def __init__(self, own: Path | None = None) -> None:
        folders = [folder for folder in (own, config_folder() / "templates") if folder]
        self._environment = Environment(
            loader=FileSystemLoader(folders),
            autoescape=select_autoescape(("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
        self._environment.globals["title"] = title

    def plain(self, name: str, **values: Any) -> str:
        """The notice as text: lines of 72 characters, at most one empty line in a row."""
        text = self._environment.get_template(f"{name}.txt").render(values)
        out: list[str] = []
        for line in text.splitlines():
            if line.strip() or (out and out[-1]):
                out.append(line.rstrip())
        return "\n".join(out).strip() + "\n"

    def html(self, name: str, **values: Any) -> str:
        """The notice as HTML; every value in it is escaped."""
        return self._environment.get_template(f"{name}.html").render(values)


def title(rule: str) -> str:
    """The heading for a rule's finding."""
    return _TITLES.get(rule, rule.replace("_", " ").capitalize())
