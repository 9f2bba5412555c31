"""Every verdict, for messages as the usual mail programs write them."""

import io
import zipfile

import docx
import pytest

from tests.end_to_end.conftest import MOTHER, TUTOR
from tests.mail_programs import PROGRAMS, File, Letter, Person

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TOM = Person(TUTOR, "Tom Reed")
ANA = Person(MOTHER, "Ana Marsh")
SENCO = Person("a.osei@hill-school.example", "Ama Osei")
FAMILIES = tuple(
    Person(f"{name}@family.example")
    for name in (
        "ana.marsh",
        "folake.adeyemi",
        "lakshmi.raman",
        "marta.zielinski",
        "ngozi.okoro",
        "kenji.suzuki",
    )
)


def report() -> bytes:
    document = docx.Document()
    document.add_paragraph("Support report. Pupil: Zoë Marsh, born 3 April 2012.")
    document.add_paragraph("Zoë has a diagnosis of epilepsy; her consultant has changed her medication.")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def broken_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.txt", "fractions " * 500)
    return buffer.getvalue()[:-60]


PICTURE = File(
    "logo.png",
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    ),
    "image/png",
    inline=True,
)

LETTERS = {
    "deliver": Letter(sender=TOM, to=(ANA,), subject="Übungen für Donnerstag – Z.M.", files=(PICTURE,)),
    "subject_name": Letter(sender=TOM, to=(ANA,), subject="Zoë Marsh: how the half-term went"),
    "parent_missing": Letter(sender=TOM, to=(Person("zoe.marsh@pupil.example", "Zo"),), subject="Homework"),
    "bulk_disclosure": Letter(sender=TOM, to=FAMILIES[:3], cc=FAMILIES[3:], subject="Term dates"),
    "unprotected_attachment": Letter(
        sender=TOM, to=(SENCO,), subject="Report", files=(File("Report.docx", report(), DOCX),)
    ),
    "uninspectable": Letter(
        sender=TOM,
        to=(ANA,),
        subject="Sheets",
        files=(File("sheets.zip", broken_archive(), "application/zip"),),
    ),
}
EXPECTED = {
    "deliver": (250, "Ok: taken"),
    "subject_name": (550, "[subject_name]"),
    "parent_missing": (550, "[parent_missing]"),
    "bulk_disclosure": (250, "copy of its own"),
    "unprotected_attachment": (250, "Ok: taken"),
    "uninspectable": (250, "[uninspectable]"),
}


@pytest.mark.parametrize("program", PROGRAMS)
async def test_what_the_program_writes_gets_its_verdict(start, program):
    async with start() as line:
        for name, letter in LETTERS.items():
            raw = PROGRAMS[program](letter)
            recipients = [person.address for person in (*letter.to, *letter.cc)]
            code, text = await line.send(raw, *recipients)
            assert (code, EXPECTED[name][1] in text) == (EXPECTED[name][0], True), (name, code, text)
            if name == "deliver":
                (arrived,) = await line.arrived(1)
                assert arrived.raw.rstrip().endswith(raw.rstrip())
        sent = [each for each in await line.arrived(3) if each.recipients == (SENCO.address,)]
    assert len(sent) == 1
    assert b"Report.docx" not in sent[0].raw
