"""Signs of a person whom the register need not know: first names, and the one whom a text goes on about. Pure."""

import re
from collections import Counter, defaultdict

from gateway.register.vocabulary import COMMON, ORDINARY, is_first_name
from gateway.sensitivity.person import Who
from gateway.sensitivity.strangers import FEW, PRONOUN, THINGS

_FIRST = re.compile(
    r"(?<![\w'’@.-])(?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{2,}(?:-[A-Z][a-z]+)?)(?![\w@-])"
)
# In haste people leave the capitals out.
_RUSHED = re.compile(r"(?<![\w'’@./-])(?P<name>[a-z\u00df-\u00ff]{3,})(?![\w@/-]|\.\w)")
_WORDS = frozenset(ORDINARY) - {
    "tom",
    "harry",
    "leo",
    "sam",
    "ben",
    "max",
    "jack",
    "ruby",
    "freddie",
    "george",
    "molly",
    "poppy",
    "toby",
    "tim",
}
_NO_NAMES = COMMON | _WORDS
_SAYS = re.compile(
    r"['’]s\b|,? (?:has|had|is|was|told|said|says|came|comes|takes|needs|gets|got|lives|finds|uses|wears|does|did|doesn['’]t|didn['’]t|hasn['’]t|isn['’]t"
    r"|won['’]t|wasn['’]t|can(?:not|['’]t)?|will|may|struggles|attends|disclosed|presents|seems|feels|asked|missed|suffers|arrived|started|sees|aged|cooks"
    r"|reported|went|began|stopped|became|looked|appeared|mentioned|talked|spoke|knows|wants|would|could|to be|and (?:his|her))\b"
)
_TITLE = re.compile(
    r"\b(?:mr|mrs|ms|miss|mx|dr|sir|dame|lord|lady|prof|professor|st|saint|king|queen|prince|princess|aunt|auntie|uncle|nurse|sister)\.? $",
    re.IGNORECASE,
)
_GREETED = re.compile(
    r"(?:^|\n)[ \t]*(?:dear|hi|hello|hiya|hey|morning|afternoon|evening|thanks|thank you|cheers|best|love|from|regards)[ ,]+(?:[A-Z]\w+ (?:and|&) )?$",
    re.IGNORECASE,
)
_HAILED = re.compile(r"\b(?:dear|hi|hello|hiya|hey)[ ,]+$", re.IGNORECASE)
_CLOSING = re.compile(r"(?:[.!?x][ \t]+|\n[ \t]*)(?:from |love,? )?$", re.IGNORECASE)
_ALONE = re.compile(r"[ ,.!)]*(?:\n|$)")


def first_names(text: str) -> list[Who]:
    """First names alone: the surer whom they are about, the more is said of who bears them."""
    matches = [m for m in _FIRST.finditer(text) if is_first_name(m["name"].casefold()) and _is_meant(text, m)]
    matches += [m for m in _RUSHED.finditer(text) if is_first_name(m["name"]) and m["name"] not in _NO_NAMES]
    often = Counter(m["name"].casefold() for m in matches)
    weights: dict[str, float] = defaultdict(lambda: 0.75)
    for m in matches:
        told = 0.5 * (_SAYS.match(text, m.end()) is not None) + 0.5 * (
            PRONOUN.search(text, m.end(), m.end() + 160) is not None
        )
        name = m["name"].casefold()
        weights[name] = max(weights[name], min(1.9, 0.75 + told + 0.5 * (often[name] > 1)))
    return [
        Who(m.start(), m.end(), weights[m["name"].casefold()], "a person's first name") for m in matches[:FEW]
    ]


