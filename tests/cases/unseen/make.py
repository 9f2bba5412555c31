"""Writes the messages of this folder: ``python tests/cases/unseen/make.py``."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from email.header import Header
from pathlib import Path
from typing import Any

import fifth_subjects
import first_addresses
import first_subjects
import fourth_subjects
import second_addresses
import second_subjects
import seventh_subjects
import sixth_subjects
import third_addresses
import third_subjects
from people import AGENCY, REGISTER

HERE = Path(__file__).parent
PEOPLE = {each["id"]: each for part in ("pupils", "carers", "staff") for each in REGISTER[part]}
PUPILS = {each["id"] for each in REGISTER["pupils"]}


def person(key: str) -> dict[str, Any]:
    """Of "^art" the pupil, of "art" the mother, else whoever has that id."""
    if key.startswith("^"):
        return PEOPLE[key[1:]]
    return PEOPLE[PEOPLE[key]["carers"][0] if key in PUPILS else key]


def address(key: str) -> str:
    return key if "@" in key else str(person(key)["emails"][0])


def shown(key: str) -> str:
    if "@" in key:
        return key
    who = person(key)
    name = f"{who['given_name']} {who['family_name']}".strip()
    coded = f'"{name}"' if name.isascii() else f"=?utf-8?B?{b64encode(name.encode()).decode()}?="
    return f"{coded} <{address(key)}>"


def subject(text: str | bytes) -> bytes:
    return (
        text
        if isinstance(text, bytes)
        else Header(text, "us-ascii" if text.isascii() else "utf-8").encode().encode()
    )


def message(fields: list[str | bytes], sender: str, number: int) -> bytes:
    who = next(each for each in REGISTER["staff"] if sender in each["emails"])
    lines = [
        f"From: {who['given_name']} {who['family_name']} <{sender}>", *fields,
        "Date: Mon, 12 Oct 2026 16:20:00 +0100", f"Message-ID: <u{number}@{AGENCY}>",
        "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", "Please see below.", "",
    ]  # fmt: skip
    return b"\r\n".join(each if isinstance(each, bytes) else each.encode() for each in lines)


def listed(text: str) -> tuple[str, list[str]]:
    """A field's text and the addresses in it."""
    if text.startswith("{"):
        return text.replace("{", "").replace("}", ""), re.findall(r"[\w.+-]+@[\w.-]+", text)
    keys = [
        each if each in PEOPLE or "@" in each or each.startswith("^") else each.lower()
        for each in text.split()
    ]
    return ",\r\n ".join(shown(each) for each in keys), [address(each) for each in keys]


def by_subject(
    part: Any, sender: str = f"naomi.clarke@{AGENCY}"
) -> Iterator[tuple[list[str | bytes], dict[str, Any]]]:
    lines = [(*each[:2], True, each[2], False) for each in part.FIRES]
    lines += [(*each[:2], False, each[2], False) for each in part.SILENT]
    lines += [(*each, True) for each in part.CONTESTED]
    lines += [(*each, False) for each in getattr(part, "SPECIAL", ())]
    for text, to, fires, reason, contested in lines:
        why, _, disputed = reason.partition("|")
        fields: list[str | bytes] = [f"To: {shown(to)}", b"Subject: " + subject(text)]
        expected = fires if isinstance(fires, list) else ["subject_name"] * fires
        yield fields, {"mail_from": sender, "rcpt_to": [address(to)], "expected": expected,
                       "contested": contested or bool(disputed), "why": why}  # fmt: skip


def by_address(part: Any) -> Iterator[tuple[list[str | bytes], dict[str, Any]]]:
    for mail in part.mails():
        sender = address(mail.options.get("from", "tut-naomi"))
        to, to_addresses = listed(mail.to)
        cc, cc_addresses = listed(mail.cc)
        envelope: list[str] = []
        for each in mail.envelope.split():
            envelope += [*to_addresses, *cc_addresses] if each == "=" else [address(each)]
        fields: list[str | bytes] = [f"To: {to}", *([f"Cc: {cc}"] if cc else [])]
        fields += [text for name, text in mail.options.items() if name.startswith("raw")]
        fields += ["Subject: Lesson notes"]
        yield fields, {"mail_from": sender, "rcpt_to": list(dict.fromkeys(envelope)), "expected": mail.expected,
                       "contested": "contested" in mail.options, "why": mail.why,
                       "now": f"{mail.options.get('day', '2026-10-12')}T16:20:00+01:00"}  # fmt: skip


ROUNDS = (
    ("u", by_subject(first_subjects)),
    ("v", by_address(first_addresses)),
    ("w", by_subject(second_subjects)),
    ("x", by_address(second_addresses)),
    ("y", by_subject(third_subjects)),
    ("t", by_subject(fourth_subjects)),
    ("s", by_subject(fifth_subjects)),
    ("r", by_subject(sixth_subjects)),
    ("q", by_subject(seventh_subjects)),
    ("z", by_address(third_addresses)),
)


def main() -> None:
    folder = HERE / "eml"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    lines: list[dict[str, Any]] = []
    for prefix, mails in ROUNDS:
        for fields, case in mails:
            name = f"{prefix}{len(lines) + 1:03}"
            (folder / f"{name}.eml").write_bytes(message(fields, case["mail_from"], len(lines)))
            lines.append({"id": name, "file": f"eml/{name}.eml", "now": "2026-10-12T16:20:00+01:00", **case})
    (HERE / "register.json").write_text(json.dumps(REGISTER, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (HERE / "cases.jsonl").write_text(
        "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), "utf-8"
    )


if __name__ == "__main__":
    main()
