"""Messages whose point is whom they go to, with their labels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from people import AGENCY

NOW = "2026-10-12T16:20:00+01:00"
TUTOR = f"wilfred@{AGENCY}"
PARENT, BULK = "parent_missing", "bulk_disclosure"


@dataclass
class Case:
    """One message: what its header shows, whom it goes to, and what must fire."""

    prefix: str
    headers: list[tuple[bytes, bytes]]
    to: list[str]
    expected: list[str]
    why: str
    contested: bool = False
    now: str = NOW
    sender: str = TUTOR
    subject: str = "Lesson notes"


_SUBJECTS = ("Lesson notes", "Homework for next week", "Timetable after half term", "Set work", "Update")
# To, Cc, envelope (each a list of keys; "^x" is the pupil x, "x" a carer), fires, why, and what is special.
_P: list[tuple[str, str, str | None, bool, str, dict[str, object]]] = [
    ("^caoimhe", "", None, True, "pupil alone", {}),
    ("^marcus", "clive", None, True, "pupil with a colleague in Cc", {}),
    ("^angharad", "rhodri", None, True, "another pupil's mother", {}),
    ("^angharad", "angharad", None, False, "mother openly copied", {}),
    ("angharad ^angharad", "", None, False, "both in To", {}),
    ("angharad", "^angharad", None, False, "pupil in Cc, mother in To", {}),
    ("oisin-dad", "^oisin", None, False, "father in To", {}),
    ("d.oshea@worksite.example ^oisin", "", None, False, "father's second address", {}),
    ("^oisin ^angharad", "oisin-mum", None, True, "two families, one mother missing", {}),
    ("^oisin ^angharad", "oisin-mum angharad", None, False, "two families, a parent of each", {}),
    ("^oisin ^angharad ^pawel", "oisin-mum angharad", None, True, "three families, one mother missing", {}),
    ("^marcus ^imogen", "tindall-dad", None, False, "siblings, one father for both", {}),
    ("^simranjit ^jaspreet", "gill-dad", None, False, "siblings with different surnames", {}),
    ("^simranjit", "gill-dad", None, False, "step-father of the same home who is a registered carer", {}),
    ("rafi", "", None, False, "the family's mailbox", {}),
    ("", "", "rafi", False, "the family's mailbox in Bcc", {}),
    ("^nila", "rafi", None, False, "sister copied to the family's mailbox, which is the mother's", {}),
    ("^nila", "", None, True, "sister alone", {}),
    ("^otto", "otto-dad", None, False, "separated father who lives elsewhere", {}),
    ("^otto", "otto-mum otto-dad", None, False, "both separated parents", {}),
    ("^luz", "luz-dad", None, True, "only the father who must not be written to", {}),
    ("^luz", "luz-mum", None, False, "the mother who may be written to", {}),
    ("^luz", "luz-dad luz-mum", None, False, "both; the mother suffices", {}),
    ("^edith", "edith-nan", None, True, "the only carer must not be written to", {}),
    ("^edith", "", None, True, "a pupil without an eligible carer, alone", {}),
    ("^ferdinand", "", None, True, "taught for a school that has not permitted contact", {}),
    ("^ferdinand", "ferdinand", None, True, "the same with the mother copied", {}),
    ("^ferdinand", "m.knight@beckfoot.sch.example", None, True, "the same with the school copied", {}),
    ("ferdinand", "", None, False, "the mother of a pupil of a school", {}),
    ("m.knight@beckfoot.sch.example", "", None, False, "the school itself", {}),
    ("^saskia", "saskia", None, False, "the school permits, the mother is copied", {}),
    ("^saskia", "", None, True, "the school permits, the mother is missing", {}),
    ("^saskia", "t.aslam@beckfoot.sch.example", None, True, "the school permits, only the school is copied", {}),
    ("^bashir", "bashir", None, True, "the school's permission begins next month", {}),
    ("^bashir", "bashir", None, False, "the school's permission began yesterday", {"now": "2026-11-02T09:00:00+00:00"}),
    ("^bashir", "bashir", None, False, "the permission's first day", {"now": "2026-11-01T00:05:00+00:00"}),
    ("^bashir", "bashir", None, True, "the last minute before the permission", {"now": "2026-10-31T23:59:00+00:00"}),
    ("^ingrid", "ingrid", None, False, "an address in the school's student domain, mother copied", {}),
    ("^ingrid", "", None, True, "an address in the school's student domain, alone", {}),
    ("26xyz@students.orchard.sch.example", "", None, False, "an unregistered address in a student domain", {"contested": True}),
    ("^tamsin", "", None, False, "the tutor's own daughter", {"sender": f"demelza@{AGENCY}"}),
    ("^tamsin", "", None, True, "a colleague's daughter", {}),
    ("^tamsin", "tamsin", None, False, "a colleague's daughter and the colleague's private address", {}),
    ("^tamsin", "demelza", None, False, "a colleague's daughter and the colleague at work", {"contested": True}),
    ("^tamsin ^oisin", "", None, True, "own daughter and another pupil", {"sender": f"demelza@{AGENCY}"}),
    ("^callum", "", None, False, "a long-standing family friend's son", {"sender": f"hector@{AGENCY}"}),
    ("^callum", "", None, True, "a colleague's old friend's son", {"sender": f"rosalba@{AGENCY}"}),
    # eighteen
    ("^gwen", "", None, True, "18 and in education", {}),
    ("^gwen", "", None, True, "18 and in education, on the birthday", {"now": "2026-09-30T08:00:00+01:00"}),
    ("^gwen", "", None, True, "the day before the 19th birthday", {"now": "2027-09-29T08:00:00+01:00"}),
    ("^declan", "", None, False, "19 and in education", {"contested": True}),
    ("^petra", "", None, False, "18 and has left", {}),
    ("^kyle", "", None, True, "17 and has left", {}),
    ("^kyle", "kyle", None, False, "17 and has left, mother copied", {}),
    ("^tobias", "", None, True, "left, the day before the 18th birthday", {"now": "2026-11-04T23:59:00+00:00"}),
    ("^tobias", "", None, False, "left, on the 18th birthday", {"now": "2026-11-05T00:01:00+00:00"}),
    ("^tobias", "", None, False, "left, the day after", {"now": "2026-11-06T12:00:00+00:00"}),
    ("^leap", "", None, False, "left; born on 29 February, 1 March", {"now": "2026-03-01T12:00:00+00:00"}),
    ("^leap", "", None, True, "left; born on 29 February, 28 February", {"now": "2026-02-28T12:00:00+00:00"}),
    # header and envelope
    ("angharad", "", "^angharad", True, "header shows the mother, envelope has the pupil alone", {}),
    ("^angharad", "angharad", "^angharad", True, "mother in Cc but not in the envelope", {}),
    ("^angharad", "", "^angharad angharad", True, "mother in Bcc", {}),
    ("^angharad", "angharad", "angharad", False, "pupil shown but not in the envelope", {}),
    ("angharad", "", "angharad ^angharad", False, "pupil in Bcc of a mail to the mother", {"contested": True}),
    ("wilfred", "", "^angharad ^oisin wilfred", True, "two pupils in Bcc of a mail to oneself", {}),
    ("wilfred", "", "angharad oisin wilfred", False, "two mothers in Bcc of a mail to oneself", {}),
    ("", "", "^angharad", True, "no To, no Cc", {}),
    ("", "", "^angharad angharad", True, "no To, no Cc, pupil and mother in the envelope", {}),
    # spellings of addresses
    ("ANGHARAD@PupilPost.example", "", None, True, "the pupil's address in capitals", {}),
    ("angharad+maths@pupilpost.example", "", None, True, "the pupil's address with a tag", {}),
    ("^angharad", "ANGHARAD-MUM@HomePost.example", None, False, "the mother's address in capitals", {}),
    ("^angharad", "angharad-mum+school@homepost.example", None, False, "the mother's address with a tag", {"contested": True}),
    ("dottylarkham@gmail.com", "", None, True, "a pupil's Gmail address without its dot", {}),
    ("d.otty.larkham@googlemail.com", "", None, True, "a pupil's Gmail address at the other domain", {}),
    ("^dotty", "mlarkhamfamily@gmail.com", None, False, "the mother's Gmail address without its dots", {"contested": True}),
    ("jonas@xn--khlmann-90a.example", "", None, True, "the pupil's domain as an A-label", {}),
    ("^umlaut", "heike@köhlmann.example", None, False, "the mother's domain in Unicode", {}),
    ("^angharad", "angharad-mum@homepost.example.", None, False, "a full stop behind the domain", {"contested": True}),
    ("^angharad", "angharad.mum@homepost.example", None, True, "an address that only looks like the mother's", {"also": "recipient_doubt"}),
    ("^angharad", "angharad-mum@homepost.test", None, True, "the mother's name at another domain", {}),
]  # fmt: skip

_M = "angharad-mum@homepost.example"
_C = "angharad@pupilpost.example"
# Raw header fields, the envelope, fires, why, contested.
_RAW: list[tuple[list[tuple[str, str]], list[str], bool, str, bool]] = [
    ([("To", f"The Pritchards: Megan <{_M}>, {_C};")], [_M, _C], False, "a group with both", False),
    ([("To", f"Pupils: {_C};")], [_C], True, "a group with the pupil alone", False),
    ([("To", f"Pupils: {_C};, Parents: {_M};")], [_C, _M], False, "two groups", False),
    ([("To", "undisclosed-recipients:;")], [_C], True, "an empty group", False),
    ([("To", "undisclosed-recipients:;")], [_C, _M], True, "an empty group, both in the envelope", False),
    ([("To", _C), ("Resent-To", _M)], [_C, _M], True, "mother only in Resent-To", True),
    ([("To", _C), ("Bcc", _M)], [_C, _M], True, "a Bcc field left in the message", False),
    ([("To", _C), ("Reply-To", _M)], [_C], True, "mother only in Reply-To", False),
    ([("To", _M), ("Reply-To", _C)], [_M], False, "replies go to the pupil, the mail to the mother", False),
    ([("To", f'"Megan Pritchard {_M}" <{_C}>')], [_C], True, "a display name that claims the mother's address", False),
    ([("To", f'"{_M}" <{_C}>')], [_C], True, "a display name that is the mother's address", False),
    ([("To", f"{_C} ({_M})")], [_C], True, "the mother's address in a comment", False),
    ([("To", f"{_C} ({_M})")], [_C, _M], True, "the mother's address in a comment, and in the envelope", False),
    ([("To", f'"{_C}" <{_M}>')], [_M], False, "a display name that is the pupil's address", False),
    ([("To", f"{_C},\r\n {_M}")], [_C, _M], False, "folded between addresses", False),
    ([("To", f"Angharad\r\n <{_C}>,\r\n\tMegan\r\n <{_M}>")], [_C, _M], False, "folded inside mailboxes", False),
    ([("To", f'"Pritchard, Megan (mum)" <{_M}>, {_C} (Angharad)')], [_M, _C], False, "commas and comments", False),
    ([("To", f"Pritchard\\, Megan <{_M}>, {_C}")], [_M, _C], False, "an escaped comma outside quotation marks", False),
    ([("To", f"{_C}; {_M}")], [_C, _M], False, "a semicolon between addresses, as Outlook writes", False),
    ([("To", _C), ("To", _M)], [_C, _M], False, "two To fields", True),
    ([("To", _C), ("Cc", ""), ("Cc", _M)], [_C, _M], False, "an empty Cc field and a full one", True),
    ([("TO", _C), ("cC", _M)], [_C, _M], False, "field names in odd case", False),
    ([("To", f"=?utf-8?Q?Angharad?= <{_C}>, =?utf-8?B?TWVnYW4=?= <{_M}>")], [_C, _M], False, "encoded names", False),
    ([("To", f"=?utf-8?Q?Megan_=3C{_M}=3E?= <{_C}>")], [_C], True, "the mother's address inside an encoded name", False),
    ([("To", f"=?utf-8?Q?Pritchard=2C_Megan?= <{_M}>, {_C}")], [_M, _C], False, "an encoded comma", False),
    ([("To", f"<{_C}>, <{_M}>")], [_C, _M], False, "only angle brackets", False),
    ([("To", f"{_C}"), ("Cc", f"Megan Pritchard <mailto:{_M}>")], [_C, _M], False, "mailto: inside the brackets", False),
    ([("To", f"{_C}"), ("Cc", f"'{_M}'")], [_C, _M], False, "apostrophes around an address, as Outlook writes", True),
    ([("To", f"<@relay.example:{_C}>, {_M}")], [_C, _M], False, "an old source route", False),
    ([("To", f'"angharad"@pupilpost.example, {_M}')], [_C, _M], False, "a quoted local part", False),
    ([("To", '"angharad"@pupilpost.example')], ['"angharad"@pupilpost.example'], True, "a quoted local part, alone", False),
    ([("Apparently-To", _M)], [_C, _M], True, "only Apparently-To", False),
    ([("X-To", _M), ("To", _C)], [_C, _M], True, "mother in a private field", False),
]  # fmt: skip


def _families(*keys: str) -> list[str]:
    return [f"{key}-mum@homepost.example" for key in keys]


_SIX = _families("caoimhe", "angharad", "rhodri", "eilidh", "pawel", "zofia")
_FIVE = _SIX[:5]
_TWELVE = _SIX + _families("joerg", "ase", "thorunn", "helene", "inaki", "joao")
_HEADS = [f"head@number{n}.sch.example" for n in (3, 4, 5)]
# To, Cc, envelope (None: all that is shown), fires, why, contested.
_B: list[tuple[list[str], list[str], list[str] | None, bool, str, bool]] = [
    (_SIX, [], None, True, "six families", False),
    (_FIVE, [], None, False, "five families", False),
    (_SIX[:3], _SIX[3:], None, True, "three in To, three in Cc", False),
    ([], _SIX, None, True, "six in Cc", False),
    (_TWELVE, [], None, True, "twelve families", False),
    ([TUTOR], [], _TWELVE, False, "twelve in Bcc", False),
    (_FIVE, [], _TWELVE, False, "five shown, twelve in the envelope", False),
    (_TWELVE, [], _SIX[:1], True, "twelve shown, this copy goes to one", False),
    (_FIVE, [TUTOR, f"clive@{AGENCY}", f"rosalba@{AGENCY}"], None, False, "five families and three colleagues", False),
    ([*_FIVE, "OISIN-MUM@homepost.example"], [], None, True, "the sixth in capitals", False),
    ([*_FIVE, _FIVE[0].upper(), _FIVE[1]], [], None, False, "duplicates in other case", False),
    ([*_FIVE, "caoimhe-mum+x@homepost.example"], [], None, False, "a tag of one already counted", True),
    ([*_FIVE[:4], "oisin-mum@homepost.example", "diarmuid@oshea-family.example"], [], None, False, "both parents of one home", False),
    ([*_FIVE[:4], "diarmuid@oshea-family.example", "d.oshea@worksite.example"], [], None, False, "two addresses of one father", False),
    ([*_FIVE[:4], "gill-mum@homepost.example", "gill-dad@homepost.example"], [], None, False, "two surnames under one roof", False),
    ([*_FIVE[:4], "otto-mum@homepost.example", "otto-dad@homepost.example"], [], None, True, "separated parents live in two homes", True),
    ([*_FIVE[:4], "caoimhe@pupilpost.example", "angharad@pupilpost.example"], [], None, False, "pupils with their mothers", False),
    ([*_FIVE[:4], "tindall-mum@homepost.example", "marcus@pupilpost.example", "imogen@pupilpost.example"], [], None, False, "a mother and her two children are one", False),
    ([*_FIVE[:4], "m.knight@beckfoot.sch.example", "t.aslam@beckfoot.sch.example"], [], None, False, "two teachers of one school", False),
    ([*_FIVE[:4], "office@beckfoot.sch.example", "exams@beckfoot.sch.example", "reception@beckfoot.sch.example"], [], None, False, "unregistered addresses of one school", False),
    ([*_FIVE[:4], "e.dove@orchard.sch.example", "someone@students.orchard.sch.example"], [], None, False, "two domains of one school", False),
    ([*_FIVE[:4], "m.knight@beckfoot.sch.example", "e.dove@orchard.sch.example"], [], None, True, "four families and two schools", False),
    (["m.knight@beckfoot.sch.example", "e.dove@orchard.sch.example", *_HEADS], [], None, False, "five schools", False),
    (["m.knight@beckfoot.sch.example", "e.dove@orchard.sch.example", *_HEADS, "a@elsewhere.example"], [], None, True, "five schools and a stranger", False),
    ([f"person{n}@elsewhere.example" for n in range(6)], [], None, True, "six unregistered addresses of one domain", False),
    ([f"person{n}@elsewhere.example" for n in range(5)], [], None, False, "five unregistered addresses", False),
    ([*_FIVE[:3], "x@elsewhere.example", "y@elsewhere.example", "z@elsewhere.example"], [], None, True, "three families and three strangers", False),
    ([*_FIVE[:4], "dotty.larkham@gmail.com", "m.larkham.family@gmail.com"], [], None, False, "a Gmail family", False),
    ([*_FIVE[:4], "heike@xn--khlmann-90a.example", "jonas@köhlmann.example"], [], None, False, "a family with an internationalised domain", False),
    ([*_FIVE[:4], "heike@xn--khlmann-90a.example", "heike@köhlmann.example"], [], None, False, "one domain in two spellings", False),
    ([*_FIVE[:4], "demelza.private@homepost.example", "tamsin@pupilpost.example"], [], None, False, "a colleague's private address and her daughter are one home", False),
    ([*_FIVE, "ingrid@students.orchard.sch.example"], [], None, True, "a pupil at a school's domain is of her own home", False),
    ([*_FIVE[:4], "ingrid@students.orchard.sch.example", "ingrid-mum@homepost.example"], [], None, False, "the same with her mother: five homes", False),
]  # fmt: skip
_SIX_TEXT = ", ".join(_SIX)
_BRAW: list[tuple[list[tuple[str, str]], list[str], bool, str, bool]] = [
    ([("To", f"Families: {_SIX_TEXT};")], _SIX, True, "six in a group", False),
    ([("To", f"Families: {', '.join(_FIVE)};")], _FIVE, False, "five in a group", False),
    ([("To", f"A: {', '.join(_SIX[:3])};, B: {', '.join(_SIX[3:])};")], _SIX, True, "two groups of three", False),
    ([("To", "undisclosed-recipients:;")], _TWELVE, False, "an empty group", False),
    ([("To", ",\r\n ".join(_SIX))], _SIX, True, "one a line", False),
    ([("To", "; ".join(_SIX))], _SIX, True, "semicolons", False),
    ([("To", ", ".join(f"=?utf-8?Q?Fam=C3=ADlia?= <{each}>" for each in _SIX))], _SIX, True, "encoded names", False),
    ([("To", ", ".join(f'"Mum, of {n}" <{each}>' for n, each in enumerate(_FIVE)))], _FIVE, False, "commas in names", False),
    ([("To", ", ".join(f"{each} (mum; of {n}, yes)" for n, each in enumerate(_FIVE)))], _FIVE, False, "commas in comments", False),
    ([("To", TUTOR), ("Bcc", _SIX_TEXT)], _SIX, False, "a Bcc field left in the message", True),
    ([("To", TUTOR), ("Resent-To", _SIX_TEXT)], _SIX, False, "six in Resent-To", True),
    ([("To", TUTOR), ("Reply-To", _SIX_TEXT)], _SIX, False, "six in Reply-To", True),
    ([("To", ", ".join(_SIX[:3])), ("To", ", ".join(_SIX[3:]))], _SIX, True, "two To fields", True),
    ([("To", ", ".join(f"<{each}>" for each in _FIVE) + ", undisclosed-recipients:;")], _FIVE, False, "an empty group behind", False),
    ([("To", ", ".join(f'"{each}" <{each}>' for each in _FIVE))], _FIVE, False, "names that are the addresses", False),
    ([("To", ", ".join(_FIVE) + ",,, ,")], _FIVE, False, "empty places", False),
]  # fmt: skip


def cases(mailbox: Callable[[str], tuple[str, str]], shown: Callable[[str], str]) -> Iterator[Case]:
    """All of them."""

    def field(keys: list[str]) -> bytes:
        return ",\r\n ".join(map(shown, keys)).encode()

    number = 0
    for to, cc, envelope, fires, why, more in _P:
        number += 1
        headers = [(name, field(keys.split())) for name, keys in ((b"To", to), (b"Cc", cc)) if keys]
        reached = (f"{to} {cc}" if envelope is None else envelope).split()
        rcpt = [mailbox(key)[1] for key in reached]
        more = dict(more)
        expected = [PARENT] * fires + [str(each) for each in (more.pop("also", None),) if each]
        yield Case("p", headers, rcpt, expected, why, subject=_SUBJECTS[number % 5], **more)  # type: ignore[arg-type]
    for raw, rcpt, fires, why, contested in _RAW:
        number += 1
        headers = [(name.encode(), value.encode()) for name, value in raw]
        yield Case(
            "p", headers, rcpt, [PARENT] if fires else [], why, contested, subject=_SUBJECTS[number % 5]
        )
    for to_list, cc_list, reached_list, fires, why, contested in _B:
        number += 1
        headers = [(name, field(keys)) for name, keys in ((b"To", to_list), (b"Cc", cc_list)) if keys]
        rcpt = reached_list if reached_list is not None else [*to_list, *cc_list]
        missing = (
            [PARENT] if "ingrid@students" in " ".join(rcpt) and "ingrid-mum" not in " ".join(rcpt) else []
        )
        yield Case(
            "b",
            headers,
            rcpt,
            [*missing, *([BULK] if fires else [])],
            why,
            contested,
            subject=_SUBJECTS[number % 5],
        )
    for raw, rcpt, fires, why, contested in _BRAW:
        number += 1
        headers = [(name.encode(), value.encode()) for name, value in raw]
        yield Case("b", headers, rcpt, [BULK] if fires else [], why, contested, subject=_SUBJECTS[number % 5])
