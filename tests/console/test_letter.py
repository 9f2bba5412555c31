"""The body that reviewers see: the words of it, and nothing that does anything."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.letter import letter, marked
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from tests.console.hostile import HOSTILE, as_mail
from tests.mail_programs import PROGRAMS, File, Letter, Person

ENVELOPE = Envelope(mail_from="", recipients=(), received_at=datetime(2026, 10, 12, tzinfo=UTC))
TAGS = re.compile(r"<([^>]*)>")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def read(raw: bytes) -> Message:
    return Message.parse(raw, ENVELOPE)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_leaves_only_words_and_harmless_tags(name):
    shown = letter(read(as_mail(HOSTILE[name]))).html
    for tag in TAGS.findall(shown):
        assert re.fullmatch(
            r'/?[a-z0-9]+( (alt|dir|lang|colspan|rowspan|start)="[^"]*")*( src="data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=]+")?',
            tag,
        ), tag
        assert not tag.startswith(
            ("script", "style", "svg", "math", "form", "input", "iframe", "meta", "base", "link")
        )


def test_links_are_listed_and_cannot_be_followed():
    found = letter(read(as_mail('<p>See <a href="https://files.example/x?y=1">the folder</a></p>')))
    assert found.links == ("https://files.example/x?y=1",)
    assert "href" not in found.html
    assert "the folder" in found.html


def test_pictures_from_elsewhere_are_left_out_and_it_is_said():
    assert letter(read(as_mail("<img src='https://x.example/1.gif'>"))).pictures_left_out
    assert not letter(read(as_mail("<p>x</p>"))).pictures_left_out


@pytest.mark.parametrize("program", ["gmail", "apple_mail", "thunderbird", "outlook"])
def test_pictures_that_came_along_are_shown(program):
    raw = PROGRAMS[program](
        Letter(
            text="Look:", to=(Person("a@b.example"),), files=(File("p.png", PNG, "image/png", inline=True),)
        )
    )
    shown = letter(read(raw))
    assert 'src="data:image/png;base64,' in shown.html


def test_a_picture_that_is_none_is_not_shown():
    raw = PROGRAMS["gmail"](
        Letter(text="x", files=(File("p.png", b"<svg onload=alert(1)>", "image/png", inline=True),))
    )
    assert "data:" not in letter(read(raw)).html


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_words_of_every_mail_program_are_shown_once(program):
    raw = PROGRAMS[program](Letter(text="Zebra & <b>crossing</b>"))
    shown = letter(read(raw)).html
    assert shown.count("Zebra") <= 1
    if program != "outlook_rich_text":  # its text is inside winmail.dat
        assert "Zebra &amp; &lt;b&gt;crossing&lt;/b&gt;" in shown


def test_evidence_is_highlighted_in_text_and_never_in_a_tag():
    assert marked("<p>Ana O&#x27;Neil and div</p>", ["Ana O'Neil", "p"]) == (
        "<p><mark>Ana O&#x27;Neil</mark> and div</p>"
    )
    assert marked("<p>Zoë\n Marsh</p>", ["zoë marsh"]) == "<p><mark>Zoë\n Marsh</mark></p>"


@given(st.text(), st.lists(st.text(), max_size=3))
def test_highlighting_changes_no_word(text, marks):
    import html

    safe = html.escape(text)
    shown = marked(f"<p>{safe}</p>", marks)
    assert shown.replace("<mark>", "").replace("</mark>", "") == f"<p>{safe}</p>"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_text_whatsoever_becomes_a_dangerous_tag(text):
    shown = letter(read(as_mail(text))).html
    assert not re.search(r"<(script|style|svg|iframe|object|form|input|meta|link|base)", shown, re.IGNORECASE)
    assert not re.search(r"<[^>]*\son\w+\s*=", shown)
