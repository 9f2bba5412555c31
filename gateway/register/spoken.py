"""Which pupils a message speaks of, by name."""

import re

from gateway.mail.message import Message
from gateway.register.hits import NameHit
from gateway.register.model import Pupil
from gateway.register.named import Look
from gateway.register.nearby import Nearby
from gateway.register.register import Register

_ENOUGH = 4_000  # characters of the text that are read
_SENTENCE = 300  # characters of a sentence
_SENTENCES = 20  # in which it is asked whether a word is used as a name
_ENDS = ".!?\n"
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
    look = Look(message, register)
    sentences: dict[str, frozenset[str]] = {}  # with the ids of the people whose names count in each
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
            elif hit.form == "given" and near:
                sentence = _sentence(text, hit)
                if sentence not in sentences and len(sentences) < _SENTENCES:
                    sentences[sentence] = _called_in(sentence, look)
                if near[0].id not in sentences.get(sentence, ()):
                    continue
                pupils = near
            else:
                continue
            if len(pupils) == 1:
                found[pupils[0].id] = pupils[0]
    return tuple(found.values())


def _sentence(text: str, hit: NameHit) -> str:
    """The sentence in which a name stands."""
    start = max((text.rfind(mark, 0, hit.start) for mark in _ENDS), default=-1) + 1
    ends = [end for mark in _ENDS if (end := text.find(mark, hit.end)) >= 0]
    return text[start : min(ends, default=len(text))].strip()[:_SENTENCE]


def _called_in(sentence: str, look: Look) -> frozenset[str]:
    """Whose names count in it: "Summer did well" is about a pupil, "Summer is coming" is not."""
    return frozenset(person.id for named in look.names(sentence)[0] for person in named.people)


def _own_words(text: str, media_type: str) -> str:
    plain = _TAG.sub(" ", text[: 4 * _ENOUGH]) if media_type == "text/html" else text
    cut = _QUOTED.search(plain)
    return (plain[: cut.start()] if cut and media_type == "text/plain" and cut.start() > 40 else plain)[
        :_ENOUGH
    ]
