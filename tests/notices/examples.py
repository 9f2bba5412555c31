"""The messages and verdicts that the notices are shown with. All people are invented."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.finding import CopyCarers, Evidence, Finding, Initials, Protect, SeparateCopies
from gateway.policy.verdict import Clause, Policy, RulePolicy, Verdict
from gateway.register.register import Agency
from gateway.review.held import Held
from gateway.sections import Settings

TUTOR = "tom@brightpath-tutors.example"
MOMENT = datetime(2026, 10, 12, 15, 20, tzinfo=UTC)
SETTINGS = Settings(
    agency=Agency(
        name="Brightpath Tutors",
        domains=("brightpath-tutors.example",),
        safeguarding_lead="dsl@brightpath-tutors.example",
    ),
    base=Path(),
)
RAW = (
    "From: Tom Reed <tom@brightpath-tutors.example>\r\n"
    "To: zoe@family.example, ben@other.example\r\n"
    "Subject: Zoë Marsh: reading report\r\n"
    "Message-ID: <1234@brightpath-tutors.example>\r\n"
    "References: <a@family.example> <b@brightpath-tutors.example>\r\n"
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="x"\r\n'
    "\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
    "--x\r\nContent-Type: application/pdf\r\n"
    'Content-Disposition: attachment; filename="reading report.pdf"\r\n\r\n%PDF-1.4\r\n--x--\r\n'
).encode()

NAME = Finding(
    rule="subject_name",
    summary=public("The subject shows the full name of a pupil."),
    evidence=(Evidence("subject", "Zoë Marsh: reading report", 0, 9, "a pupil in the register"),),
    suggestion="Write the initials instead of the name.",
    remedy=Initials("Z.M.: reading report"),
)
PARENT = Finding(
    rule="parent_missing",
    summary=public("The message goes to a pupil, and no parent or carer gets it too."),
    evidence=(Evidence("To", "zoe@family.example", 0, 18, "Zoë Marsh, a pupil"),),
    suggestion="Copy the message to Ana Marsh.",
    remedy=CopyCarers(("ana@family.example",), of=("zoe@family.example",)),
)
BULK = Finding(
    rule="bulk_disclosure",
    summary=public("Many families can see one another's addresses."),
    evidence=tuple(Evidence("To", f"family{number}@home.example") for number in range(1, 9)),
    suggestion="Put the addresses in Bcc.",
    remedy=SeparateCopies(tuple((f"family{number}@home.example",) for number in range(1, 9))),
)
FILE = Finding(
    rule="unprotected_attachment",
    summary=public("A file with sensitive details has no password."),
    evidence=(
        Evidence(
            "reading report.pdf, page 2", "She was diagnosed with severe asthma in May", 26, 39, "health"
        ),
    ),
    suggestion="Put a password on the file.",
    remedy=Protect(("2",)),
)
UNREAD = Finding(
    rule="uninspectable",
    summary=public("A file in the message cannot be read."),
    evidence=(Evidence("plans.7z", why="the archive is damaged"),),
    suggestion="Send the file in another form.",
)
DOUBT = Finding(
    rule="recipient_doubt",
    summary=public("A recipient's domain looks like a well-known one, but is another."),
    evidence=(Evidence("recipients", "ana@gmial.example", 0, 17, "one slip away from gmail.example"),),
    suggestion="Did you mean ana@gmail.example? If ana@gmial.example is right, ask the office to put it into the "
    "register.",
    kind="lookalike_domain",
)
MATTER = Finding(
    rule="sensitive_subject",
    summary=public("The subject refers to a sensitive matter."),
    evidence=(Evidence("subject", "Safeguarding referral, Tuesday", 0, 21, "a sensitive matter"),),
    suggestion="Choose a subject that says nothing of the matter, such as: Please ring me",
    confidence="medium",
)
PASSWORD = Finding(
    rule="password_included",
    summary=public("The message gives the password of an attachment that it carries."),
    evidence=(Evidence("the text", "The password is violet77", 16, 24, "the password of an attachment"),),
    suggestion="Take the password out of the message, and tell it to the recipient by telephone or text message. "
    "Protect the file with another one if the message was sent already.",
)

_CLAUSES = {
    "subject_name": Clause("Internet 1", "Only initials are shown in the subject.", "HST"),
    "parent_missing": Clause("Internet 4", "Mail to a pupil goes to the parent or carer too.", "HST"),
    "bulk_disclosure": Clause("4.4.2", "Mail to many outside addresses uses Bcc.", "SPT"),
    "unprotected_attachment": Clause("6.2.1", "Sensitive files travel with a password.", "SPT"),
    "uninspectable": Clause("4.3", "Mail is looked at before it leaves.", "SPT"),
}
ALL = (NAME, PARENT, BULK, FILE, UNREAD)


def envelope(**changes: object) -> Envelope:
    values: dict[str, object] = {
        "mail_from": TUTOR,
        "recipients": (Recipient("zoe@family.example"), Recipient("ben@other.example")),
        "received_at": MOMENT,
        "queue_id": "Q7F3K-9WDTB",
    }
    return Envelope(**(values | changes))  # type: ignore[arg-type]


def message(raw: bytes = RAW, **changes: object) -> Message:
    return Message.parse(raw, envelope(**changes))


def held(**changes: object) -> Held:
    values: dict[str, object] = {
        "id": "Q7F3K-9WDTB",
        "state": "held",
        "action": "quarantine",
        "rules": ("subject_name",),
        "tutor": TUTOR,
        "subject": "Zoë Marsh: reading report",
        "recipients": 2,
        "size": len(RAW),
        "sha256": hashlib.sha256(RAW).hexdigest(),
        "policy_version": "1",
        "register_version": "1",
        "received_at": MOMENT,
        "held_at": MOMENT - timedelta(hours=5),
        "decided_at": None,
        "answer": None,
    }
    return Held(**(values | changes))  # type: ignore[arg-type]


def verdict(action: str, *findings: Finding, stage: str = "enforce") -> Verdict:
    rules = {
        each.rule: RulePolicy(
            action,  # type: ignore[arg-type]
            stage,  # type: ignore[arg-type]
            clauses=(_CLAUSES[each.rule],) if each.rule in _CLAUSES else (),
        )
        for each in findings
    }
    return Policy("home-tutoring", "1", rules).decide(findings)


def blind(text: str) -> str:
    return hashlib.blake2b(text.encode(), key=b"a key of the test's own", digest_size=16).hexdigest()
