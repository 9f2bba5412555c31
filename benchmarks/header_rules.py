"""
What the header rules cost: one message against registers of 10,000 and 100,000 pupils.

    python benchmarks/header_rules.py [PUPILS …]

Prints the time to build the register's indexes, their memory, and per call: a
subject searched, an address looked up, a message with ten recipients through all
header rules together. Names are put together from syllables, so that some are
shared by hundreds and most by few, as in a real register.
"""

import gc
import random
import resource
import sys
from datetime import UTC, date, datetime
from time import process_time

from filters import bulk_disclosure, parent_missing, recipient_doubt, sensitive_subject, subject_name
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.register.model import Carer, People, Pupil, School, SchoolContact, Staff
from gateway.register.register import Agency, Register

STARTS = [
    "al",
    "an",
    "ar",
    "be",
    "bri",
    "ca",
    "cha",
    "da",
    "de",
    "el",
    "em",
    "fa",
    "fi",
    "ga",
    "gra",
    "ha",
    "i",
    "ja",
    "jo",
    "ka",
    "ke",
    "la",
    "li",
    "lo",
    "ma",
    "mi",
    "na",
    "ni",
    "o",
    "pa",
    "ra",
    "ro",
    "sa",
    "se",
    "ta",
    "te",
    "vi",
    "wi",
    "ya",
    "za",
]
MIDDLES = [
    "a",
    "be",
    "da",
    "di",
    "e",
    "ga",
    "i",
    "ka",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "mi",
    "na",
    "ne",
    "ni",
    "o",
    "ra",
    "ri",
    "ro",
    "sa",
    "se",
    "si",
    "ta",
    "te",
    "ti",
    "va",
    "vi",
    "za",
]
ENDS = [
    "bel",
    "da",
    "dan",
    "del",
    "fer",
    "ka",
    "la",
    "len",
    "lia",
    "lin",
    "mar",
    "mir",
    "na",
    "nah",
    "nia",
    "ra",
    "ren",
    "ric",
    "rin",
    "sha",
    "son",
    "ta",
    "than",
    "tin",
    "ton",
    "vin",
    "za",
    "zel",
]
WORDS = [
    "Hope",
    "Grace",
    "Will",
    "May",
    "Mark",
    "Rose",
    "Summer",
    "Jack",
    "Joy",
    "Faith",
    "Day",
    "Brown",
    "Bell",
    "Young",
    "Stone",
]
SUBJECTS = (
    "Re: Progress report for the autumn term and next week's lessons",
    "Homework for next week",
    "Timetable after half term: please confirm by Friday",
    "Hope you are well - lesson notes attached",
    "{given} {family} - lesson notes",
    "Fwd: {given}'s essay",
)


def name(chance: random.Random, endings: list[str]) -> str:
    if chance.random() < 0.02:
        return chance.choice(WORDS)
    middle = chance.choice(MIDDLES) if chance.random() < 0.6 else ""
    return (chance.choice(STARTS) + middle + chance.choice(endings)).capitalize()


