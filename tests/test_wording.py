"""The words that tutors read: plain, complete in both languages, and checked at the start."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import textstat

from gateway.notices import notices
from gateway.notices.notices import Mails
from gateway.policy import titles
from gateway.sections import Notices
from gateway.settings import SettingsProblem, config_folder
from gateway.wording import Wording, catalogue, read_po
from tests.notices.examples import ALL, SETTINGS, blind, envelope, message, verdict

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "gateway" / "console" / "templates"
TEMPLATES = [
    *config_folder().joinpath("templates").glob("*.html"),
    *config_folder().joinpath("templates").glob("*.txt"),
    PAGES / "remedy.html",
    PAGES / "remedy_over.html",
]
SENTENCES = sorted(
    {text for file in TEMPLATES for text in re.findall(r'_\("((?:[^"\\]|\\.)*)"', file.read_text("utf-8"))}
)


def welsh(**changes: object) -> Mails:
    return Mails(SETTINGS.__class__(agency=SETTINGS.agency, notices=Notices(language="cy", **changes)), blind)


def test_every_text_has_its_welsh():
    known = read_po(config_folder() / "templates" / "cy.po")
    wanted = {*SENTENCES, *map(str, notices._SUBJECTS.values()), *titles._TITLES.values()}
    assert [text for text in sorted(wanted) if not known.get(text)] == []


def summaries() -> set[str]:
    """What each rule says of a message, with {} for the numbers that it fills in."""
    found = set()
    for file in (ROOT / "filters").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "public":
                found.add(re.sub(r"{\w+}", "{}", ast.literal_eval(node.args[0])))
    return found


def test_every_summary_has_its_welsh():
    known = read_po(config_folder() / "templates" / "cy.po")
    assert len(summaries()) > 20
    assert [text for text in sorted(summaries()) if not known.get(text)] == []


def test_numbers_find_their_place_in_a_translation():
    said = Wording("cy").say("The text carries on the addresses of 12 outside households or organisations.")
    assert said == "Mae'r testun yn cario cyfeiriadau 12 o aelwydydd neu sefydliadau allanol."


def test_a_translation_keeps_what_is_filled_in():
    for text, translated in read_po(config_folder() / "templates" / "cy.po").items():
        assert re.findall(r"%\(\w+\)s|{}", text) == re.findall(r"%\(\w+\)s|{}", translated), text


def test_texts_are_for_a_reader_of_nine_years():
    """
    Two indices that need no dictionary; either names the school grade whose pupils understand the text.

    Grade 4 is nine years old. What has to be plain is the prose: names of rules and policies are as they are.
    """
    prose = " ".join(text for text in SENTENCES if text.endswith(".") and "%" not in text)
    assert len(prose.split()) > 300
    assert textstat.automated_readability_index(prose) <= 4
    assert textstat.coleman_liau_index(prose) <= 4
    for text in SENTENCES:
        for sentence in re.split(r"(?<=[.?!:]) ", text):
            assert len(sentence.split()) <= 20, sentence


def test_no_jargon():
    words = {
        "smtp",
        "mta",
        "relay",
        "quarantine",
        "policy",
        "gateway's",
        "header",
        "recipient",
        "invalid",
        "error",
    }
    for text in SENTENCES:
        assert not words & set(re.findall(r"[a-z']+", text.lower())), text


def test_an_explanation_in_welsh():
    outgoing = welsh().explanation(message(), envelope(), verdict("reject", *ALL))
    assert outgoing is not None
    assert b"Subject: Heb ei anfon: mae angen newid eich neges\r\n" in outgoing.raw
    assert b'<html lang=3D"cy">' in outgoing.raw


def test_a_time_is_said_in_either_language():
    moment = datetime(2026, 10, 12, 16, 20, tzinfo=UTC)
    assert Wording("en").moment(moment) == "16:20 on Monday 12 October"
    assert Wording("cy").moment(moment) == "16:20 ddydd Llun, 12 Hydref"


def test_an_agencys_own_words_come_first(tmp_path):
    (tmp_path / "cy.po").write_text('msgid "Your message"\nmsgstr ""\n"Ein "\n"geiriau"\n', "utf-8")
    (tmp_path / "waiting.txt").write_text("Ours: {{ console }}\n", "utf-8")
    assert catalogue("cy", tmp_path).gettext("Your message") == "Ein geiriau"
    assert catalogue("cy", tmp_path).gettext("Monday") == "Llun"
    mail = welsh(templates=tmp_path).waiting(envelope(), verdict("quarantine", *ALL))[0]
    assert b"Ours: http://127.0.0.1:8025" in mail.raw


@pytest.mark.parametrize("text", ["{% if %}", "{{ unclosed", "{% include 'nowhere' "])
def test_a_broken_template_stops_the_start(tmp_path, text):
    (tmp_path / "passphrase.html").write_text(text, "utf-8")
    with pytest.raises(SettingsProblem, match=r"templates: passphrase\.html: found .*Error"):
        welsh(templates=tmp_path)


def test_a_time_zone_that_is_none_stops_the_start():
    with pytest.raises(
        SettingsProblem, match=r"notices\.timezone: found 'Nowhere/At_All', expected a time zone"
    ):
        welsh(timezone="Nowhere/At_All")
