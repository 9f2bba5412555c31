"""What tutors read: golden files, no injection, nobody written to who should not be."""

import email
import os
from email.policy import default
from pathlib import Path

import msgspec
import pytest

from gateway.mail.envelope import Recipient
from gateway.mail.reply import Reply
from gateway.notices.notices import Mails
from gateway.remedy.apply import Repaired
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.remedy.protect import ProtectedFile
from gateway.remedy.protection import Reader
from tests.notices.examples import (
    ALL,
    BULK,
    DOUBT,
    FILE,
    MATTER,
    MOMENT,
    NAME,
    PARENT,
    PASSWORD,
    RAW,
    SETTINGS,
    TUTOR,
    UNREAD,
    blind,
    envelope,
    held,
    message,
    verdict,
)

GOLDEN = Path(__file__).parent / "golden"
OFFICE = "office@brightpath-tutors.example"
MAILS = Mails(SETTINGS, blind, lambda: MOMENT)
GATHERED = Mails(
    msgspec.structs.replace(
        SETTINGS, notices=msgspec.structs.replace(SETTINGS.notices, digest=(OFFICE, OFFICE.title()))
    ),
    blind,
    lambda: MOMENT,
)
REPAIRED = Repaired(
    (),
    "copper-lantern-violet-harbour",
    (ProtectedFile("2", "reading report.pdf", "application/pdf", "It opens in any PDF reader."),),
    readers=(Reader("zoe@family.example", "tutor"), Reader("ben@other.example", "tutor")),
)
MIXED = msgspec.structs.replace(
    REPAIRED,
    readers=(
        Reader("zoe@family.example", "tutor"),
        Reader("ana@family.example", "sms", "+447700900123"),
        Reader("ben@other.example", "family"),
        Reader("gp@surgery.example", "key"),
    ),
)
REFUSED = Delivery(
    Reply(250, "2.0.0", ("ok",)), (("zoe@family.example", Reply(550, "5.1.1", ("No such user here",))),)
)
EXPLANATIONS = {
    "rejected-name": ("reject", [NAME]),
    "rejected-parent": ("reject", [PARENT]),
    "rejected-bulk": ("reject", [BULK]),
    "rejected-file": ("reject", [FILE]),
    "rejected-doubt": ("reject", [DOUBT]),
    "rejected-matter": ("reject", [MATTER]),
    "rejected-password": ("reject", [PASSWORD]),
    "rejected-all": ("reject", ALL),
    "held-unreadable": ("quarantine", [UNREAD]),
    "held-all": ("quarantine", ALL),
    "changed-name": ("fix", [NAME]),
    "changed-name-and-parent": ("fix", [NAME, PARENT]),
    "changed-bulk": ("fix", [BULK]),
    "protected-file": ("encrypt", [FILE]),
}


def _notices() -> dict[str, Outgoing | None]:
    stopped = verdict("quarantine", *ALL)
    notices = {
        name: MAILS.explanation(message(), envelope(), verdict(action, *findings))
        for name, (action, findings) in EXPLANATIONS.items()
    }
    return notices | {
        "advised-name": MAILS.explanation(message(), envelope(), verdict("reject", NAME, stage="advise")),
        "bare-rejected": MAILS.bare(envelope(), verdict("reject", *ALL)),
        "bare-held": MAILS.bare(envelope(), stopped),
        "passphrase": MAILS.passphrase(message(), REPAIRED)[0],
        "passphrase-mixed": MAILS.passphrase(message(), MIXED)[0],
        "undelivered": MAILS.undelivered(message(), REFUSED),
        "waiting": MAILS.waiting(envelope(), stopped)[0],
        "reported-breach": MAILS.reported("Q7F3K-9WDTB", "breach", "0123456789abcdef")[0],
        "reported-concern": MAILS.reported("Q7F3K-9WDTB", "concern", "0123456789abcdef")[0],
        "escalated": MAILS.escalated((held(), held(reserved=True)))[0],
        "news": GATHERED.news(4, 2, MOMENT)[0],
        "busy": MAILS.busy("tom@brightpath-tutors.example", "messages", 60)[0],
        "locked-out": MAILS.locked_out("rita", ["rita@brightpath-tutors.example"], "192.0.2.7")[0],
        "released": MAILS.released(envelope(), "Q7"),
        "declined": MAILS.rejected(envelope(), stopped, "Q7", "Please ring the family first."),
    }


NOTICES = _notices()


def texts(outgoing: Outgoing) -> dict[str, str]:
    parsed = email.message_from_bytes(outgoing.raw, policy=default)
    parts = {part.get_content_type(): part for part in parsed.walk()}
    plain = parts["text/plain"].get_content().replace("\r\n", "\n")
    return {
        "txt": f"Subject: {parsed['subject']}\n\n{plain}",
        "html": parts["text/html"].get_content().replace("\r\n", "\n"),
    }


