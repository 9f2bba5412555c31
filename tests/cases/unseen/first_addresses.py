"""
Messages of the first round whose point is whom they go to.

A line: To, Cc, envelope, what must fire, why. In To and Cc a word is a person's key ("^art" the pupil, "art" the
mother, "par-ruth"), an address, or, in braces, header text as it stands; the envelope "=" is everybody in To and Cc.
A word after "|" in the reason is something special: "day=2026-10-13", "from=tut-david", "contested", "raw:Field: text".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

P, B, D = "parent_missing", "bulk_disclosure", "recipient_doubt"


@dataclass
class Mail:
    """One message."""

    to: str
    cc: str
    envelope: str
    expected: list[str]
    why: str
    options: dict[str, str] = field(default_factory=dict)


FIVE = "par-ruth par-kofi par-irina par-jane par-amanda"
TWELVE = f"{FIVE} par-olivia par-emi par-rekha par-kit par-moira par-kerry par-tariq"

_LINES: list[tuple[str, str, str, str, str]] = [
    # one pupil
    ("^art", "", "=", P, "pupil alone"),
    ("art ^art", "", "=", "", "mother and pupil in To"),
    ("art", "^art", "=", "", "pupil in Cc"),
    ("art", "", "= ^art", "", "pupil in Bcc of a mail openly to the mother|contested"),
    ("^art", "", "= art", P, "mother in Bcc only"),
    ("^art", "art", "^art", P, "mother shown in Cc, not in the envelope"),
    ("art", "", "^art", P, "header says mother, envelope says pupil"),
    ("{undisclosed-recipients:;}", "", "^art", P, "pupil in Bcc alone"),
    ("tut-naomi", "", "= ^art", P, "to self, pupil in Bcc"),
    ("tut-naomi", "art", "= ^art", "", "to self, mother in Cc, pupil in Bcc|contested"),
    ("^art", "tut-david", "=", P, "a colleague is no carer"),
    ("^art", "staff-dsl", "=", P, "the safeguarding lead is no carer"),
    ("^art", "eve", "=", P, "mother of another pupil"),
    ("^art art", "eve", "=", "", "another mother too"),
    ("^art ^eve", "art", "=", P, "two pupils, one mother"),
    ("^art ^eve art eve", "", "=", "", "two pupils, both mothers"),
    ("^twins1 ^twins2", "twins-dad", "=", "", "twins and their father"),
    ("^twins1 ^twins2", "", "=", P, "twins alone"),
    ("^nia1", "nia2", "=", P, "mother of a namesake"),
    ("^nia1", "nia1", "=", "", "the right one of two namesakes"),
    ("{Felicity Lane <art@pupilnet.example>}", "", "=", P, "display name claims the mother"),
    (
        '{"art-mum@familynet.example" <art@pupilnet.example>}',
        "",
        "=",
        P,
        "display name shows the mother's address",
    ),
    (
        "{art@pupilnet.example (art-mum@familynet.example)}",
        "",
        "art@pupilnet.example",
        P,
        "mother in a comment",
    ),
    ("{ART@PupilNet.Example}", "", "art@pupilnet.example", P, "letter case of the pupil's address"),
    (
        "{ART@PupilNet.Example}",
        "{Art-Mum@FAMILYNET.example}",
        "art@pupilnet.example art-mum@familynet.example",
        "",
        "letter case of both",
    ),
    (
        "{<art@pupilnet.example>,,\r\n <art-mum@familynet.example>,}",
        "",
        "art@pupilnet.example art-mum@familynet.example",
        "",
        "empty list members, folded",
    ),
    (
        "{Lane family: art@pupilnet.example, art-mum@familynet.example;}",
        "",
        "art@pupilnet.example art-mum@familynet.example",
        "",
        "group with both",
    ),
    (
        "{Year 9: art@pupilnet.example, eve@pupilnet.example;}",
        "{art-mum@familynet.example}",
        "art@pupilnet.example eve@pupilnet.example art-mum@familynet.example",
        P,
        "group of two pupils, one mother",
    ),
    (
        "{art@pupilnet.example; art-mum@familynet.example}",
        "",
        "art@pupilnet.example art-mum@familynet.example",
        "",
        "semicolons between, as Outlook users type them",
    ),
    (
        "{=?utf-8?Q?Art_L=2E?= <art@pupilnet.example>}",
        "{=?utf-8?B?RmVsaWNpdHk=?= <art-mum@familynet.example>}",
        "art@pupilnet.example art-mum@familynet.example",
        "",
        "coded display names",
    ),
    ("^art", "", "=", P, "mother only in Reply-To|raw:Reply-To: art-mum@familynet.example"),
    ("^art", "", "=", P, "mother only in the body's signature"),
    ("art", "", "=", "", "Reply-To set to the pupil|raw:Reply-To: art@pupilnet.example|contested"),
    ("^art", "", "= art", P, "Bcc field left in by the client|raw:Bcc: art-mum@familynet.example"),
    (
        "^art",
        "{art-mum@familynet.example}\r\nCc: david.hale@brightpath-tutors.example",
        "art@pupilnet.example art-mum@familynet.example",
        "uninspectable",
        "two Cc fields: which is shown, nobody knows",
    ),
    (
        "^art",
        "",
        "=",
        P,
        "resent to the pupil; mother in the old To|raw:Resent-To: art@pupilnet.example|raw:Resent-From: naomi.clarke@brightpath-tutors.example|contested",
    ),
    ("{art+maths@pupilnet.example}", "", "art+maths@pupilnet.example", P, "plus tag of the pupil|contested"),
    (
        "^art",
        "{art-mum+school@familynet.example}",
        "art@pupilnet.example art-mum+school@familynet.example",
        "",
        "plus tag of the mother|contested",
    ),
    ("{t.abitha.croft@gmail.com}", "", "t.abitha.croft@gmail.com", P, "dots in a Gmail address"),
    (
        "{tabitha.croft@googlemail.com}",
        "",
        "tabitha.croft@googlemail.com",
        P,
        "the pupil's Gmail by its other domain",
    ),
    (
        "^gmail",
        "{leonora.croft@gmail.com}",
        "tabitha.croft@gmail.com leonora.croft@gmail.com",
        "",
        "the mother's googlemail written gmail",
    ),
    (
        "^gmail",
        "{LeonoraCroft+kids@gmail.com}",
        "tabitha.croft@gmail.com leonoracroft+kids@gmail.com",
        "",
        "dots, plus tag, case and domain of a Gmail mother",
    ),
    ("^billy", "billy-dad", "=", P, "father who may not be written to"),
    ("^billy", "billy-dad billy", "=", "", "father and mother"),
    ("^billy", "billy-nan", "=", "", "grandmother of the household"),
    ("^billy", "edna@workspace.example", "=", "", "grandmother's work address"),
    ("^billy", "", "=", "", "the tutor's own nephew, exempt for her|from=una.brook"),
    ("^billy", "", "=", P, "a colleague's nephew"),
    ("^staffchild", "", "=", "", "a tutor's own son|from=tut-david"),
    ("^staffchild", "", "=", P, "a colleague's son"),
    ("^staffchild", "tut-david", "=", P, "a colleague's son, father copied at work|contested"),
    ("^staffchild", "staffchild-dad", "=", "", "a colleague's son, father copied at home"),
    ("^pup-tyler", "par-sean", "=", P, "father who may not be written to, of another household"),
    ("^pup-isla", "par-duncan", "=", "", "father of a second household"),
    ("^pup-isla", "par-alanreid", "=", "", "stepfather"),
    ("^pup-cormac", "", "=", "", "family mailbox"),
    ("^pup-lizzie", "", "=", "", "family mailbox"),
    ("^pup-tom", "", "=", P, "own mailbox of a brother"),
    ("^pup-tom", "par-peter", "=", "", "and the father"),
    ("^pup-jasper", "par-damian", "=", "", "father with another surname"),
    ("^pup-kelsey", "par-pauline", "=", "", "foster carer"),
    # who is a pupil
    ("^eighteen", "", "=", P, "18 tomorrow, gone from school"),
    ("^eighteen", "", "=", "", "18 today, gone from school|day=2026-10-13"),
    ("^enrolled", "", "=", P, "18 today, in education"),
    ("^enrolled", "enrolled", "=", "", "18 today, in education, mother copied"),
    ("^pup-emily", "", "=", P, "18 and in the sixth form"),
    ("^pup-ella", "", "=", "", "18 and gone"),
    ("^pup-reece", "", "=", P, "17 and gone"),
    ("^pup-nathan", "", "=", P, "18 on the 14th|day=2026-10-13"),
    ("^pup-nathan", "", "=", "", "18 today|day=2026-10-14"),
    # schools
    ("^dated", "dated", "=", P, "permission from the 20th"),
    ("^dated", "dated", "=", "", "permission since the 20th|day=2026-10-20"),
    ("^dated", "", "=", P, "permission, and no mother|day=2026-10-20"),
    ("dated", "", "=", "", "mother of a contracted pupil"),
    ("nikesh.patel@hartsbury-high.sch.example", "dated", "=", "", "school and mother, no pupil"),
    ("^dated", "nikesh.patel@hartsbury-high.sch.example", "=", P, "school is no carer|day=2026-10-21"),
    ("^atschool", "", "=", P, "pupil at the school's address"),
    ("^atschool", "atschool", "=", "", "pupil at the school's address, mother copied"),
    ("^pup-amelia", "par-hugo", "=", P, "no permission, mother or not"),
    ("^pup-kwame", "par-abena", "=", "", "permission"),
    ("^pup-ruby", "", "=", "", "no permission, but it is the mother's mailbox|contested"),
    # harmless everyday mail
    ("par-ruth", "", "=", "", "one parent"),
    ("par-ruth", "par-peter tut-david", "=", "", "both parents and a colleague"),
    (
        "tut-david staff-dsl staff-lucy",
        "tut-rahul tut-sofia tut-owen tut-hannah tut-idris",
        "=",
        "",
        "staff meeting",
    ),
    (
        "{Naomi Clarke <naomi.clarke@brightpath-tutors.example>}",
        "",
        f"naomi.clarke@brightpath-tutors.example {TWELVE}",
        "",
        "newsletter: twelve families in Bcc",
    ),
    ("{undisclosed-recipients:;}", "", TWELVE, "", "newsletter without a To"),
    ("office@supplier.example", "", "=", "", "a supplier"),
    (
        "samir.kassab@riverside-academy.example",
        "heather.longden@riverside-academy.example",
        "=",
        "",
        "a school",
    ),
    ("par-kofi", "", "=", "", "one parent|from=tut-patrick"),
    ("newcustomer77@homemail.example", "", "=", "", "somebody new asks for lessons"),
    # bulk
    (FIVE, "", "=", "", "five families: the edge"),
    (FIVE, "par-olivia", "=", B, "six families"),
    (FIVE, "par-peter", "=", "", "the fifth's husband"),
    (f"{FIVE} ^pup-rose", "", "=", "", "a daughter with her mother there"),
    (FIVE, "tut-david staff-dsl tut-rahul", "=", "", "five families and colleagues"),
    (f"{FIVE} newcustomer77@homemail.example", "", "=", B, "five families and an unknown address"),
    (
        "a.one@letters.example b.two@letters.example c.three@letters.example d.four@letters.example e.five@letters.example",
        "f.six@letters.example",
        "=",
        B,
        "six unknown addresses of one provider",
    ),
    (
        "nikesh.patel@hartsbury-high.sch.example judith.bird@hartsbury-high.sch.example tim.oakes@hartsbury-high.sch.example",
        "farid.nazari@hartsbury-high.sch.example celia.dunmore@hartsbury-high.sch.example vikram.bose@hartsbury-high.sch.example ged.moran@hartsbury-high.sch.example",
        "=",
        "",
        "seven of one school",
    ),
    (FIVE, "nikesh.patel@hartsbury-high.sch.example", "=", B, "five families and a school"),
    (
        "dominic.sale@kingsmead-trust.example someone@kingsmead-north.example",
        "par-ruth par-kofi par-irina par-jane",
        "=",
        "",
        "a trust of two domains and four families",
    ),
    (f"{FIVE} par-olivia", "", "par-ruth", B, "six shown, this copy to one"),
    ("par-ruth", "", f"par-ruth {TWELVE}", "", "one shown, twelve in Bcc"),
    (
        "{Parents: " + ", ".join(f"p{n}@letters.example" for n in range(6)) + ";}",
        "",
        " ".join(f"p{n}@letters.example" for n in range(6)),
        B,
        "group with six addresses",
    ),
    (
        "{Parents: " + ", ".join(f"p{n}@letters.example" for n in range(5)) + ";}",
        "{P0@LETTERS.example}",
        " ".join(f"p{n}@letters.example" for n in range(5)),
        "",
        "group with five addresses, one again in Cc",
    ),
    (
        "par-declan d.oneill@workplace.example par-siobhan ^pup-niamh",
        "par-ruth par-kofi par-irina par-jane",
        "=",
        "",
        "a family with four addresses and four others",
    ),
    (
        "billy-nan edna@workspace.example billy",
        "par-ruth par-kofi par-irina par-jane",
        "=",
        "",
        "a grandmother's two addresses, her household, four others",
    ),
    (
        "par-ian par-donna",
        "par-ruth par-kofi par-irina par-jane",
        "=",
        B,
        "separated parents are two homes|contested",
    ),
    ("par-ruth par-ruth PAR-RUTH", "par-kofi", "=", "", "one address again and again"),
    (
        f"{FIVE} par-olivia",
        "",
        "=",
        B,
        "reply to all on a list that a parent began|raw:In-Reply-To: <x@homemail.example>",
    ),
    ("{list-owner@groups.example}", "", "list-owner@groups.example", "", "an outside list: one address"),
    (f"{FIVE} par-olivia", "", "tut-david", "", "six families shown to a colleague only|contested"),
    (f"{FIVE} ^art", "", "=", f"{B} {P}", "six families, one of them a pupil alone"),
    (
        "^pup-rose ^pup-joy ^pup-sasha ^pup-oliver ^pup-lizzie",
        FIVE,
        "=",
        "",
        "five pupils with a parent of each",
    ),
    (
        "^pup-rose ^pup-joy ^pup-sasha ^pup-oliver ^pup-tom",
        "par-kofi par-irina par-jane par-amanda",
        "=",
        P,
        "five pupils with a parent of four",
    ),
    # slips of the hand
    ("leonora.croft@gmial.com", "", "=", D, "a provider's name one slip away"),
    ("newcustomer@gmail.con", "", "=", D, "an ending that does not exist, one slip away"),
    ("newcustomer@hotmial.co.uk", "", "=", D, "a provider's name one slip away"),
    ("newcustomer@outlook.com", "", "=", "", "a provider"),
    ("newcustomer@yahoo.co.uk", "", "=", "", "a provider"),
    ("newcustomer@btinternet.com", "", "=", "", "a provider"),
    ("newcustomer@icloud.com", "", "=", "", "a provider"),
    ("newcustomer@mail.com", "", "=", "", "a provider whose name resembles another"),
    ("newcustomer@gmx.co.uk", "", "=", "", "a provider whose name resembles another"),
    ("newcustomer@ymail.com", "", "=", "", "a provider whose name resembles another"),
    ("newcustomer@live.co.uk", "", "=", "", "a provider"),
    ("kofi.mensa@homemail.example", "", "=", D, "a parent's address with a letter missing"),
    ("kofi.mensah@homemial.example", "", "=", D, "a registered domain one slip away"),
]


def read(lines: list[tuple[str, str, str, str, str]]) -> Iterator[Mail]:
    """The messages as they are written above."""
    for to, cc, envelope, expected, why in lines:
        reason, *special = why.split("|")
        options: dict[str, str] = {}
        for number, each in enumerate(special):
            name, _, value = each.partition("=")
            if each.startswith("raw:"):
                name, value = f"raw{number}", each.removeprefix("raw:")
            options[name] = value
        yield Mail(to, cc, envelope, expected.split(), reason, options)


def mails() -> Iterator[Mail]:
    """All of them."""
    yield from read(_LINES)
