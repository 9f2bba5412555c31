"""`chaperone check`: what it prints and how it ends."""

import json

import pytest

from gateway.cli import main
from gateway.settings import config_folder

DEMO = config_folder() / "demo"


@pytest.fixture
def config(tmp_path):
    text = (DEMO / "chaperone.toml").read_text().replace('"register.json"', f'"{DEMO / "register.json"}"')
    file = tmp_path / "chaperone.toml"
    file.write_text(text)
    return file


def check(config, *arguments):
    return main(["check", "--config", str(config), *map(str, arguments)])


def test_json_is_one_object_with_verdict_and_findings(config, capsys):
    mail = DEMO / "mail" / "3-name-in-subject.eml"
    status = check(
        config,
        "--json",
        "--from",
        "tom.reed@larkfield-tutors.example",
        "--to",
        "ana.marsh@family.example",
        mail,
    )
    printed = json.loads(capsys.readouterr().out)
    assert status == 0
    assert printed["verdict"] == "reject"
    (finding,) = printed["findings"]
    assert {"rule", "action", "summary", "evidence", "suggestion"} <= finding.keys()
    assert finding["rule"] == "subject_name"
    assert "Z.M." in finding["suggestion"]


def test_sensitive_words_are_masked_unless_asked_for_and_a_name_in_a_subject_is_quoted(
    config, capsys, tmp_path
):
    mail = tmp_path / "mail.eml"
    mail.write_text(
        "From: tom.reed@larkfield-tutors.example\nTo: ana.marsh@family.example\n"
        "Subject: Zoe Marsh\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain; name=report.txt\nContent-Disposition: attachment; filename=report.txt\n\n"
        "Support report. Pupil: Zoe Marsh, date of birth 3 April 2012. Diagnosis: epilepsy; "
        "medication changed by her consultant.\n--b--\n"
    )
    common = ("--from", "tom.reed@larkfield-tutors.example", "--to", "ana.marsh@family.example", mail)

    def quotes(*more):
        assert check(config, "--json", *more, *common) == 0
        findings = json.loads(capsys.readouterr().out)["findings"]
        return {
            each["rule"]: [one["quote"][one["start"] : one["end"]] for one in each["evidence"]]
            for each in findings
        }

    masked, clear = quotes(), quotes("--unmasked")
    assert masked["subject_name"] == clear["subject_name"] == ["Zoe Marsh"]
    assert "epilepsy" in clear["unprotected_attachment"]
    assert "e" + 7 * "\u2022" in masked["unprotected_attachment"]
    assert not {"epilepsy", "Zoe Marsh"} & set(masked["unprotected_attachment"])
    assert check(config, *common) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "epilepsy" not in printed
    assert "report.txt, character 74: e" in printed


def test_the_clock_is_the_one_that_is_given(config, capsys):
    mail = DEMO / "mail" / "4-pupil-alone.eml"
    common = (
        "--json",
        "--from",
        "amira.haddad@larkfield-tutors.example",
        "--to",
        "dylan.pryce@pupil.example",
    )
    verdicts = []
    for time in ("2026-10-12T16:20:00+01:00", "2031-10-12T16:20:00+01:00"):
        check(config, *common, "--at", time, mail)
        verdicts.append(json.loads(capsys.readouterr().out)["verdict"])
    assert verdicts == ["reject", "deliver"]  # by then he is 20


def test_cases_print_one_line_each(config, capsys, tmp_path):
    (tmp_path / "a.eml").write_text("From: x@y.example\nSubject: Hello\n\nText\n")
    case = {"id": "c1", "file": "a.eml", "mail_from": "x@y.example", "rcpt_to": ["z@w.example"],
            "now": "2026-10-12T16:20:00+01:00", "expected": [], "contested": False, "why": ""}  # fmt: skip
    cases = tmp_path / "cases.jsonl"
    cases.write_text("".join(json.dumps(case | {"id": f"c{n}"}) + "\n" for n in range(3)))
    assert check(config, "--cases", cases) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == ["c0", "c1", "c2"]
    assert all(line["verdict"] == "deliver" and line["findings"] == [] for line in lines)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "a@b.example", "mail.eml"], "check needs"),
        (["--from", "tom", "--to", "c@d.example", "mail.eml"], "'tom' is no address"),
        (["--from", "a@b.example", "--to", "c d@e.example", "mail.eml"], "is no address"),
        (["--from", "a@b.example", "--to", "c@d.example", "missing.eml"], "cannot be read"),
        (["--from", "a@b.example", "--to", "c@d.example", "--at", "teatime", "@config"], "is no time"),
        (["--cases", "missing.jsonl"], "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_2_and_one_line(config, capsys, arguments, says):
    status = check(config, *[str(config) if each == "@config" else each for each in arguments])
    error = capsys.readouterr().err
    assert status == 2
    assert says in error
    assert len(error.strip().splitlines()) == 1


def test_a_message_that_nobody_can_read_is_held_and_still_judged(config, capsys, tmp_path):
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(1000))
    file = tmp_path / "deep.eml"
    file.write_bytes(b"Subject: deep\r\n" + deep.encode())
    assert check(config, "--json", "--from", "a@b.example", "--to", "c@d.example", file) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["verdict"] == "quarantine"
    assert [each["rule"] for each in printed["findings"]] == ["uninspectable"]
