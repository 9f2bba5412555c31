"""Signs that a text is about one identifiable child: the register's names, and whatever else names somebody. Pure."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict

from gateway.register.hits import NameHit
from gateway.register.model import Pupil
from gateway.register.register import Register
from gateway.register.vocabulary import COMMON, is_given_name
from gateway.sensitivity import first_names, particulars, strangers
from gateway.sensitivity.identifiers import cards_in, numbers_in
from gateway.sensitivity.person import ABOVE, BESIDE, WRITER, Who

_CAPITALISED = re.compile(r"[A-Z\u00c0-\u00de]")
_MAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
# "jaspers mum": a possessive whose apostrophe was left out. The s becomes a blank, so that places stay.
_RUSHED = re.compile(
    r"(?<=[a-z\u00df-\u00ff]{3})s(?= (?:mum|mom|dad|mam|mother|father|parents|brother|sister|nan|gran|family|lesson|lessons|ehcp|diagnosis"
    r"|medication|meds|teacher|school|social worker|carer|foster)\b)",
    re.IGNORECASE,
)


def who_in(text: str, register: Register) -> list[Who]:
    """Every sign in a text, in the order of their places."""
    found = _names(_RUSHED.sub(" ", text), register)
    known = sorted((each.start, each.end) for each in found)
    found += strangers.labelled(text)
    found += strangers.initials(text, register)
    found += _beside(strangers.strangers(text), known)
    found += _beside(first_names.first_names(text), known)
    found += _beside(first_names.unlisted(text), known)
    found += _beside(first_names.noted(text), known)
    found += particulars.kin(text)
    found += first_names.spoken_of(text, found)
    found += particulars.particulars(text)
    found += particulars.births(text, register)
    found += [Who(start, end, 3.0, what) for start, end, what in numbers_in(text)]
    found += [Who(start, end, 1.5, "a payment card's number") for start, end in cards_in(text)]
    found += _mailboxes(text, register)
    found += first_names.nameless(text, found)
    return sorted(found, key=lambda each: each.start)


def _beside(others: list[Who], known: list[tuple[int, int]]) -> list[Who]:
    """Those of the others that are not a registered pupil's name once more."""
    return [
        each
        for each in others
        if not (place := bisect_left(known, (each.end, 0))) or known[place - 1][1] <= each.start
    ]


def _mailboxes(text: str, register: Register) -> list[Who]:
    """Registered addresses of pupils."""
    return [
        Who(match.start(), match.end(), 2.0, "a pupil's address", owner.person.id)
        for match in _MAIL.finditer(text)
        for owner in register.whose(match[0])
        if isinstance(owner.person, Pupil)
    ]


def _names(text: str, register: Register) -> list[Who]:
    """
    Registered pupils by name.

    A full name is beyond doubt. A first name and a surname of one pupil apart
    from each other are nearly so, and so is a first name that only one pupil has
    and that comes again and again; one mention of a first name merely hints.
    """
    hits: list[tuple[NameHit, str]] = []
    for hit in register.names.find(text):
        pupils = [each for each in hit.people if isinstance(each, Pupil)]
        if (hit.form == "family" and _of_another(text, hit)) or (hit.form == "given" and _another(text, hit)):
            continue
        if pupils and hit.end - hit.start > 2 and _is_name(text, hit):
            hits.append((hit, pupils[0].id if len(pupils) == 1 else ""))
    forms: dict[str, set[str]] = defaultdict(set)
    for hit, about in hits:
        forms[about].add(hit.form)
    aloof = {hit.start: each for hit, _ in hits if (each := _aside(text, hit))}
    mentions = Counter(about for hit, about in hits if not hit.ordinary and hit.start not in aloof)
    for hit, about in hits:
        if about and mentions[about] and hit.start in aloof:  # spoken of elsewhere as well
            del aloof[hit.start]
            mentions[about] += 1
    found = []
    for hit, about in hits:
        if hit.start in aloof:
            found.append(Who(hit.start, hit.end, 3.0 if hit.form == "full" else 1.0, aloof[hit.start], about))
        elif hit.form == "full":
            found.append(_full(text, hit, about, mentions[about]))
        elif about and _beside_initial(register.pupil(about), hit, text):
            found.append(Who(hit.start, hit.end, 2.5, "a pupil's name and initial", about))
        elif hit.ordinary and not mentions[about]:
            if about and hit.form == "given" and _is_used(text, hit):
                found.append(Who(hit.start, hit.end, 2.0, "a pupil's name, and more of the same", about))
            continue  # "in May", "grace period": a word, unless its owner is named otherwise too
        elif about and {"given", "family"} <= forms[about]:
            found.append(Who(hit.start, hit.end, 2.5, "a pupil's first name and surname", about))
        elif about and mentions[about] > 1:
            found.append(Who(hit.start, hit.end, 2.0, "a pupil's name, more than once", about))
        elif (
            about
            and hit.form == "given"
            and (_ABOUT.search(text, max(0, hit.start - 30), hit.start) or _goes_on(text, hit))
        ):
            found.append(Who(hit.start, hit.end, 2.0, "a pupil's name, and more of the same", about))
        else:
            weight = 1.5 if about and hit.form == "given" and not hit.ordinary else 1.0
            found.append(Who(hit.start, hit.end, weight, "a pupil's name", about))
    return found


