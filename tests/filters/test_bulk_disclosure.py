"""Numerous outside addresses are hidden from one another. Who is one party is held by tests/cases/headers."""

from filters.bulk_disclosure import FILTER
from gateway.policy.finding import SeparateCopies

from .agency import TUTOR, findings, message

FIVE = [f"{key}-mum@homepost.example" for key in ("caoimhe", "angharad", "rhodri", "eilidh", "pawel")]
SIX = [*FIVE, "oisin-mum@homepost.example"]


def test_the_remedy_keeps_each_household_together():
    made = message(to=", ".join([*SIX, "diarmuid@oshea-family.example", TUTOR]))
    (finding,) = findings(FILTER, made)
    assert isinstance(finding.remedy, SeparateCopies)
    assert finding.remedy.groups == (
        *((each,) for each in FIVE),
        ("oisin-mum@homepost.example", "diarmuid@oshea-family.example"),
    )


def test_the_summary_counts_and_names_nobody():
    (finding,) = findings(FILTER, message(to=", ".join(SIX)))
    assert "6 outside" in finding.summary
    assert "@" not in finding.summary


def test_the_threshold_is_the_most_that_may_see_one_another():
    made = message(to=", ".join(SIX))
    assert findings(FILTER, made, threshold=6) == []
    assert findings(FILTER, made, threshold=5)
    assert findings(FILTER, message(to=FIVE[0]), threshold=0)


def test_the_remedy_knows_only_who_gets_this_copy():
    (finding,) = findings(FILTER, message(to=", ".join(SIX), rcpt=SIX[:1]))
    assert finding.remedy == SeparateCopies(((SIX[0],),))


def test_what_only_colleagues_get_discloses_nothing():
    assert findings(FILTER, message(to=", ".join(SIX), rcpt=[TUTOR])) == []


def test_a_schools_people_count_one_by_one_where_the_pack_says_so():
    made = message(to=", ".join([*FIVE[:4], "m.knight@beckfoot.sch.example", "t.aslam@beckfoot.sch.example"]))
    assert findings(FILTER, made) == []
    assert findings(FILTER, made, schools=False)


def test_a_configured_list_counts_as_its_members():
    lists = {"parents@lindenmere-tutors.example": tuple(SIX)}
    made = message(to=f"parents@lindenmere-tutors.example, {FIVE[0]}")
    assert findings(FILTER, made) == []
    assert findings(FILTER, made, lists=lists)


def test_addresses_in_the_text_are_looked_for_only_when_asked():
    body = "See below.\r\n\r\n> From: A\r\n> To: " + ",\r\n>  ".join(f"Mum <{each}>" for each in SIX) + "\r\n"
    made = message(to="someone@elsewhere.example", body=body)
    assert findings(FILTER, made) == []
    (finding,) = findings(FILTER, made, quoted=True)
    assert finding.kind == "quoted"
    assert finding.remedy is None


def test_a_forwarded_messages_own_header_is_part_of_the_text():
    inner = f"To: {', '.join(SIX)}\r\nSubject: old\r\n\r\nold text\r\n"
    body = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n"
        f"Content-Type: message/rfc822\r\n\r\n{inner}--b--\r\n"
    ).encode()
    (finding,) = findings(FILTER, message(to="someone@elsewhere.example", body=body), quoted=True)
    assert finding.kind == "quoted"


def test_a_recipients_own_address_in_the_text_is_no_news():
    made = message(to=FIVE[0], body=" ".join(SIX))
    assert findings(FILTER, made, quoted=True) == []  # five others


def test_the_same_content_to_one_after_another_is_fine():
    for each in SIX:
        assert findings(FILTER, message(to=each)) == []
