"""`chaperone inspect`: one line of JSON a file, as the contract has it."""

import io
import json
import random
import zipfile

import docx
import pikepdf
import pytest
import pyzipper
from PIL import Image
from reportlab.pdfgen import canvas

from gateway.cli import main
from tests.documents.test_protection import traditional_zip

TEXT = "Support report. Pupil: Zoë Marsh, date of birth 3 April 2012. Diagnosis: epilepsy; medication changed by her consultant."


def word(text):
    document, buffer = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(buffer)
    return buffer.getvalue()


def portable(text, **passwords):
    buffer, out = io.BytesIO(), io.BytesIO()
    page = canvas.Canvas(buffer)
    page.drawString(40, 700, text)
    page.save()
    with pikepdf.open(buffer) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(R=6, **passwords) if passwords else False)
    return out.getvalue()


def sealed(name, data):
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"five words are enough here")
        archive.writestr(name, data)
    return buffer.getvalue()


def packed(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def inspect(capsys, *files):
    status = main(["inspect", "--json", *map(str, files)])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("name", "data", "protection", "grade", "sensitive"),
    [
        ("report.docx", word(TEXT), "readable", None, True),
        ("named-wrongly.txt", word(TEXT), "readable", None, True),
        (
            "sheet.docx",
            word("Worksheet 4. Fractions: learning objective, questions 1 to 12."),
            "readable",
            None,
            False,
        ),
        ("owner.pdf", portable(TEXT, owner="only the owner", user=""), "readable", None, True),
        ("user.pdf", portable(TEXT, owner="another", user="a password"), "protected", "strong", False),
        ("sealed.zip", sealed("report.docx", word(TEXT)), "protected", "strong", False),
        ("mixed.zip", packed(a=sealed("x", b"y" * 99), b=word(TEXT)), "readable", None, True),
        ("noise.gpg", random.Random(1).randbytes(2_000), "unknown", None, False),
    ],
)
def test_each_file_is_told_by_its_bytes(tmp_path, capsys, name, data, protection, grade, sensitive):
    (tmp_path / name).write_bytes(data)
    status, (found,) = inspect(capsys, tmp_path / name)
    assert status == 0
    assert {"file", "type", "protection", "grade", "sensitive", "evidence"} <= found.keys()
    assert found["file"] == str(tmp_path / name)
    assert (found["protection"], found["grade"]) == (protection, grade)
    assert (found["sensitive"] in ("medium", "high")) is sensitive
    assert found["evidence"]


def test_several_files_give_a_line_each_in_their_order(tmp_path, capsys):
    files = [tmp_path / f"{number}.txt" for number in range(3)]
    for file in files:
        file.write_text("plain")
    _, found = inspect(capsys, *files)
    assert [each["file"] for each in found] == list(map(str, files))


def test_a_missing_file_is_2_and_one_line_and_the_others_are_read(tmp_path, capsys):
    (tmp_path / "here.txt").write_text("plain")
    assert main(["inspect", "--json", str(tmp_path / "nothing.pdf"), str(tmp_path / "here.txt")]) == 2
    printed, error = capsys.readouterr()
    assert len(printed.splitlines()) == 1
    assert "there is no such file" in error
    assert len(error.splitlines()) == 1


def test_people_are_told_what_was_found_where_and_which_rules_it_concerns(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "report.pdf").write_bytes(portable(TEXT))
    assert main(["inspect", str(tmp_path / "report.pdf")]) == 0
    lines = [line.strip("\u2502 ") for line in capsys.readouterr().out.splitlines()]
    text = " ".join(lines)
    assert "in page 1:" in lines
    assert "health: [e\u2022\u2022\u2022\u2022\u2022\u2022\u2022] (line 1, character 74)" in text
    assert "epilepsy" not in text
    assert "Marsh" not in text
    assert any(line.startswith("rules") and "unprotected_attachment" in line for line in lines)


@pytest.mark.parametrize(
    ("pack", "told"),
    [
        ("schools-partnership", "weak_protection"),
        ("home-tutoring", "weak_protection (which your policy pack does not have)"),
    ],
)
def test_a_rule_that_the_pack_leaves_out_stops_nothing(tmp_path, capsys, monkeypatch, pack, told):
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "a.zip").write_bytes(traditional_zip())
    (tmp_path / "chaperone.toml").write_text(
        '[agency]\nname = "A"\ndomains = ["agency.example"]\nsafeguarding_lead = "dsl@agency.example"\n'
        f'[policy]\npack = "{pack}"\n'
    )
    assert main(["inspect", "--config", str(tmp_path / "chaperone.toml"), str(tmp_path / "a.zip")]) == 0
    lines = [line.strip("\u2502 ") for line in capsys.readouterr().out.splitlines()]
    said = {name.strip(): what.strip() for name, _, what in (line.partition("\u2502") for line in lines)}
    assert said["rules"] == told
    assert said["protection"].endswith("(weak: its cipher can be broken in a short time)")


def test_evidence_says_where_and_why_and_shows_the_words_only_when_asked(tmp_path, capsys):
    text = f"A first paragraph.\n{TEXT}"
    (tmp_path / "report.txt").write_text(text)
    assert main(["inspect", "--json", str(tmp_path / "report.txt")]) == 0
    line = capsys.readouterr().out
    assert "epilepsy" not in line
    assert "Marsh" not in line
    found = next(each for each in json.loads(line)["evidence"] if each.get("at") == text.index("epilepsy"))
    assert found["where"] == "text"
    assert found["line"] == 2
    assert found["why"] == "health"
    assert found["quote"][found["start"] : found["end"]] == "e" + 7 * "\u2022"
    assert main(["inspect", "--json", "--unmasked", str(tmp_path / "report.txt")]) == 0
    quotes = [
        each["quote"][each["start"] : each["end"]]
        for each in json.loads(capsys.readouterr().out)["evidence"]
        if "quote" in each
    ]
    assert "epilepsy" in quotes
    assert main(["inspect", "--unmasked", str(tmp_path / "report.txt")]) == 0
    assert "[epilepsy]" in capsys.readouterr().out


def test_what_nobody_read_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "noise.gpg").write_bytes(random.Random(1).randbytes(2_000))
    (tmp_path / "sealed.zip").write_bytes(sealed("report.docx", word(TEXT)))
    assert main(["inspect", str(tmp_path / "noise.gpg"), str(tmp_path / "sealed.zip")]) == 0
    text = capsys.readouterr().out
    assert "nothing found in what was read" in text
    assert "its kind is not known" in text
    assert "uninspectable" in text
    assert "not looked at: nobody can without the password" in text


def test_pictures_without_anything_that_reads_them_are_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PATH", str(tmp_path))  # no tesseract there
    buffer = io.BytesIO()
    Image.new("L", (900, 300), 255).save(buffer, "PNG")
    (tmp_path / "scan.png").write_bytes(buffer.getvalue())
    status, (found,) = inspect(capsys, tmp_path / "scan.png")
    assert (status, found["unseen"]) == (0, 1)
    assert found["why_unseen"]
    assert main(["inspect", str(tmp_path / "scan.png")]) == 0
    assert "one picture or scanned page" in capsys.readouterr().out


def test_a_protective_marking_is_told(tmp_path, capsys):
    (tmp_path / "plan.docx").write_bytes(word("OFFICIAL-SENSITIVE. Seating plan."))
    _, (found,) = inspect(capsys, tmp_path / "plan.docx")
    assert found["markings"] == ["OFFICIAL-SENSITIVE"]
    assert main(["inspect", str(tmp_path / "plan.docx")]) == 0
    assert "OFFICIAL-SENSITIVE" in capsys.readouterr().out