@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_reads_as_it_was_approved(name: str, form: str):
    file = GOLDEN / f"{name}.{form}"
    written = texts(NOTICES[name])[form]
    if "WRITE_GOLDEN" in os.environ:  # read what changed before it is committed
        file.parent.mkdir(exist_ok=True)
        file.write_text(written, "utf-8")
    assert written == file.read_text("utf-8")


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_is_a_mail_that_nothing_answers(name: str):
    outgoing = NOTICES[name]
    parsed = email.message_from_bytes(outgoing.raw, policy=default)
    assert outgoing.mail_from == ""
    assert parsed["auto-submitted"] == "auto-replied"
    assert parsed["from"].addresses[0].addr_spec == "chaperone@brightpath-tutors.example"
    assert [parsed["to"]] == [each.address for each in outgoing.recipients]
    assert outgoing.raw.isascii()
    assert outgoing.raw.count(b"\n") == outgoing.raw.count(b"\r\n") == outgoing.raw.count(b"\r")
    assert max(map(len, outgoing.raw.split(b"\r\n"))) <= 998
    assert not parsed.defects
    assert not any(part.defects for part in parsed.walk())


@pytest.mark.parametrize("name", NOTICES)
def test_no_subject_names_anybody_and_no_text_repeats_what_is_sensitive(name: str):
    parsed = email.message_from_bytes(NOTICES[name].raw, policy=default)
    assert not {"zo", "marsh", "tom", "ana"} & set(parsed["subject"].casefold().split())
    for text in texts(NOTICES[name]).values():
        assert "asthma" not in text
        assert "diagnosed" not in text


@pytest.mark.parametrize("name", NOTICES)
def test_html_fetches_nothing_and_runs_nothing(name: str):
    html = texts(NOTICES[name])["html"].lower()
    assert not [word for word in ("src=", "url(", "@import", "<script", "<img", "<link") if word in html]


def test_an_explanation_is_threaded_under_the_message():
    parsed = email.message_from_bytes(NOTICES["rejected-name"].raw, policy=default)
    assert parsed["in-reply-to"] == "<1234@brightpath-tutors.example>"
    assert parsed["references"].split() == [
        "<a@family.example>",
        "<b@brightpath-tutors.example>",
        "<1234@brightpath-tutors.example>",
    ]


@pytest.mark.parametrize(
    "evil",
    [
        "<1@a>\r\n\tx: y",
        "<a b@c>",
        "<a\x85b@c>",
        "1@a",
        "=?utf-8?q?=3C1=40a=3E=0D=0ABcc:_x=40y.example?=",
        "<>",
    ],
)
def test_a_message_id_that_is_none_is_not_repeated(evil: str):
    raw = RAW.replace(b"<1234@brightpath-tutors.example>", evil.encode())
    outgoing = MAILS.explanation(message(raw), envelope(), verdict("reject", NAME))
    names = [
        line.split(b":")[0] for line in outgoing.raw.split(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] > b" "
    ]
    assert len(names) == len(set(names))
    assert b"Bcc" not in outgoing.raw


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: x@y.example", "\nx", "\x85", "\u2028", "\u2029", "\x00", "\u202e", "\x0b"]
)
def test_no_text_of_a_message_breaks_out_of_its_place(evil: str):
    raw = RAW.replace("Zoë Marsh: reading".encode(), b"=?utf-8?q?a" + _quoted(evil) + b"b?=")
    shown = f"a{evil}b"
    finding = NAME.__class__(
        rule="subject_name",
        summary=NAME.summary,
        evidence=(NAME.evidence[0].__class__(shown, shown, 0, len(shown), shown),),
        suggestion=shown,
    )
    to = (Recipient(f"a{evil}@b.example"),)
    outgoing = MAILS.explanation(message(raw), envelope(recipients=to), verdict("reject", finding))
    body = texts(outgoing)
    assert evil not in body["html"] or evil == "\n"
    assert not [line for line in body["txt"].splitlines() if line.startswith(("Bcc", "b"))]
    assert b"\r\nBcc" not in outgoing.raw


def test_markup_in_a_message_is_shown_and_not_run():
    raw = RAW.replace("Zoë Marsh: reading".encode(), b"<script>alert(1)</script>{{ 7*7 }}")
    body = texts(MAILS.explanation(message(raw), envelope(), verdict("reject", NAME)))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in body["html"]
    assert "<script>" not in body["html"]
    assert "<script>alert(1)</script>{{ 7*7 }}" in body["txt"]


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-replied (vacation)",
        "Precedence: bulk",
        "Precedence: LIST",
        "List-Id: <parents.brightpath-tutors.example>",
        "List-Unsubscribe: <mailto:x@y.example>",
    ],
)
def test_a_machine_gets_no_explanation(head: str):
    told = message(head.encode() + b"\r\n" + RAW)
    assert MAILS.explanation(told, envelope(), verdict("reject", NAME)) is None


