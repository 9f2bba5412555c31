"""The subject shows initials only. What counts as a name is held by tests/cases/headers; here is what is said of it."""

import pytest

from filters.subject_name import FILTER
from gateway.policy.finding import Initials
from gateway.register.model import Carer, People, Pupil
from gateway.register.register import Agency, Register

from .agency import findings, message

ANGHARAD = "angharad-mum@homepost.example"
COLLEAGUE = "clive@lindenmere-tutors.example"


def corrected(subject, to=ANGHARAD):
    (finding,) = findings(FILTER, message(subject, to))
    assert isinstance(finding.remedy, Initials)
    return finding.remedy.subject


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Angharad Pritchard: half-term report", "A.P.: half-term report"),
        ("Pritchard, Angharad - report", "A.P. - report"),
        ("Re: Angharad's homework", "Re: A.P.'s homework"),
        ("Report for Angharad.", "Report for A.P."),
        ("AngharadPritchard_report.docx", "A.P._report.docx"),
        ("Mrs Knight: EHC dates", "Mrs K.: EHC dates"),
        ("Dawn F - reading log", "D.F. - reading log"),
        ("D. Fletcher: reading log", "D.F.: reading log"),
        ("Angharad & Oisín: rota", "A.P. & O.O.: rota"),
        ("Lakshanya - reading", "L. - reading"),
        ("\u202edarahgnA\u202c - notes", "\u202eA.P.\u202c - notes"),
        ("A n g h a r a d", "A.P."),
    ],
)
def test_the_corrected_subject_has_initials_where_the_names_were(subject, expected):
    assert corrected(subject) == expected


def test_the_corrected_subject_is_found_clean():
    again = corrected("Angharad and Rhodri: Mrs Knight, Dawn F's log, Ivy Ormerod", COLLEAGUE)
    assert findings(FILTER, message(again.encode(), COLLEAGUE)) == []


def test_pupils_with_the_same_initials_are_told_apart():
    assert corrected("Marcus Tindall", "tindall-mum@homepost.example") == "M.T."
    assert corrected("Oisín and Otto: rota", COLLEAGUE) == "O.O. and O.B.: rota"
    assert corrected("Pawel and Patience", COLLEAGUE) == "P.Ś. and P.O."
    assert corrected("Melody Shepherd, Martha and Marcus", COLLEAGUE) == "M.S., M.N. and M.T."
    assert corrected("Daisy Church and Dawn Church-Fletcher", COLLEAGUE).startswith("D.C.")


def test_a_name_of_several_pupils_leaves_only_its_own_initial():
    assert corrected("Chowdhury family", COLLEAGUE) == "C. family"


def test_one_finding_for_all_the_names_in_a_subject():
    (finding,) = findings(FILTER, message("Angharad, Rhodri and Eilidh: rota", COLLEAGUE))
    assert [each.quote[each.start : each.end] for each in finding.evidence] == [
        "Angharad",
        "Rhodri",
        "Eilidh",
    ]
    assert set(finding.about) == {"angharad", "rhodri", "eilidh"}


def test_the_summary_names_nobody():
    (finding,) = findings(FILTER, message("Angharad Pritchard"))
    assert "Angharad" not in finding.summary
    assert "Pritchard" not in finding.summary


def test_the_finding_says_how_sure_it_is():
    def confidence(subject, to=ANGHARAD):
        return findings(FILTER, message(subject, to))[0].confidence

    assert confidence("Angharad - notes") == "high"  # to her mother
    assert confidence("Angharad Pritchard", "friend@homepost.example") == "high"  # full name
    assert confidence("Angharad - notes", "friend@homepost.example") == "medium"
    assert confidence("Wilfred's lesson notes") == "low"  # the sender himself
    assert confidence("Vivian: thanks", "friend@homepost.example") == "low"  # the recipient's name


def test_the_senders_own_name_can_be_left_to_the_agency():
    assert findings(FILTER, message("Wilfred's lesson notes"), own_name=False) == []
    assert findings(FILTER, message("Rosalba's lesson notes"), own_name=False)


def test_names_that_the_agency_allows_do_not_count():
    assert findings(FILTER, message("Angharad - notes"), allow=frozenset(["angharad"])) == []


def test_other_places_are_looked_at_only_when_asked():
    made = message(
        "A.P. notes", fields="Thread-Topic: Angharad notes\r\nKeywords: Angharad\r\nComments: Angharad\r\n"
    )
    assert findings(FILTER, made) == []
    found = findings(FILTER, made, places=frozenset(["thread_topic", "keywords", "comments"]))
    assert [each.kind for each in found] == ["thread_topic", "keywords", "comments"]
    assert all(each.remedy is None for each in found)


def test_a_name_in_an_attachments_name_is_a_finding_of_its_own():
    body = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
        b"filename*=utf-8''Ois%C3%ADn_report.pdf\r\n\r\nx\r\n--b--\r\n"
    )
    made = message("A.P. notes", body=body)
    assert findings(FILTER, made) == []
    (found,) = findings(FILTER, made, places=frozenset(["attachment_name"]))
    assert found.kind == "attachment_name"
    assert found.suggestion.endswith("O.O._report.pdf")