_BY = re.compile(r"\b(?:by|author:) $", re.IGNORECASE)
_FOR = re.compile(
    r"\b(?:(?:notes|sheets?|worksheet|homework|practice|quiz|questions|revision|resources|pack|card|reading|exercises|tasks?|guide|glossary"
    r"|vocabulary|flashcards|prize|presents?|slides|topics?|booklet|texts?|lessons?|work|extension|invoice|receipt|tickets?|certificate|award) for"
    r"|good|great|lovely|excellent|brilliant|super|(?:well done|congratulations|thanks|thank you)(?: to)?)[,!]? $",
    re.IGNORECASE,
)


def _aside(text: str, hit: NameHit) -> str:
    """Whether the name is that of whoever wrote something, or is meant to read it: "Notes for Hope", "by Hamish Innes"."""
    if "." in text[hit.start : hit.end]:
        return ""  # and it begins the next sentence as well
    first = max(0, hit.start - 24)
    return (
        WRITER
        if _BY.search(text, first, hit.start)
        else BESIDE
        if _FOR.search(text, first, hit.start)
        else ""
    )


def _is_name(text: str, hit: NameHit) -> bool:
    """Whether it is written as a name is; in haste people leave the capitals out."""
    return _CAPITALISED.match(text[hit.start]) is not None or (
        not hit.ordinary and hit.form in ("full", "given") and text[hit.start : hit.end] not in COMMON
    )


_USED = re.compile(
    r"['’]s |,? (?:won['’]t|has|had|is|was|told|said|says|came|takes|needs|gets|got|lives|finds|uses|does|did|doesn['’]t|didn['’]t|hasn['’]t|isn['’]t"
    r"|can(?:not|['’]t)?|will|may|struggles|attends|ok|okay|asked|missed|started|left|stayed|wore|looked)\b"
)
_DEAR = re.compile(r"(?:^|\n)[ \t]*dear $", re.IGNORECASE)
_KIN = re.compile(
    r"(?:['’]s)? +(?:mum|mummy|mam|mom|dad|daddy|mother|father|brother|sister|nan|gran|parents|carers?|family|foster|social|birth|aunt\w*|uncle)\b"
)
_PRONOUN = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.IGNORECASE)


# "Child's name: Thomas", "re Zoë": the one whom it is about.
_ABOUT = re.compile(
    r"(?:\b(?:name|child|pupil|student|re|regarding|about|learner|yp|for)|name \([^)\n]{1,20}\)) ?[:\-\u2013]?\s{1,3}$",
    re.IGNORECASE,
)


def _goes_on(text: str, hit: NameHit) -> bool:
    return (
        _KIN.match(text, hit.end) is not None
        or _PRONOUN.search(text, hit.end, min(len(text), hit.end + 160)) is not None
    )


def _is_used(text: str, hit: NameHit) -> bool:
    """Whether a word that may be a name does what only people do, and is "she" afterwards: "Faith won't be in. She …"."""
    if _KIN.match(text, hit.end) or _DEAR.search(text, max(0, hit.start - 12), hit.start):
        return True
    return _USED.match(text, hit.end) is not None and _goes_on(text, hit)


_BYLINE = re.compile(
    r"(?:[ ,(-]{0,3}(?:(?:year|yr?|class|age)\b ?)?[\w-]{0,4}\)?)?[ .-]*(?=\n|$)", re.IGNORECASE
)


def _full(text: str, hit: NameHit, about: str, mentions: int) -> Who:
    """
    A full name; one that stands alone on the first line and never again is the writer's.

    Pupils put their names above their essays so, whatever those are about.
    """
    if text[: hit.start].strip() or mentions > 1 or "\n" not in text[hit.end :]:
        return Who(hit.start, hit.end, 3.0, "a pupil's full name", about)
    return Who(hit.start, hit.end, 1.0 if _BYLINE.match(text, hit.end) else 3.0, ABOVE, about)


_BEFORE = re.compile(r"\b([A-Z\u00c0-\u00de][\w'’-]+) $")


def _of_another(text: str, hit: NameHit) -> bool:
    """Whether a surname stands behind the first name of somebody else."""
    before = _BEFORE.search(text, max(0, hit.start - 30), hit.start)
    return before is not None and is_given_name(before[1].casefold())


_BEHIND = re.compile(
    r" (?!Year|Yr|Form|Class|Age|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Has|Is|Was|And)[A-Z][a-z\u00df-\u00ff]{2,}\b(?! (?:was|is|has)\b)"
)


def _another(text: str, hit: NameHit) -> bool:
    """Whether a first name has a surname behind it that is not this person's: John Snow."""
    return _BEHIND.match(text, hit.end) is not None


def _beside_initial(pupil: Pupil | None, hit: NameHit, text: str) -> bool:
    """Whether one name stands beside the initial of the other ("Freya L.", "L. Freya", "Lindqvist F")."""
    if pupil is None or not pupil.family_name or not pupil.given_name:
        return False
    other = pupil.family_name if hit.form == "given" else pupil.given_name
    initial = re.escape(other[:1].upper())
    behind = re.compile(rf",? {initial}(?![\w'])").match(text, hit.end)
    return bool(
        behind or re.compile(rf"(?<!\w){initial}\.? $").search(text, max(0, hit.start - 3), hit.start)
    )
