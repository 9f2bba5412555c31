"""
The three messages that everything is measured with, and a register to judge them by.

small: 4 KB, text and markup; medium: 150 KB with a Word document; large: 10 MB
with a PDF. Invented and lawful, and alike at every run.
"""

import io
import json
import random
from collections.abc import Iterator

from tests.mail_programs import File, Letter, Person, outlook, thunderbird

SIZES = ("small", "medium", "large")
_WORDS = [
    "the",
    "lesson",
    "covered",
    "fractions",
    "ratio",
    "algebra",
    "geometry",
    "and",
    "revision",
    "for",
    "next",
    "week",
    "please",
    "bring",
    "calculator",
    "worksheet",
    "textbook",
    "chapter",
    "exercise",
    "practice",
    "questions",
    "answers",
    "pages",
    "essay",
    "paragraph",
    "reading",
    "vocabulary",
]
_SENDER = Person("tom@brightpath-tutors.example", "Tom Reed")
_TO = (Person("office@partner.example", "Partner Office"),)


def _prose(length: int, seed: int) -> str:
    chance = random.Random(seed)
    lines: list[str] = []
    while sum(map(len, lines)) < length:
        lines.append(" ".join(chance.choices(_WORDS, k=12)).capitalize() + ".")
    return "\n".join(lines) + "\n"


def small() -> bytes:
    """Text and markup in quoted-printable, a coded subject."""
    text = "Dear colleagues,\n\n" + _prose(1_300, 1) + "\nGrüße\nTom\n"
    return outlook(
        Letter(subject="Unterricht am Donnerstag: Brüche und Verhältnisse", text=text, sender=_SENDER, to=_TO)
    )


def medium() -> bytes:
    """A Word document of 105 KB."""
    from docx import Document
    from docx.shared import Inches

    document = Document()
    for number in range(20):
        document.add_paragraph(_prose(2_000, number))
    document.add_picture(io.BytesIO(_noise_bmp(152)), width=Inches(2))
    stream = io.BytesIO()
    document.core_properties.author = "Tom Reed"
    document.save(stream)
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file = File("Übungen zur Bruchrechnung.docx", stream.getvalue(), kind)
    return thunderbird(
        Letter(subject="Worksheet", text=_prose(3_000, 2), sender=_SENDER, to=_TO, files=(file,))
    )


def large() -> bytes:
    """A PDF of 7.6 MB, most of it a scanned picture."""
    import pikepdf
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=True)
    for number in range(12):
        for row, line in enumerate(_prose(2_500, number).splitlines()[:40]):
            canvas.drawString(40, 800 - row * 18, line)
        canvas.showPage()
    canvas.save()
    with pikepdf.open(stream) as pdf:
        noise = random.Random(3).randbytes(7_500_000)
        picture = pikepdf.Stream(pdf, noise)
        picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        picture.Width, picture.Height, picture.BitsPerComponent = 2_500, 1_000, 8
        picture.ColorSpace = pikepdf.Name.DeviceRGB
        pdf.pages[0].Resources.XObject = pikepdf.Dictionary(Scan=picture)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    file = File("past-papers.pdf", out.getvalue(), "application/pdf")
    return outlook(Letter(subject="Past papers", text=_prose(800, 4), sender=_SENDER, to=_TO, files=(file,)))


def _noise_bmp(side: int) -> bytes:
    """A picture that does not compress: 24 bits a pixel."""
    rows = random.Random(5).randbytes(side * side * 3)
    header = b"BM" + (54 + len(rows)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    info = (40).to_bytes(4, "little") + side.to_bytes(4, "little") * 2 + b"\1\0\x18\0" + bytes(24)
    return header + info + rows


def message(size: str) -> bytes:
    """One of them by its name."""
    return {"small": small, "medium": medium, "large": large}[size]()


_GIVEN = [
    "Alba",
    "Bram",
    "Cleo",
    "Dario",
    "Edda",
    "Finn",
    "Gwen",
    "Hugo",
    "Iris",
    "Jonas",
    "Kaia",
    "Lorcan",
    "Mina",
    "Nils",
    "Orla",
    "Pia",
    "Quinn",
    "Rafe",
    "Sana",
    "Teo",
]
_FAMILY = [
    "Ash",
    "Birch",
    "Crane",
    "Dell",
    "Elm",
    "Fenn",
    "Gale",
    "Heron",
    "Isle",
    "Jay",
    "Kestrel",
    "Linden",
]


def register(pupils: int) -> bytes:
    """A register of that many pupils, each with two carers, in native JSON."""
    return json.dumps(
        {"pupils": list(_pupils(pupils)), "carers": list(_carers(pupils)), "staff": [_tutor()]}
    ).encode()


def _pupils(number: int) -> Iterator[dict[str, object]]:
    for each in range(number):
        yield {
            "id": f"p{each}",
            "given_name": _GIVEN[each % len(_GIVEN)],
            "family_name": _family(each),
            "emails": [f"pupil{each}@family{each}.example"],
            "date_of_birth": f"201{each % 5}-0{each % 9 + 1}-11",
            "household": f"h{each}",
            "carers": [f"c{each}a", f"c{each}b"],
        }


def _carers(number: int) -> Iterator[dict[str, object]]:
    for each in range(number):
        for which, given in (("a", "Ana"), ("b", "Ben")):
            yield {
                "id": f"c{each}{which}",
                "given_name": given,
                "family_name": _family(each),
                "emails": [f"{given.lower()}@family{each}.example"],
                "household": f"h{each}",
            }


def _family(number: int) -> str:
    return f"{_FAMILY[number % len(_FAMILY)]}{chr(97 + number // 12 % 26)}{chr(97 + number // 312 % 26)}wood"


def _tutor() -> dict[str, object]:
    return {
        "id": "t1",
        "given_name": "Tom",
        "family_name": "Reed",
        "emails": [_SENDER.address],
        "role": "tutor",
    }