def test_strangers_names_are_looked_for_only_when_asked():
    made = message("Report for Annabelle Fortescue", "someone@elsewhere.example")
    assert findings(FILTER, made) == []
    (found,) = findings(FILTER, made, unknown_names=True)
    assert (found.kind, found.confidence) == ("unknown_name", "low")
    (evidence,) = found.evidence
    assert evidence.quote[evidence.start : evidence.end] == "Annabelle Fortescue"


@pytest.mark.parametrize(
    "subject", ["Lesson notes for Tuesday", "Hope you are well", "A.P. - plan", "GCSE Maths Revision"]
)
def test_no_stranger_is_seen_where_nobody_is_named(subject):
    assert findings(FILTER, message(subject), unknown_names=True) == []


def test_a_second_subject_field_is_looked_at_too():
    made = message("A.P. notes", fields="Subject: Angharad notes\r\n")
    assert findings(FILTER, made)
    made = message("Angharad notes", fields="Subject: A.P. notes\r\n")
    assert findings(FILTER, made)


def test_a_message_without_a_subject_names_nobody():
    assert findings(FILTER, message("")) == []


def test_a_name_in_a_subject_that_was_answered_is_a_kind_of_its_own():
    fields = "In-Reply-To: <1@homepost.example>\r\n"
    (finding,) = findings(FILTER, message("Re: Oisín O'Shea is ill", fields=fields))
    assert finding.kind == "from_outside"
    assert findings(FILTER, message("Re: Oisín O'Shea is ill"))[0].kind == ""


def test_a_subject_of_nothing_but_names_is_not_repeated_for_each():
    (finding,) = findings(FILTER, message("Angharad " * 800, COLLEAGUE))
    assert isinstance(finding.remedy, Initials)
    assert "Angharad" not in finding.remedy.subject
    assert len(finding.evidence) == 50


SUMMER = Pupil(id="su", given_name="Summer", family_name="Okafor", carers=("su-mum",), household="su")
WILL = Pupil(id="wi", given_name="Will", family_name="Brown", carers=("wi-mum",), household="wi")
MARSH = Pupil(id="ma", given_name="Zoë", family_name="Marsh", carers=("ma-mum",), household="ma")
ROMEO = Pupil(id="ro", given_name="Romeo", family_name="Adeyemi", carers=("ro-mum",), household="ro")
MOTHERS = tuple(
    Carer(id=f"{each.id}-mum", given_name="Ama", emails=(f"{each.id}@mum.example",), household=each.id)
    for each in (SUMMER, WILL, MARSH, ROMEO)
)
SMALL = Register(
    People(pupils=(SUMMER, WILL, MARSH, ROMEO), carers=MOTHERS),
    Agency("Small", ("lindenmere-tutors.example",)),
)


@pytest.mark.parametrize(
    ("subject", "to", "expected"),
    [
        ("Summer's tuition", "su", "S.O.'s tuition"),
        ("Summer tuition", "su", ""),
        ("Summer's here! Holiday courses", "su", ""),
        ("Summer's day trip", "su", ""),
        ("Summer did brilliantly", "su", "S.O. did brilliantly"),
        ("Lesson with Summer moved", "su", "Lesson with S.O. moved"),
        ("Did Summer get the notes?", "su", "Did S.O. get the notes?"),
        ("Is Summer school open?", "su", ""),
        ("Summer did brilliantly", "wi", ""),  # to another family it is the season
        ("Is Will ok for 5pm?", "wi", "Is W.B. ok for 5pm?"),
        ("Was the will read?", "wi", ""),
        ("Will do!", "wi", ""),
        ("Marsh, Z.", "ma", "Z.M."),
        ("Marsh, mud and tides", "ma", ""),
        ("Romeo's soliloquy", "ro", ""),
        ("Romeo's homework", "ro", "R.A.'s homework"),
    ],
)
def test_words_that_are_names_to_the_family_that_is_written_to(subject, to, expected):
    made = message(subject, f"{to}@mum.example")
    found = list(FILTER.inspect(made, SMALL, FILTER.settings()))
    assert (found[0].remedy.subject if found else "") == expected


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("Twelfth Night: Benedict and Theodora", True),  # nobody in that play is called so
        ("The Great Gatsby: Daisy and Nicholas", True),
        ("Wuthering Heights: Catherine, Edgar and Daisy's homework", True),
        ("Lord of the Flies: Imogen", True),
        ("The Great Gatsby: Daisy", False),
        ("Daisy's dream in The Great Gatsby", False),
        ("Gatsby notes for Daisy", True),
        ("The Great Gatsby, Daisy C", True),
        ("Imogen, goddess of the spring", False),
        ("Imogen, happy birthday", True),
    ],
)
def test_people_in_a_work_are_no_pupils(subject, named):
    assert bool(findings(FILTER, message(subject, COLLEAGUE))) is named
