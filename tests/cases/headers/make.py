"""
Writes the labelled messages of this folder: ``python tests/cases/headers/make.py``.

The labels follow the policies (see README.md); they are written by hand here,
rule by rule, and never computed by the code that they judge.
"""

import base64
import json
from pathlib import Path
from typing import Any

import addresses
import subjects
from people import AGENCY, CARERS, PUPILS, REGISTER, STAFF

HERE = Path(__file__).parent
NOW = "2026-10-12T16:20:00+01:00"
TUTOR = f"wilfred@{AGENCY}"

_pupils = {each["id"]: each for each in PUPILS}
_carers = {each["id"]: each for each in CARERS}


def mailbox(key: str) -> tuple[str, str]:
    """Display name and address: of a pupil's first carer ("^key" for the pupil), a colleague, or as given."""
    if "@" in key:
        return "", key
    if key.startswith("^"):
        person = _pupils[key[1:]]
    elif key in _pupils:
        person = _carers[_pupils[key]["carers"][0]]
    else:
        person = _carers.get(key) or next(each for each in STAFF if each["id"] == key)
    return f"{person['given_name']} {person['family_name']}".strip(), person["emails"][0]


def field(text: str | bytes, turn: int) -> bytes:
    """A subject as mail programs write it: plain, or encoded in one of the two ways."""
    if isinstance(text, bytes):
        return text
    if text.isascii():
        return text.encode()
    words = [text[start : start + 12] for start in range(0, len(text), 12)]
    if turn % 2:
        coded = (f"=?utf-8?B?{base64.b64encode(word.encode()).decode()}?=" for word in words)
    else:
        coded = ("=?UTF-8?Q?" + "".join(f"={octet:02X}" for octet in word.encode()) + "?=" for word in words)
    return "\r\n ".join(coded).encode()


def shown(key: str) -> str:
    name, address = mailbox(key)
    if not name:
        return address
    if name.isascii():
        quoted = f'"{name}"' if set(name) & set("',.()") else name
        return f"{quoted} <{address}>"
    return f"=?utf-8?B?{base64.b64encode(name.encode()).decode()}?= <{address}>"


def message(headers: list[tuple[bytes, bytes]], number: int) -> bytes:
    agents = (b"Microsoft Outlook 16.0", b"Apple Mail (2.3826.200.121)", b"iPhone Mail (23A345)", b"")
    fields = [(b"From", f"Wilfred Askew <{TUTOR}>".encode()), *headers]
    fields += [
        (b"Date", b"Mon, 12 Oct 2026 16:20:00 +0100"),
        (b"Message-ID", b"<%d@lindenmere-tutors.example>" % number),
    ]
    if agents[number % 4]:
        fields.append((b"X-Mailer", agents[number % 4]))
    fields += [(b"MIME-Version", b"1.0"), (b"Content-Type", b"text/plain; charset=utf-8")]
    return b"".join(b"%s: %s\r\n" % each for each in fields) + b"\r\nPlease see our lesson plan.\r\n"


def main() -> None:
    (HERE / "eml").mkdir(exist_ok=True)
    for old in (HERE / "eml").iterdir():
        old.unlink()
    lines: list[dict[str, Any]] = []

    def add(prefix: str, raw: bytes, to: list[str], expected: list[str], why: str, **more: Any) -> None:
        name = f"{prefix}{len(lines) + 1:04}"
        (HERE / "eml" / f"{name}.eml").write_bytes(raw)
        case = {"id": name, "file": f"eml/{name}.eml", "mail_from": TUTOR, "rcpt_to": to, "now": NOW,
                "expected": expected, "contested": False, "why": why, **more}  # fmt: skip
        lines.append(case)

    def about(subject: str | bytes, to: str, fires: bool, why: str, contested: bool = False) -> None:
        raw = message([(b"To", shown(to).encode()), (b"Subject", field(subject, len(lines)))], len(lines))
        add("s", raw, [mailbox(to)[1]], ["subject_name"] if fires else [], why, contested=contested)

    for text, to, why in (*subjects.named(_pupils), *subjects.FIRES):
        about(text, to, True, why)
    for text, to, why in subjects.SILENT:
        about(text, to, False, why)
    for text, to, fires, why in subjects.CONTESTED:
        about(text, to, fires, why, contested=True)
    for case in addresses.cases(mailbox, shown):
        headers = [*case.headers, (b"Subject", case.subject.encode())]
        more = {} if case.sender == TUTOR else {"mail_from": case.sender}
        add(case.prefix, message(headers, len(lines)), case.to, case.expected, case.why,
            contested=case.contested, now=case.now, **more)  # fmt: skip
    (HERE / "register.json").write_text(json.dumps(REGISTER, ensure_ascii=False, indent=1) + "\n", "utf-8")
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
    (HERE / "cases.jsonl").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
