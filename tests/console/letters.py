"""Made-up messages that the tests hold for review."""

from tests.console.conftest import Desk
from tests.mail_programs import File, Letter, Person, gmail, outlook, thunderbird

TOM = Person("tom.reed@larkfield-tutors.example", "Tom Reed")
AMIRA = Person("amira.haddad@larkfield-tutors.example", "Amira Haddad")
ANA = Person("ana.marsh@family.example", "Ana Marsh")
TUNDE = Person("tunde.adeyemi@family.example", "Tunde Adeyemi")
SEUN = Person("oluwaseun.adeyemi@pupil.example", "Seun")
DYLAN = Person("dylan.pryce@pupil.example", "Dylan")
REPORT = b"""Assessment summary

Zoe Marsh has been diagnosed with dyspraxia. Medication: methylphenidate 10 mg.
Next review with CAMHS in January.
"""

NAME_IN_SUBJECT = outlook(
    Letter(
        sender=TOM,
        to=(ANA,),
        subject="Zoë Marsh: reading assessment",
        text="Dear Ana,\n\nZoë has done very well this term. I attach the summary we spoke of.\n\n"
        "The next lesson is on Thursday at four.\n\nKind regards\nTom\n",
        files=(File("assessment.txt", REPORT, "text/plain"),),
    )
)
PUPIL_ALONE = gmail(
    Letter(
        sender=AMIRA,
        to=(DYLAN,),
        subject="Tomorrow's homework",
        text="Hi Dylan,\n\nplease look at questions 3 to 7 before tomorrow. Text me if you get stuck!\n\nAmira\n",
    )
)
ONE_CARER = thunderbird(
    Letter(
        sender=AMIRA,
        to=(SEUN, TUNDE, Person("seun.study@study-club.example")),
        subject="Oluwaseun: revision plan for the half-term week",
        text="Dear both,\n\nhere is the plan for half-term: an hour each morning, and a past paper on Friday.\n\n"
        "Amira\n",
    )
)


async def fill(desk: Desk) -> dict[str, str]:
    """Hold a handful of messages of different age; returns their ids by name."""
    desk.clock.go(hours=-6)
    held = {"name": await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))}
    desk.clock.go(hours=4.5)
    held["alone"] = await desk.hold(PUPIL_ALONE, AMIRA.address, (DYLAN.address,))
    desk.clock.go(hours=1)
    held["carer"] = await desk.hold(
        ONE_CARER, AMIRA.address, (SEUN.address, TUNDE.address, "seun.study@study-club.example")
    )
    desk.clock.go(minutes=30)
    return held
