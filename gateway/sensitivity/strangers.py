"""Signs of a person whom the register need not know: full names, names behind a label, initials. Pure."""

import re
from collections import Counter

from gateway.register.register import Register
from gateway.register.vocabulary import COMMON, is_first_name, is_given_name
from gateway.sensitivity.person import Who

FEW = 400  # of each sign, in one stretch of text

_LABELLED = re.compile(
    r"\b(?:pupil|child|student|patient|young person|yp|name(?: of (?:pupil|child|student|young person|patient))?|full name|re"
    r"|subject|regarding|concerning|client|forenames?|surname|learner|candidate|tutee|service user|child discussed|family)"
    r"(?:'s (?:full )?name| name)?\s{0,20}[:\t]\s{0,20}"
    r"(?P<name>[A-Z\u00c0-\u00de](?:[\w'’-]+|\.)(?: (?:[a-z]{2,3} )?[A-Z\u00c0-\u00de][\w'’-]*){1,3})",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"[A-Z\u00c0-\u00de]")
# "Child: Dilraj (Y5)": a first name is enough behind a label that only people have.
_LABELLED_FIRST = re.compile(
    r"(?:^|\n|[;|,] ?)[ \t]{0,20}(?:[Pp]upil|PUPIL|[Cc]hild|CHILD|[Ss]tudent|[Yy]oung person|YP|[Ll]earner|[Tt]utee|[Ww]ho)(?:['’]s)?(?: name)?[ \t]{0,20}[:\t][ \t]{0,20}"
    r"(?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{2,}(?:-[A-Z][a-z]+)?)\b"
)

# "Just re Faith: she had …": whoever a note is about, be the name an everyday word.
_REGARDING = re.compile(
    r"\b(?:[Rr]e|RE|[Rr]egarding|[Aa]bout) (?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{2,})(?= ?[:\u2013\u2014-])"
)


def labelled(text: str) -> list[Who]:
    """Names behind "Pupil:", "Re:" and the like."""
    found = []
    for match in _LABELLED.finditer(text):
        words = match["name"].split()
        heading = any(word.casefold() in COMMON or THINGS.fullmatch(word) for word in words)
        if all(_CAPITALISED.match(word) for word in (words[0], words[-1])) and not heading:
            found.append(Who(match.start("name"), match.end("name"), 2.5, "named as the one it is about"))
    found += [
        Who(match.start("name"), match.end("name"), 2.0, "named as the one it is about")
        for match in _LABELLED_FIRST.finditer(text)
        if match["name"].casefold() not in COMMON and not THINGS.fullmatch(match["name"])
    ]
    found += [
        Who(match.start("name"), match.end("name"), 1.9, "named as the one it is about")
        for match in _REGARDING.finditer(text)
        if is_first_name(name := match["name"].casefold()) or is_given_name(name)
    ]
    return found


_DOTTED = re.compile(r"(?<![\w.])([A-Z])\. ?([A-Z])\.(?!\w)(?P<surname> [A-Z][a-z])?")
_ARE = re.compile(r"\b(?:initials|pupil|student|child|re|ref|tutee|learner|yp)\b\W{0,3}$", re.IGNORECASE)
_PLAIN = re.compile(
    r"(?:\b(?:[Ii]nitials(?: of (?:pupil|child|student))?|[Pp]upil|[Ss]tudent|[Cc]hild|[Tt]utee|[Ll]earner|YP|[Rr]e)\b\s?[:\-\u2013]? ?"
    r"(?P<a>[A-Z]{2,3})\b(?! ?[a-z]?\d{3}))"
    r"|(?<![\w.&/-])(?P<b>[A-Z]{2})(?= ?\((?:[Yy]ear|[Yy]r|[Yy]|aged?|\d)| (?:told|said|says|was|is|has|had|disclosed|came|looked|asked)\b|'s )"
)
_LETTER = re.compile(
    r"(?<![\w.&'’/-])(?<!Unit )(?<!Part )(?<!Section )(?<!Plan )(?P<a>[B-HJ-Z])(?:\.(?= [a-z])|(?='s )|(?= (?:said|says|told|has|had|is|was|moved"
    r"|sleeping|slept|cried|asked|whispered|disclosed|came|went|lives|doesn't|didn't|feels|felt|takes|needs|looked|knows)\b))"
)
_NOT_INITIALS = frozenset(
    [
        "AI",
        "AM",
        "AS",
        "AT",
        "BY",
        "CP",
        "CV",
        "DJ",
        "DR",
        "DT",
        "EP",
        "EU",
        "EY",
        "GP",
        "HE",
        "HR",
        "ID",
        "IF",
        "IN",
        "IQ",
        "IS",
        "IT",
        "JP",
        "KS",
        "LA",
        "MD",
        "ME",
        "MP",
        "MR",
        "MS",
        "NI",
        "NO",
        "OF",
        "OK",
        "ON",
        "OR",
        "OT",
        "PA",
        "PC",
        "PD",
        "PE",
        "PG",
        "PM",
        "PR",
        "PS",
        "QA",
        "RE",
        "SA",
        "SE",
        "SI",
        "SO",
        "ST",
        "SW",
        "TA",
        "TB",
        "TO",
        "TV",
        "UK",
        "UN",
        "UP",
        "US",
        "VI",
        "WE",
        "WC",
        "XL",
        "YP",
        "HI",
        "IV",
        "MLD",
        "SLD",
        "EHC",
        "TAF",
        "CIN",
        "DSL",
        "SEN",
    ]
)


