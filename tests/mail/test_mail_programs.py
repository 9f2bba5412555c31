"""What the usual mail programs write is read as its sender meant it."""

import email
import email.policy
import unicodedata

import pytest
from tnefparse import TNEF

from tests.mail_programs import PROGRAMS, File, Letter, Person, as_message, outlook_rich_text

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 3
LONG = "Résumé of everything that Zoë did in her last lesson – part two of the winter term.pdf"
LETTER = Letter(
    subject="Übungen für Zoë: Größen und Maße, Brüche, schriftliches Rechnen; Schlüssel fürs Gartenhäuschen",
    text="Grüße aus Łódź,\n\n" + "a line that is long enough to be folded " * 8 + "\n\nTom\n",
    to=(Person("ana@family.example", "Ana Marsh"), Person("plain@family.example")),
    cc=(Person("z@family.example", "Marsh, Zoë"),),
    files=(
        File(LONG, PDF, "application/pdf"),
        File("work sheet.docx", b"PK\3\4 nothing", "application/msword"),
        File("smile.png", b"\x89PNG\r\n\x1a\n", "image/png", inline=True),
    ),
)
OPEN = {name: program for name, program in PROGRAMS.items() if name != "outlook_rich_text"}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_subject_and_people_are_those_of_the_letter(program):
    message = as_message(LETTER, program)
    assert message.subject == LETTER.subject
    assert [box.address for box in message.visible] == [who.address for who in (*LETTER.to, *LETTER.cc)]
    assert message.visible[0].display == "Ana Marsh"
    assert message.visible[2].display == "Marsh, Zoë"
    assert [(box.display, box.address) for box in message.senders] == [("Tom Reed", LETTER.sender.address)]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_text_is_that_of_the_letter(program):
    body = as_message(LETTER, program).bodies[0]
    assert body.content_type == "text/plain"
    assert "".join(body.text.split()) == "".join(LETTER.text.split())


@pytest.mark.parametrize("program", OPEN.values(), ids=OPEN)
def test_files_have_their_names_types_and_bytes(program):
    found = {
        unicodedata.normalize("NFC", part.filename): part for part in as_message(LETTER, program).attachments
    }
    assert set(found) == {file.name for file in LETTER.files}
    for file in LETTER.files:
        assert found[file.name].content == file.data
        assert found[file.name].content_type == file.media_type


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_standard_library_finds_nothing_wrong_in_them(program):
    """The samples themselves are sound, so that no rule is tuned on broken mail."""
    raw = program(LETTER)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert [part.defects for part in parsed.walk() if part.defects] == []
    assert parsed["subject"] == LETTER.subject


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_short_plain_letter_has_no_attachments(program):
    message = as_message(Letter(), program)
    assert message.subject == "Thursday's lesson"
    assert [part.filename for part in message.attachments if part.filename != "winmail.dat"] == []
    assert "Thursday at four is fine." in message.bodies[0].text


def test_rich_text_holds_its_files_in_winmail_dat():
    message = as_message(LETTER, outlook_rich_text)
    assert [part.filename for part in message.attachments] == ["winmail.dat"]
    inside = TNEF(message.attachments[0].content)
    assert [attachment.long_filename() for attachment in inside.attachments] == [f.name for f in LETTER.files]
    assert [attachment.data for attachment in inside.attachments] == [f.data for f in LETTER.files]