def people(count: int, chance: random.Random) -> People:
    surnames = [
        name(chance, ENDS) + chance.choice(["", "", "son", "ley", "ford", "man", " " + name(chance, ENDS)])
        for _ in range(count // 3)
    ]
    pupils, carers = [], []
    for number in range(count):
        family = surnames[min(int(chance.expovariate(4) * len(surnames)), len(surnames) - 1)]
        carers_of = tuple(f"c{number}-{each}" for each in range(1 + number % 2))
        pupils.append(
            Pupil(
                id=f"p{number}",
                given_name=name(chance, ENDS),
                family_name=family,
                carers=carers_of,
                preferred_name=name(chance, ENDS) if number % 5 == 0 else "",
                household=f"h{number}",
                emails=(f"pupil{number}@{'gmail.com' if number % 3 else 'skypost.example'}",),
                date_of_birth=date(2012, 1 + number % 12, 1 + number % 28),
            )
        )
        carers += [
            Carer(
                id=each,
                given_name=name(chance, ENDS),
                family_name=family,
                household=f"h{number}",
                emails=(
                    f"{family.lower().replace(' ', '.')}.{each}@{'gmail.com' if number % 2 else 'homepost.example'}",
                ),
            )
            for each in carers_of
        ]
    staff = tuple(
        Staff(
            id=f"t{number}",
            given_name=name(chance, ENDS),
            family_name=name(chance, ENDS),
            emails=(f"t{number}@agency.example",),
        )
        for number in range(200)
    )
    schools = tuple(
        School(
            id=f"s{number}",
            name=f"School {number}",
            domains=(f"school{number}.example",),
            staff=(
                SchoolContact(
                    given_name=name(chance, ENDS), family_name=name(chance, ENDS), school=f"s{number}"
                ),
            ),
        )
        for number in range(100)
    )
    return People(tuple(pupils), tuple(carers), staff, schools)


def timed(what, calls: int) -> float:
    """The best of five runs, in seconds of processor time a call: other work on the machine does not count."""
    best = float("inf")
    for _ in range(5):
        start = process_time()
        for _ in range(calls):
            what()
        best = min(best, (process_time() - start) / calls)
    return best


def resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def message(who: People, chance: random.Random, number: int) -> Message:
    pupil = who.pupils[chance.randrange(len(who.pupils))]
    subject = SUBJECTS[number % len(SUBJECTS)].format(given=pupil.given_name, family=pupil.family_name)
    families = [who.carers[chance.randrange(len(who.carers))].emails[0] for _ in range(7)]
    to = [pupil.emails[0], *families, "stranger.one@elsewhere.example", "t1@agency.example"]
    raw = (
        f"From: T One <t1@agency.example>\r\nTo: {', '.join(to[:5])}\r\nCc: {', '.join(to[5:])}\r\n"
        f"Subject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
    )
    envelope = Envelope(
        mail_from="t1@agency.example",
        recipients=tuple(map(Recipient, to)),
        received_at=datetime(2026, 10, 12, 16, 20, tzinfo=UTC),
    )
    return Message.parse(raw.encode(), envelope)


def measure(count: int) -> None:
    chance = random.Random(7)
    who = people(count, chance)
    gc.collect()
    before = resident()
    start = process_time()
    register = Register(who, Agency("Agency", ("agency.example",)))
    built = process_time() - start
    print(
        f"{count} pupils, {len(who.carers)} carers: indexes built in {built:.2f} s, +{resident() - before:.0f} MB"
    )

    pupil = who.pupils[count // 2]
    for subject in SUBJECTS:
        text = subject.format(given=pupil.given_name, family=pupil.family_name)
        print(
            f"  subject of {len(text):2} characters: {timed(lambda text=text: register.names.read(text), 500) * 1e6:6.1f} us"
        )
    known = who.carers[count // 3].emails[0]
    print(f"  address known:   {timed(lambda: register.whose(known), 5000) * 1e6:.2f} us")
    print(f"  address unknown: {timed(lambda: register.whose('nobody@nowhere.example'), 5000) * 1e6:.2f} us")

    messages = [message(who, chance, number) for number in range(60)]
    rules = [
        each.FILTER
        for each in (subject_name, parent_missing, bulk_disclosure, recipient_doubt, sensitive_subject)
    ]
    chosen = [(rule, rule.settings()) for rule in rules]

    def run(pairs):
        for each in messages:
            for rule, settings in pairs:
                list(rule.inspect(each, register, settings))

    run(chosen)
    for rule, settings in chosen:
        print(
            f"  {rule.rule:18} {timed(lambda pair=(rule, settings): run([pair]), 2) / len(messages) * 1e6:7.0f} us a message"
        )
    print(
        f"  all header rules   {timed(lambda: run(chosen), 2) / len(messages) * 1e6:7.0f} us a message of ten recipients"
    )
    print(f"  process at most {resident():.0f} MB")


if __name__ == "__main__":
    for each in [int(given) for given in sys.argv[1:]] or [10_000, 100_000]:
        measure(each)