def initials(text: str, register: Register) -> list[Who]:
    """Initials, dotted or where only a person's stand: of a registered pupil, or of somebody who is written of so."""
    found = []
    for match in _DOTTED.finditer(text):
        if match["surname"] and not _ARE.search(text, max(0, match.start() - 12), match.start()):
            continue  # J. K. Rowling
        found.append(_initialled(register, match[1] + match[2], match.start(), match.end(2) + 1))
    for match in _PLAIN.finditer(text):
        group = "a" if match["a"] else "b"
        if match[group] not in _NOT_INITIALS:
            found.append(_initialled(register, match[group], match.start(group), match.end(group)))
    letters = list(_LETTER.finditer(text))[:FEW]
    often = Counter(match["a"] for match in letters)
    found += [
        Who(m.start("a"), m.end("a"), 1.5 if often[m["a"]] > 1 else 1.0, "a person's initial")
        for m in letters
    ]
    return found


def _initialled(register: Register, letters: str, start: int, end: int) -> Who:
    ours = register.pupils_by_initials(letters[0] + letters[-1])
    about = ours[0].id if len(ours) == 1 else ""
    return Who(start, end, 2.0 if ours else 1.5, "a pupil's initials" if ours else "initials", about)


_STRANGER = re.compile(
    r"(?<![\w.])(?P<given>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+(?:-[A-Z][a-z]+)?)"
    r" (?P<family>(?:O['’]|Mc|Mac|De |D['’])?[A-Z\u00c0-\u00de][a-z\u00df-\u00ff'’]+(?:-[A-Z\u00c0-\u00de][a-z\u00df-\u00ff'’]+)*)\b"
)
PRONOUN = re.compile(r"\b(?:he|she|him|her|his|hers|they|them)\b", re.IGNORECASE)
THINGS = re.compile(
    r"(?:school|surgery|museum|hospital|clinic|service|team|council|court|centre|plan|report|policy|health|care"
    r"|mental|social|worker|special|speech|language|occupational|therap\w*|psycholog\w*|education\w*|support|form"
    r"|assessment|record|case|year|key|stage|group|lesson|dear|kind|best|many|section|safeguarding|designated|lead"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|the|this|his|her|our|my|your|new|high|grammar|primary|academy|college"
    r"|house|street|road|lane|mum|dad|gran|mother|father|early|help|child|children|pupil|world|great|north|south"
    r"|east|west|english|maths|science|history|individual|personal|family|first|last|name|date|summary|office|home"
    r"|crime|act|act\w*|changing|awareness|serious|youth|justice|children's|nurse|doctor|consultant|private|confidential"
    r"|unit|ward|trust|partnership|nhs|general|national|county|city|university|church|hall|avenue|close|drive|gardens"
    r"|mr|mrs|ms|miss|dr|sir|professor|unannounced|young|people|person|parent|carer|tutor|teacher|head|senco)",
    re.IGNORECASE,
)


def strangers(text: str) -> list[Who]:
    """Full names that no register holds, where the text goes on about him or her."""
    found = []
    for match in _STRANGER.finditer(text):
        if THINGS.fullmatch(match["given"]) or THINGS.fullmatch(match["family"]):
            continue
        known = is_given_name(folded := match["given"].casefold()) or is_first_name(folded)
        goes_on = PRONOUN.search(text, match.end(), match.end() + 120) is not None
        weight = 1.9 if known and goes_on else 1.5 if known or goes_on else 0.5
        found.append(Who(match.start(), match.end(), weight, "a person's name"))
    return found
