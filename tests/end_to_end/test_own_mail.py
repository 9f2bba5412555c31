"""The gateway's own mail passes its own filters: every notice goes through the whole chain."""

from datetime import date

import pytest

from gateway.compose import Lookups, build_rules
from gateway.documents.documents import Documents
from gateway.judge import judge
from gateway.policy.verdict import Action
from gateway.register.model import Carer, People, Pupil, Staff
from gateway.register.register import Register
from tests.notices.examples import MOMENT, SETTINGS, TUTOR, envelope
from tests.notices.test_notices import NOTICES

PEOPLE = People(
    pupils=(
        Pupil(
            id="p1", given_name="Zoë", family_name="Marsh", emails=("zoe@family.example",),
            date_of_birth=date(2012, 4, 3), household="h1", carers=("c1",),
        ),
    ),
    carers=(
        Carer(id="c1", given_name="Ana", family_name="Marsh", emails=("ana@family.example",), household="h1"),
        *(Carer(id=f"c{n}", given_name="A", emails=(f"family{n}@home.example",), household=f"h{n}") for n in range(2, 9)),
    ),
    staff=(Staff(id="t1", given_name="Tom", family_name="Reed", emails=(TUTOR,)),),
)  # fmt: skip


@pytest.mark.parametrize("name", NOTICES)
async def test_a_notice_passes_every_rule(name):
    notice = NOTICES[name]
    documents = Documents()
    try:
        _, verdict = await judge(
            envelope(mail_from="", recipients=notice.recipients, received_at=MOMENT),
            notice.raw,
            build_rules(SETTINGS),
            Register(PEOPLE, SETTINGS.agency),
            Lookups(documents),
        )
    finally:
        documents.close()
    assert verdict.action is Action.DELIVER, verdict.rules


async def test_the_same_judging_does_stop_a_notice_that_names_a_pupil():
    notice = NOTICES["rejected-name"]
    raw = notice.raw.replace(b"Subject: Not sent", "Subject: Zoë Marsh, not sent".encode())
    documents = Documents()
    try:
        _, verdict = await judge(
            envelope(mail_from="", recipients=notice.recipients, received_at=MOMENT),
            raw,
            build_rules(SETTINGS),
            Register(PEOPLE, SETTINGS.agency),
            Lookups(documents),
        )
    finally:
        documents.close()
    assert verdict.rules == ("subject_name",)