@pytest.mark.parametrize(
    "mail_from",
    [
        "",
        "someone@elsewhere.example",
        "tom@brightpath-tutors.example.evil.example",
        "mailer-daemon@brightpath-tutors.example",
        "chaperone@brightpath-tutors.example",
        "tom@evil.example, tom@brightpath-tutors.example",
        "a b@brightpath-tutors.example",
    ],
)
def test_nobody_is_written_to_but_a_tutor_of_ours(mail_from: str):
    sent = envelope(mail_from=mail_from)
    stopped = verdict("quarantine", NAME)
    assert MAILS.explanation(message(mail_from=mail_from), sent, stopped) is None
    assert MAILS.bare(sent, stopped) is None
    assert MAILS.released(sent, "Q7") is None


def test_who_signed_in_is_told_whatever_the_envelope_says():
    sent = envelope(mail_from="office@brightpath-tutors.example", account=TUTOR)
    assert MAILS.explanation(message(), sent, verdict("reject", NAME)).recipients == (Recipient(TUTOR),)


def test_whoever_wants_no_report_gets_none():
    never = (Recipient("zoe@family.example", ("NOTIFY=SUCCESS,DELAY",)),)
    assert MAILS.undelivered(message(recipients=never), REFUSED) is None


def test_a_report_says_to_machines_what_failed():
    parsed = email.message_from_bytes(NOTICES["undelivered"].raw, policy=default)
    assert (parsed.get_content_type(), parsed.get_param("report-type")) == (
        "multipart/report",
        "delivery-status",
    )
    words, status, original = parsed.iter_parts()
    assert words.get_content_type() == "multipart/alternative"
    assert original.get_content_type() == "text/rfc822-headers"
    about, failed = status.iter_parts()
    assert about["reporting-mta"] == "dns; brightpath-tutors.example"
    assert dict(failed.items()) == {
        "Final-Recipient": "rfc822; zoe@family.example",
        "Action": "failed",
        "Status": "5.1.1",
        "Diagnostic-Code": "smtp; 550 No such user here",
    }


def test_only_the_passphrase_notice_holds_the_passphrase():
    assert [name for name, each in NOTICES.items() if b"copper-lantern" in each.raw] == [
        "passphrase",
        "passphrase-mixed",
    ]


def test_a_tutor_who_gets_the_file_as_a_carer_is_not_mailed_what_opens_it():
    readers = (Reader(TUTOR.title(), "sms", "+447700900123"), Reader("ben@other.example", "tutor"))
    mails = MAILS.passphrase(message(), msgspec.structs.replace(REPAIRED, readers=readers))
    told = next(each for each in mails if each.recipients[0].address == TUTOR)
    assert b"copper-lantern" not in told.raw
    assert any(
        b"copper-lantern" in each.raw for each in mails if each.recipients[0].address.startswith("sms:")
    )


def test_files_that_open_alike_are_told_of_once():
    files = tuple(
        ProtectedFile(str(each), f"attachment-{each}.zip", "application/zip", "With 7-Zip.")
        for each in (1, 2)
    )
    told = MAILS.passphrase(message(), msgspec.structs.replace(REPAIRED, files=files))[0].raw
    assert b"* attachment-1.zip, attachment-2.zip\r\n  With 7-Zip.\r\n" in told


def _quoted(text: str) -> bytes:
    return "".join(f"={octet:02X}" for octet in text.encode()).encode()


def test_whoever_hears_of_all_at_once_hears_of_none_by_itself():
    """And nobody twice, however their address is written."""
    reviewers = ("rita@brightpath-tutors.example", OFFICE.upper())
    own = msgspec.structs.replace(SETTINGS.notices, digest=(OFFICE, OFFICE.title()), reviewers=reviewers)
    mails = Mails(msgspec.structs.replace(SETTINGS, notices=own), blind, lambda: MOMENT)
    each = mails.waiting(envelope(), verdict("quarantine", NAME))
    assert [one.recipients[0].address for one in each] == ["rita@brightpath-tutors.example"]
    assert len(mails.news(1, 1, MOMENT)) == 1
    assert len(mails.passed_on(envelope(), verdict("quarantine", NAME))) == 1


@pytest.mark.parametrize("name", ["waiting", "news", "escalated", "reported-breach", "busy", "locked-out"])
def test_the_office_is_not_told_that_nobody_has_read_its_message(name: str):
    for text in texts(NOTICES[name]).values():
        words = " ".join(text.split())
        assert "for those who look after its mail" in words
        assert "No person has read" not in words
