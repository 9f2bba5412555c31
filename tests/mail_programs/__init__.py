"""
Messages as the usual mail programs really write them, for tests.

A `Letter` says what somebody wants to send; each program writes it its own way::

    raw = outlook(Letter(subject="Hausaufgaben für Zoë", text="…", files=(File("Notes.pdf", pdf),)))
    message = as_message(letter, gmail)

`PROGRAMS` names all of them, to run one test over each. Everything is fixed:
the same letter gives the same bytes.
"""

from tests.mail_programs.apple_mail import apple_mail
from tests.mail_programs.gmail import gmail
from tests.mail_programs.letter import File, Letter, Person, as_message, envelope_of
from tests.mail_programs.outlook import outlook, outlook_365, outlook_rich_text
from tests.mail_programs.thunderbird import thunderbird

PROGRAMS = {
    "outlook": outlook,
    "outlook_365": outlook_365,
    "outlook_rich_text": outlook_rich_text,
    "apple_mail": apple_mail,
    "gmail": gmail,
    "thunderbird": thunderbird,
}

__all__ = [
    "PROGRAMS",
    "File",
    "Letter",
    "Person",
    "apple_mail",
    "as_message",
    "envelope_of",
    "gmail",
    "outlook",
    "outlook_365",
    "outlook_rich_text",
    "thunderbird",
]