# What shows that a word with a capital is somebody's name, though no list has it: "re Gulsen", "Ottavia (Y8)", "Kacper's mum".
_SPOKEN_OF = re.compile(
    r"(?:\b(?:re|about|has|have|got|had|see|saw|teach|pupil|student|called|named|with|for|told|tell|ask|asked|poor|little|our|and|when|because|if|that|says|whether"
    r"|while|until|after|before|gave|give|bring|collect|pick)|[:;,.\u2013-]|\n) $"
)
_PERSON = re.compile(
    r"(?: [A-Z][\w'’-]*\.?)?(?:['’]s (?:mum|mam|mom|dad|nan|gran|mother|father|sister|brother|parents|family|carer|foster|social|school|lesson|teacher|medication|meds|ehcp|bag|new)\b"
    r"|,? \(?(?:Y(?:ea)?r? ?\d{1,2}|aged? \d|\d{1,2} ?(?:yrs|years|yo\b|y\b))|(?:, |,? \()\d{1,2}[),;]|, (?:who|whose|whom)\b)"
)
_HIM = re.compile(
    r"['’]?s? (?:has|is|was|had|told|said|says|takes|needs|gets|lives|doesn['’]t|didn['’]t|hasn['’]t|isn['’]t|won['’]t|can['’]t|came|went|asked|cried|started|missed|v|very|been)\b"
    r"[^\n]{0,90}?\b(?:he|she|him|her|his|hers)\b"
)


def unlisted(text: str) -> list[Who]:
    """First names that no list has, where what stands beside them shows that they are."""
    found = []
    for m in _FIRST.finditer(text):
        name = m["name"].casefold()
        if is_first_name(name) or name in _NO_NAMES or THINGS.fullmatch(name):
            continue
        if _PERSON.match(text, m.end()) or (
            _HIM.match(text, m.end()) and _SPOKEN_OF.search(text, max(0, m.start() - 12), m.start())
        ):
            found.append(Who(m.start(), m.end(), 1.5, "a person's first name"))
    return found[:FEW]


def _is_meant(text: str, match: re.Match[str]) -> bool:
    """Whether somebody is spoken of: not greeted, not the one who signs, not somebody's title or surname."""
    before = text[max(0, match.start() - 40) : match.start()]
    alone = match.start() == 0 or before.endswith("\n")
    first = _BEFORE.search(before)
    return not (
        _TITLE.search(before)
        or _GREETED.search(before)
        or _HAILED.search(before)
        or (_CLOSING.search(before) and not text[match.end() :].strip(" .!x\n"))
        or (alone and _ALONE.match(text, match.end()))
        or (first is not None and is_first_name(first[1].casefold()))
    )


_BEFORE = re.compile(r"\b([A-Z][\w-]+) $")


_FAMILY = re.compile(
    r"\b[Tt]he (?P<name>[A-Z][\w'’-]+) (?:girl|boy|twins|family|children|child|lessons|brothers|sisters|lad|lads|girls|boys|kids|house|case)\b"
)
_DATED = re.compile(
    r"(?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+ [A-Z][\w'’-]*)\.?,? \(?(?:(?:b|born|dob|d\.o\.b)\.? ?)?\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b"
)
_HEADED = re.compile(
    r"(?:^|\n)[^\n]{0,40}(?P<name>\b[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+ [A-Z])\.?[ \t]*(?=\n|\()"
)
_HE = re.compile(r"\b(?:he|him|his|himself|he['’]?s|he['’]d|he['’]ll)\b", re.IGNORECASE)
_SHE = re.compile(r"\b(?:she|her|hers|herself|she['’]?s|she['’]d|she['’]ll)\b", re.IGNORECASE)
_OFTEN = 3
_TWICE = 2
_HARDLY = 1.5


_ROW = re.compile(
    r"(?:^|\n|[.;:|,] ?|\d )[ \t•*-]*(?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+(?: [A-Z][\w'’-]*)?|[A-Z]\. ?[A-Z][a-z]{2,})"
    r"\.? ?(?:[–—:|;\t]|- |,(?=\d| (?:[a-z]|[A-Z]{2})))"
)
_AGED = re.compile(
    r"(?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+(?:-[A-Z][a-z]+)?)(?: ['’\"\u201c][A-Z]\w+['’\"\u201d])?(?P<family>(?: (?:[a-z]{2,3} )?[A-Z][\w'’-]+){0,2}),? \(?(?:aged? ?)?"
    r"\d{1,2}(?:y|yrs|;0?\d)?\b(?![.:/]\d| (?:out|of|marks|x|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|%)"
)
# A table as programs write it: "2043,Niamh,O'Dowd,9", "Noor,Hafsa,E"; a register: "ADEBAYO Dami", "JOAQUIM ABREU-LLOYD".
_CELL = re.compile(
    r"(?:^|\n|,|\||;|\t)(?:(?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+)[,|;\t][A-Z][\w'’-]+|[A-Z][\w'’-]+[,|;\t](?P<other>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff-]+))(?=[,|;\t])"
)
_SHOUTED = re.compile(
    r"(?<![\w'’-])(?:(?P<name>[A-Z]{3,}) (?:[A-Z]{2} )?[A-Z]{3,}(?:-[A-Z]+)?|[A-Z][A-Z'’-]{2,} (?P<other>[A-Z][a-z]{2,}))\b"
)
_SELF = re.compile(
    r"\b(?:[Mm]y name is|I['’]m called|I am|I['’]m) (?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+)"
)


