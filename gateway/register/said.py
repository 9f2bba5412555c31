"""
What a sentence says of a word that is also a name: somebody is greeted, met, asked about, or does something.

Each function gives its reason, or "".
"""

from gateway.register.folding import Word
from gateway.register.hits import NameHit
from gateway.register.reading import Reading
from gateway.register.vocabulary import GRAMMAR


def capital(reading: Reading, hit: NameHit) -> bool:
    """Whether it is written with a capital."""
    return reading.words[hit.first].capital


def tells(reading: Reading, hit: NameHit) -> bool:
    """Whether the capital says something: in mid-sentence, where not everything has one."""
    before, _ = reading.neighbours(hit)
    return capital(reading, hit) and before is not None and not reading.caps and not reading.title_case


def greeted(reading: Reading, hit: NameHit) -> str:
    """Why somebody is greeted or thanked: "Hello Grace", "Well done, Hope"; "" where not."""
    behind = reading.neighbours(hit)[1]
    before = reading.word(hit.first - 1)
    if before is None or not capital(reading, hit) or reading.title_case or reading.caps:
        return ""
    if reading.words[hit.first].gap.strip() not in ("", ","):
        return ""
    second = reading.word(hit.first - 2)
    thanks = before.folded == "you" and second is not None and second.folded == "thank"
    well = before.folded != "done" or (second is not None and second.folded == "well")
    if not (thanks or (before.folded in GRAMMAR["greetings"] and well)):
        return ""
    if (
        hit.kind in ("time", "place")
        and before.folded not in ("birthday", "done", "ask", "tell")
        and not reading.is_near(hit)
    ):
        return ""
    ends = behind is None or behind.folded in GRAMMAR["goes_on"]
    return "somebody is greeted" if ends else ""


def related(reading: Reading, hit: NameHit) -> str:
    """Why it is a relation's or a family's name: "my sister Rose", "the Bird family"."""
    before, behind = reading.neighbours(hit)
    if not capital(reading, hit) or reading.title_case:
        return ""
    ends = behind is None or behind.folded in GRAMMAR["goes_on"] | GRAMMAR["deeds"]
    if before is not None and before.folded in GRAMMAR["relations"] and ends and not reading.caps:
        return "a relation before it"
    if hit.form == "family" and behind is not None:
        if behind.folded in GRAMMAR["families"] and reading.words[hit.first].folded not in (
            "young",
            "royal",
            "holy",
        ):
            return "a family"
        if behind.folded in GRAMMAR["children"] and reading.is_near(hit):
            return "a family"
    return ""


def spoken_of(reading: Reading, hit: NameHit) -> str:
    """Somebody is met or reported on: "Lesson with Grace", "Feedback for Hope"."""
    if not tells(reading, hit):
        return _in_small_letters(reading, hit)
    before, behind = reading.neighbours(hit)
    if before is None or (behind is not None and behind.folded not in GRAMMAR["goes_on"]):
        return ""
    if before.folded == "with":
        return "somebody is met"
    if before.folded in GRAMMAR["deals_with"] and hit.form == "given" and reading.is_near(hit):
        return "somebody is spoken of"
    if hit.kind in ("time", "place") or reading.words[hit.first].folded in GRAMMAR["subjects"]:
        return ""
    second = reading.word(hit.first - 2)
    reported = second is not None and second.folded in GRAMMAR["reported"]
    if before.folded in GRAMMAR["about"] or (before.folded in GRAMMAR["for"] and reported):
        return "somebody is spoken of"
    return ""


def _in_small_letters(reading: Reading, hit: NameHit) -> str:
    """To their own family: "lesson with grace", "report on hope"; not "losing with grace", "essay about hope"."""
    before, behind = reading.neighbours(hit)
    if capital(reading, hit) or hit.form != "given" or hit.kind in ("time", "place") or before is None:
        return ""
    if not reading.joined(hit.first - 1) or not reading.is_near(hit):
        return ""
    goes_on = GRAMMAR["goes_on"] - GRAMMAR["in"] - GRAMMAR["and"]  # "report on hope in Macbeth"
    if behind is not None and behind.folded not in goes_on:
        return ""
    noun = reading.words[hit.first - 2].folded
    if before.folded == "with":
        return "somebody is met" if noun in GRAMMAR["met"] else ""
    told = before.folded in GRAMMAR["about"] | {"for", "on"} and noun in GRAMMAR["told"]
    return "somebody is spoken of" if told else ""


def does(reading: Reading, hit: NameHit) -> str:
    """Only a person does this: "Will missed his lesson", "Grace is unwell"."""
    behind = reading.neighbours(hit)[1]
    if behind is None or hit.form not in ("given", "part") or not capital(reading, hit):
        return ""
    if reading.words[hit.last - 1].possessive:
        return ""
    after = reading.word(hit.last + 1)
    state = after is not None and reading.joined(hit.last + 1) and after.folded in GRAMMAR["states"]
    if hit.kind == "place" and behind.folded in GRAMMAR["sport"]:
        return ""  # a club
    if behind.folded in GRAMMAR["deeds"] and behind.folded != "can":
        deed = True
    elif behind.folded == "can":
        deed = after is not None and after.folded in ("t", "not")
    else:
        deed = behind.folded in GRAMMAR["being"] and state
    if not deed and reading.is_near(hit) and reading.words[hit.first].folded not in GRAMMAR["subjects"]:
        deed = _is_or_has(reading, hit, behind.folded, after)
    if not deed or (hit.kind in ("time", "place") and not reading.is_near(hit)):
        return ""
    return "somebody does something"


def _is_or_has(reading: Reading, hit: NameHit, verb: str, after: Word | None) -> bool:
    """Somebody is or has it: "Mark was great", "Eve has a question", "Holly and her book"; not "Summer was great"."""
    if after is None or not reading.joined(hit.last + 1):
        return False
    if verb in GRAMMAR["and"]:
        return after.folded in ("her", "his", "i")
    if verb in ("is", "was") and (hit.kind in ("time", "place") or after.folded in ("a", "an")):
        return False
    return verb in GRAMMAR["has_been"] and after.folded in GRAMMAR["a_person"]


def in_sentence(reading: Reading, hit: NameHit) -> str:
    """A capital in mid-sentence, to that family: "I saw Rose today", "Please remind Hope about it"."""
    if hit.form != "given" or hit.kind not in ("word", "mild") or not tells(reading, hit):
        return ""
    if not reading.is_near(hit) or reading.words[hit.first].folded in GRAMMAR["subjects"]:
        return ""
    before, behind = reading.neighbours(hit)
    if before is None or before.folded in GRAMMAR["no_person"]:
        return ""
    opens = hit.first == 1 and before.folded.endswith("ing")  # "Moving Penny to Tuesdays"
    if not (before.shown.islower() or opens):
        return ""
    return "" if behind is not None and behind.capital else "a capital in mid-sentence"


def asked_about(reading: Reading, hit: NameHit) -> str:
    """A question about somebody, to their family: "Is Will free on Friday?", "Did Grace get the notes?"."""
    before, behind = reading.neighbours(hit)
    if before is None or before.folded not in GRAMMAR["asks"] or not tells(reading, hit):
        return ""
    if before.start > reading.start or hit.form != "given" or not reading.is_near(hit):
        return ""
    if hit.kind in ("time", "place"):
        does = behind is not None and behind.folded in GRAMMAR["states"] | GRAMMAR["acts"]
        return "somebody is asked about" if does else ""
    return "somebody is asked about"
