"""Mail to a pupil goes openly to a carer too. Who counts is held by tests/cases/headers; here is what is said of it."""

from filters.parent_missing import FILTER
from gateway.policy.finding import CopyCarers

from .agency import findings, message

OISIN = "oisin@pupilpost.example"


def test_the_finding_names_the_carers_to_add():
    (finding,) = findings(FILTER, message(to=OISIN))
    assert finding.remedy == CopyCarers(
        ("oisin-mum@homepost.example", "diarmuid@oshea-family.example"), (), of=(OISIN,)
    )
    assert "oisin-mum@homepost.example or diarmuid@oshea-family.example" in finding.suggestion
    assert "Oisín" not in finding.summary


def test_separated_parents_are_added_apart_from_one_another():
    (finding,) = findings(FILTER, message(to="otto@pupilpost.example"))
    assert isinstance(finding.remedy, CopyCarers)
    assert finding.remedy.add == ("otto-mum@homepost.example",)
    assert finding.remedy.apart == ("otto-dad@homepost.example",)


def test_a_carer_who_must_not_be_written_to_is_never_suggested():
    (finding,) = findings(FILTER, message(to="luz@pupilpost.example", cc="luz-dad@homepost.example"))
    assert isinstance(finding.remedy, CopyCarers)
    assert finding.remedy.add == ("luz-mum@homepost.example",)
    assert finding.remedy.apart == ()
    assert "luz-dad@" not in finding.suggestion
    assert any("must not be written to" in each.why for each in finding.evidence)


def test_where_no_carer_may_be_written_to_the_office_is_asked():
    (finding,) = findings(FILTER, message(to="edith@pupilpost.example"))
    assert finding.remedy is None
    assert "ask the office" in finding.suggestion


def test_a_pupil_of_a_school_without_permission_is_not_to_be_written_to():
    (finding,) = findings(
        FILTER, message(to="ferdinand@pupilpost.example", cc="ferdinand-mum@homepost.example")
    )
    assert finding.kind == "no_permission"
    assert finding.remedy is None
    assert "Beckfoot Lane School" in finding.suggestion


def test_a_carer_in_bcc_is_shown_as_evidence_and_counts_where_the_pack_says_so():
    made = message(to=OISIN, rcpt=[OISIN, "oisin-mum@homepost.example"])
    (finding,) = findings(FILTER, made)
    assert any("not shown in To or Cc" in each.why for each in finding.evidence)
    assert findings(FILTER, made, bcc_counts=True) == []


def test_each_pupil_without_a_carer_is_a_finding():
    found = findings(FILTER, message(to=f"{OISIN}, rhodri@pupilpost.example"))
    assert [each.about[0] for each in found] == ["oisin", "rhodri"]


def test_one_pupil_with_two_addresses_is_one_finding():
    found = findings(FILTER, message(to=f"{OISIN}, oisin+maths@pupilpost.example"))
    assert len(found) == 1


def test_a_contact_of_the_school_counts_where_the_pack_says_so():
    made = message(to="saskia@pupilpost.example", cc="m.knight@beckfoot.sch.example")
    assert findings(FILTER, made)
    assert findings(FILTER, made, school_counts=True) == []
    elsewhere = message(to="saskia@pupilpost.example", cc="e.dove@orchard.sch.example")
    assert findings(FILTER, elsewhere, school_counts=True)


def test_a_pupil_at_the_schools_domain_is_no_contact_of_the_school():
    made = message(
        to="bashir@pupilpost.example",
        cc="ingrid@students.orchard.sch.example",
        now="2026-12-01T12:00:00+00:00",
    )
    assert {each.about[0] for each in findings(FILTER, made, school_counts=True)} == {"bashir", "ingrid"}


def test_a_configured_list_stands_for_its_members():
    lists = {
        "set3@lindenmere-tutors.example": (OISIN, "rhodri@pupilpost.example", "oisin-mum@homepost.example")
    }
    made = message(to="set3@lindenmere-tutors.example")
    assert findings(FILTER, made) == []
    assert [each.about[0] for each in findings(FILTER, made, lists=lists)] == ["rhodri"]


def test_lists_that_name_one_another_end():
    lists = {"a@x.example": ("b@x.example",), "b@x.example": ("a@x.example", OISIN)}
    assert [each.about[0] for each in findings(FILTER, message(to="a@x.example"), lists=lists)] == ["oisin"]


def test_replies_to_a_pupil_are_looked_for_only_when_asked():
    made = message(to="oisin-mum@homepost.example", fields=f"Reply-To: {OISIN}\r\n")
    assert findings(FILTER, made) == []
    (finding,) = findings(FILTER, made, reply_to=True)
    assert finding.kind == "reply_to"


def test_the_null_sender_has_no_family():
    assert findings(FILTER, message(to="tamsin@pupilpost.example", sender=""))


def test_the_day_is_that_of_the_senders_time_zone():
    to = "tobias@pupilpost.example"  # left school, 18 on 5 November 2026
    assert findings(FILTER, message(to=to, now="2026-11-04T23:30:00+00:00"))
    assert findings(FILTER, message(to=to, now="2026-11-05T00:30:00+01:00")) == []
