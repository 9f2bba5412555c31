"""Carers copied in, and copies kept apart, in the wire bytes."""

from datetime import UTC, datetime

import pytest

from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.policy.finding import CopyCarers, Initials, SeparateCopies
from gateway.remedy.apply import apply
from gateway.remedy.copy_carers import copy_carers
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.separate_copies import separate_copies

ZOE, ANA, DAD = "zoe@family.example", "ana@family.example", "dad@elsewhere.example"
BEN, OFFICE = "ben@other.example", "office@brightpath-tutors.example"


def draft(head: str, *to: str, body: str = "Hello\r\n", **changes: object) -> Outgoing:
    raw = f"From: tom@brightpath-tutors.example\r\n{head}Subject: Hi\r\n\r\n{body}".encode()
    recipients = tuple(Recipient(each, ("NOTIFY=FAILURE",)) for each in to)
    values = {"mail_from": "tom@brightpath-tutors.example", "recipients": recipients, "raw": raw} | changes
    return Outgoing(**values)


def addresses(outgoing: Outgoing) -> list[str]:
    return [each.address for each in outgoing.recipients]


def shown(outgoing: Outgoing) -> set[str]:
    envelope = Envelope(mail_from="", recipients=(), received_at=datetime(2026, 1, 1, tzinfo=UTC))
    return {box.address for box in Message.parse(outgoing.raw, envelope).visible}


def test_a_carer_joins_envelope_and_cc_and_nothing_else_changes():
    before = draft(f"To: {ZOE}\r\n", ZOE)
    (after,) = copy_carers(before, CopyCarers((ANA,), of=(ZOE,)))
    assert after.recipients == (Recipient(ZOE, ("NOTIFY=FAILURE",)), Recipient(ANA))
    assert after.raw == before.raw.replace(b"Subject:", b"Cc: ana@family.example\r\nSubject:")


@pytest.mark.parametrize(
    ("cc", "expected"),
    [
        ("Cc: Office <o@b.example>\r\n", b"Cc: Office <o@b.example>,\r\n ana@family.example\r\n"),
        (
            "CC: o@b.example,\r\n\tp@b.example\r\n",
            b"CC: o@b.example,\r\n\tp@b.example,\r\n ana@family.example\r\n",
        ),
        ("Cc:\r\n", b"Cc: ana@family.example\r\n"),
        ("Cc: a@b.example,\r\n", b"Cc: a@b.example,\r\n ana@family.example\r\n"),
        ("cc: team: a@b.example;\r\n", b"cc: team: a@b.example;,\r\n ana@family.example\r\n"),
        ("Cc: Ana <ANA@family.example>\r\n", b"Cc: Ana <ANA@family.example>\r\n"),
    ],
)
def test_a_carer_is_put_behind_those_in_cc_already(cc: str, expected: bytes):
    (after,) = copy_carers(draft(f"To: {ZOE}\r\n{cc}", ZOE), CopyCarers((ANA,)))
    assert expected in after.raw
    assert addresses(after) == [ZOE, ANA]


def test_a_second_application_changes_nothing():
    once = copy_carers(draft(f"To: {ZOE}\r\n", ZOE), CopyCarers((ANA,), of=(ZOE,)))
    assert copy_carers(once[0], CopyCarers((ANA,), of=(ZOE,))) == once


def test_a_carer_apart_gets_a_copy_alone_and_is_unseen_by_the_other():
    before = draft(f"To: {ZOE}, Dad <{DAD}>\r\n", ZOE, DAD)
    main, apart = copy_carers(before, CopyCarers((ANA,), (DAD,), of=(ZOE,)))
    assert (addresses(main), shown(main)) == ([ZOE, ANA], {ZOE, ANA})
    assert (addresses(apart), shown(apart)) == ([DAD], {DAD})
    assert DAD.encode() not in main.raw
    assert ANA.encode() not in apart.raw
    assert apart.recipients[0].options == ("NOTIFY=FAILURE",)
    assert copy_carers(apart, CopyCarers((ANA,), (DAD,), of=(ZOE,))) == (apart,)


def test_an_address_beyond_ascii_asks_for_smtputf8():
    (after,) = copy_carers(draft(f"To: {ZOE}\r\n", ZOE), CopyCarers(("añá@family.example",)))
    assert after.smtputf8
    assert "Cc: añá@family.example\r\n".encode() in after.raw


def test_each_household_sees_itself_and_the_agency():
    before = draft(
        f'To: "Zoë, M" <{ZOE}>, {BEN}\r\nCc: {ANA}, Office <{OFFICE}>\r\nBcc: x@y.example\r\n',
        ZOE,
        BEN,
        ANA,
        OFFICE,
    )
    copies = separate_copies(before, SeparateCopies(((ZOE, ANA), (BEN,))))
    assert [addresses(each) for each in copies] == [[ZOE, ANA], [BEN], [OFFICE]]
    assert [shown(each) for each in copies] == [
        {ZOE, ANA, OFFICE},
        {BEN, OFFICE},
        {ZOE, BEN, ANA, OFFICE},
    ]
    assert BEN.encode() not in copies[0].raw
    assert ZOE.encode() not in copies[1].raw
    assert all(b"x@y.example" not in each.raw for each in copies)
    assert all(each.raw.endswith(b"\r\n\r\nHello\r\n") for each in copies)


def test_separating_again_changes_nothing():
    remedy = SeparateCopies(((ZOE,), (BEN,)))
    for copy in separate_copies(draft(f"To: {ZOE}, {BEN}, {OFFICE}\r\n", ZOE, BEN), remedy):
        assert separate_copies(copy, remedy) == (copy,)


def test_blind_recipients_stay_blind():
    copies = separate_copies(draft(f"To: {ZOE}\r\n", ZOE, BEN), SeparateCopies(((ZOE,), (BEN,))))
    assert [addresses(each) for each in copies] == [[ZOE], [BEN]]
    assert b"To: undisclosed-recipients:;\r\n" in copies[1].raw
    assert shown(copies[1]) == set()


def test_with_several_remedies_a_carer_joins_the_copy_of_their_own_pupil():
    before = draft(f"To: {ZOE}, {BEN}\r\n", ZOE, BEN)
    envelope = Envelope(
        mail_from=before.mail_from,
        recipients=before.recipients,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    plan = (
        CopyCarers((ANA,), of=(ZOE,)),
        CopyCarers(("max@other.example",), of=(BEN,)),
        SeparateCopies(((ZOE,), (BEN,))),
        Initials("Z.M."),
    )
    repaired = apply(Message.parse(before.raw, envelope), plan)
    assert [(addresses(each), shown(each)) for each in repaired.outgoing] == [
        ([ZOE, ANA], {ZOE, ANA}),
        ([BEN, "max@other.example"], {BEN, "max@other.example"}),
    ]
    assert all(b"\r\nSubject: Z.M.\r\n" in each.raw for each in repaired.outgoing)
