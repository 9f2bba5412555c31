"""Which pupils a message speaks of, by name."""

import re

from gateway.mail.message import Message
from gateway.register.model import Pupil
from gateway.register.nearby import Nearby
from gateway.register.register import Register

_ENOUGH = 4_000  # characters of the text that are read
_TAG = re.compile(r"<[^>]{0,2000}>")
_QUOTED = re.compile(
    r"^\s*>.*$|^On .{5,200} wrote:\s*$|^-----Original Message-----.*", re.MULTILINE | re.DOTALL
)


def pupils_spoken_of(message: Message, register: Register) -> tuple[Pupil, ...]:
    """
    The pupils who are named in the text or in attachments' names.

    The subject is left out: names in it are another rule's matter.
    Of a name that several pupils share, only those count to whose family the
    message goes; if it goes to none of them, only a full name that is one
    pupil's counts.
    """
    today = message.envelope.today
    nearby = Nearby(message.envelope.rcpt_to, register)
    found: dict[str, Pupil] = {}
    texts = [part.filename for part in message.attachments]
    bodies = [part for part in message.bodies if part.content_type in ("text/plain", "text/html")]
    texts += [_own_words(part.text, part.content_type) for part in bodies[:2]]
    for text in texts:
        for hit in register.names.find(text):
            pupils = [person for person in hit.people if isinstance(person, Pupil) and person.is_pupil(today)]
            near = [pupil for pupil in pupils if nearby.near(pupil)]
            if hit.form == "full":
                pupils = near or pupils
            elif hit.form == "given" and not hit.ordinary:
                pupils = near or (pupils if len(hit.people) == 1 else [])
            else:
                continue
            if len(pupils) == 1:
                found[pupils[0].id] = pupils[0]
    return tuple(found.values())


def _own_words(text: str, media_type: str) -> str:
    plain = _TAG.sub(" ", text[: 4 * _ENOUGH]) if media_type == "text/html" else text
    cut = _QUOTED.search(plain)
    return (plain[: cut.start()] if cut and media_type == "text/plain" and cut.start() > 40 else plain)[
        :_ENOUGH
    ]
