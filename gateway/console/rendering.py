"""The templates, and the words that they are given: ages, times, sizes, initials."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gateway.policy.titles import title
from gateway.sections import Settings

if TYPE_CHECKING:
    from gateway.console.pages import Visit

_HERE = Path(__file__).parent
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MOST_INITIALS = 8

ROLE_NAMES = {
    "submit": "Sends mail",
    "reviewer": "Reviewer",
    "safeguarding_lead": "Safeguarding lead",
    "auditor": "Auditor",
    "administrator": "Administrator",
}

# What the audit trail's words mean, for people.
HAPPENED = {
    "held": "Stopped for review",
    "waiting": "Refused; its tutor can put it right",
    "opened": "Opened",
    "release": "Released",
    "released": "Taken by the mail server",
    "refused": "Refused by the mail server",
    "reject": "Not sent",
    "undo": "Taken back",
    "repaired": "Sent, put right",
    "ask": "Handed to a reviewer",
    "agreed": "Agreed to a release",
    "passed_on": "Passed to the safeguarding lead",
    "handed_back": "Given back to the reviewers",
    "reported": "Reported",
    "report_exported": "Report taken as a PDF",
    "discarded": "Given up by its tutor",
    "superseded": "Replaced by a better one",
    "expired": "Expired",
    "key_added": "Recipient’s key added",
    "key_removed": "Recipient’s key removed",
    "picked_up": "Files picked up",
    "pickup_refused": "Wrong passphrase on the page",
    "pickup_withdrawn": "Files withdrawn",
    "passphrase_shown": "Passphrase looked up",
    "secrets_exported": "Families’ secrets exported",
    "signed_in": "Signed in",
    "signed_out": "Signed out everywhere",
    "account_added": "Account made",
    "account_changed": "Account changed",
    "account_disabled": "Account closed",
    "factors_changed": "Second step changed",
    "password_guessed": "Own password or code wrong five times",
    "register_saved": "Register changed",
    "mail_retried": "Mail tried again",
    "mail_cancelled": "Mail taken out",
    "token_made": "Token made",
    "token_revoked": "Token revoked",
    "exemption_proposed": "Exception proposed",
    "exemption_approved": "Exception approved",
    "exemption_refused": "Exception refused",
    "exemption_revoked": "Exception revoked",
    "deputy_appointed": "Deputy appointed",
    "deputy_ended": "Deputy ended",
    "invited": "Somebody invited",
    "audit_verified": "Record checked",
    "audit_exported": "Record exported",
}


class Templates:
    """Renders pages; every value in them is escaped."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._zone = ZoneInfo(settings.notices.timezone)
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "agency": settings.agency.name,
            "title_of": title,
            "asset": asset_url,
            "role_names": ROLE_NAMES,
            "happened": HAPPENED,
        }
        filters: dict[str, Callable[..., Any]] = {
            "age": self.age,
            "moment": self.moment,
            "iso": lambda moment: moment.isoformat(timespec="seconds"),
            "size": size,
            "initials": initials,
            "shown": shown,
            "lines": lambda text: "\n".join(map(shown, text.replace("\r\n", "\n").split("\n"))),
        }
        self._environment.filters.update(filters)

    def page(self, name: str, visit: "Visit", values: dict[str, Any]) -> str:
        """One page for one visitor."""

        def token() -> Markup:
            return Markup('<input type="hidden" name="token" value="{}">').format(visit.token())

        return self._environment.get_template(name).render(values, visit=visit, token=token)

    def age(self, since: datetime) -> str:
        """How long ago, in one unit: "12 min", "3 h", "4 days"."""
        return age_of(self._clock() - since)

    def moment(self, when: datetime) -> str:
        """Such as "14:05 on Friday 20 November", in the agency's time zone."""
        local = when.astimezone(self._zone)
        return f"{local:%H:%M} on {local:%A} {local.day} {local:%B}"


def age_of(span: timedelta, least: str = "just now") -> str:
    """A length of time, in one unit; *least* for less than a minute."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 1:
        return least
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def size(count: int) -> str:
    """Such as "14 kB"."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit != "MB" else f"{value:.1f} MB"
        value /= 1000
    return f"{value:.1f} GB"


def initials(text: str) -> str:
    """The first letter of each word, so that nobody can be made out: "M. l. o. T."."""
    words = [word.lstrip("'\"(<[") for word in shown(text).split()]
    letters = [f"{word[0]}." for word in words if word and word[0].isalnum()]
    return " ".join(letters[:_MOST_INITIALS]) + (" …" if len(letters) > _MOST_INITIALS else "")


def shown(text: str) -> str:
    """The text without control characters, and without those that turn its direction round."""
    return "".join(char if char.isprintable() else " " for char in _BIDI.sub("", text))


def cell(text: str) -> str:
    """A value for a table: no spreadsheet takes it for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


ASSETS = {file.name: file.read_bytes() for file in sorted((_HERE / "static").iterdir()) if file.is_file()}
_DIGESTS = {name: hashlib.sha256(data).hexdigest()[:12] for name, data in ASSETS.items()}


def asset_url(name: str) -> str:
    """Where a file of ours is fetched; a new version has a new address."""
    return f"/assets/{name}?v={_DIGESTS[name]}"