def noted(text: str) -> list[Who]:
    """People as notes name them: "Leo C (16/8/14)", "the Feldman girl", a name and an initial as heading."""
    found = [
        Who(m.start("name"), m.end("name"), 2.0, "a person's name and date of birth")
        for m in _DATED.finditer(text)
    ]
    found += [
        Who(m.start("name"), m.end("name"), 1.5, "a family's name")
        for m in _FAMILY.finditer(text)
        if not THINGS.fullmatch(m["name"])
    ]
    found += [
        Who(m.start("name"), m.end("name"), 1.9, "a person's name and initial")
        for m in _HEADED.finditer(text)
        if is_first_name(m["name"].split()[0].casefold())
    ]
    rows = [m for m in _ROW.finditer(text) if _of_a_person(m["name"])][:FEW]
    if len({m["name"] for m in rows}) > 1:
        found += [Who(m.start("name"), m.end("name"), 1.9, "a person's name in a list") for m in rows]
    found += [
        Who(m.start("name"), m.end("name"), 2.0, "a person's own name")
        for m in _SELF.finditer(text)
        if is_first_name(folded := m["name"].casefold()) and folded not in _NO_NAMES
    ]
    found += [
        Who(m.start("name"), m.end("name"), 2.0 if m["family"] else 1.9, "a person's name and age")
        for m in _AGED.finditer(text)
        if is_first_name(m["name"].casefold())
    ]
    found += [
        Who(m.start(group), m.end(group), 1.9, "a person's name in a list")
        for pattern in (_CELL, _SHOUTED)
        for m in list(pattern.finditer(text))[:FEW]
        for group in ("name", "other")
        if m[group] and is_first_name(m[group].casefold()) and m[group].casefold() not in _NO_NAMES
    ]
    return found


_INITIAL_LAST = re.compile(r"[A-Z]\w{2,} [A-Z]|[A-Z]\. ?[A-Z][a-z]+")


def _of_a_person(name: str) -> bool:
    return is_first_name(name.split(maxsplit=1)[0].casefold()) or (
        _INITIAL_LAST.fullmatch(name) is not None and not THINGS.fullmatch(name.split(maxsplit=1)[0])
    )


def spoken_of(text: str, people: list[Who]) -> list[Who]:
    """The one whom a text goes on about as "he", or as "she", if it names anybody: surer than one name is."""
    he, she = len(_HE.findall(text)), len(_SHE.findall(text))
    names = {text[each.start : each.end].casefold() for each in people if each.why == "a person's first name"}
    weight = 1.9 if max(he, she) >= _OFTEN else 1.5 if max(he, she) and len(names) == 1 else 0.0
    if not weight:
        return []
    return [
        Who(each.start, each.end, weight, "a person's name, and much of him or her")
        for each in people
        if each.weight < weight
        and (
            each.why.startswith(("a person's", "initials", "a family's", "somebody's child"))
            or each.why == "a pupil's name"
        )
    ]


_NAMELESS = "a person spoken of without a name"
_AT_HAND = re.compile(
    r"\b(?:mum|mam|mom|mummy|dad|daddy|nan|gran|lesson|lessons|tutor|tutors|session|school|homework|maths|reading|miss|sir|year \d|y\d+|gcse|office)\b",
    re.IGNORECASE,
)


def nameless(text: str, people: list[Who]) -> list[Who]:
    """The one of whom a text tells as "he" or "she" where it names nobody: whoever gets it knows who that is."""
    if any(each.weight >= _HARDLY for each in people) or not _AT_HAND.search(text):
        return []
    he, she = list(_HE.finditer(text)), list(_SHE.finditer(text))
    most = he if len(he) > len(she) else she
    if len(most) < _TWICE:
        return []
    return [Who(m.start(), m.end(), _HARDLY, _NAMELESS) for m in most[:FEW]]
