"""A family's own secret and telephone: found for the right mailbox, kept, and never given away."""

from datetime import date

import msgspec
import pytest

from gateway.register.describe import describe
from gateway.register.export import write_csv
from gateway.register.imports.bundle import Options, read_bundle
from gateway.register.model import Carer, People, Pupil
from gateway.register.native import read_native, write_native
from gateway.register.opening import mobile_of, secret_of
from gateway.register.problems import RegisterProblem
from gateway.register.register import Agency, Register

DAY = date(2026, 10, 12)
SECRET = "heron-quarry-lantern"
ANA = Carer(
    id="c1",
    given_name="Ana",
    emails=("ana@family.example",),
    phones=("020 7946 0123", "07700 900123"),
    secret=SECRET,
)
ZOE = Pupil(
    id="p1",
    given_name="Zoë",
    emails=("zoe@family.example",),
    carers=("c1", "c2"),
    date_of_birth=date(2012, 4, 3),
)
BEN = Carer(id="c2", given_name="Ben", emails=("ben@family.example",), phones=("+447700900456",))


def register(*carers: Carer) -> Register:
    return Register(People(pupils=(ZOE,), carers=carers), Agency())


@pytest.mark.parametrize(
    ("address", "secret", "mobile"),
    [
        ("ana@family.example", SECRET, "+447700900123"),
        ("zoe@family.example", SECRET, "+447700900123"),  # a pupil's mailbox: the carers' telephone
        ("ben@family.example", "", "+447700900456"),
        ("stranger@elsewhere.example", "", ""),
    ],
)
def test_a_mailbox_has_the_secret_and_mobile_of_those_who_read_it(address, secret, mobile):
    people = register(ANA, BEN)
    assert secret_of(people, address, DAY) == secret
    assert mobile_of(people, address, DAY, "+44") == mobile


def test_a_carer_who_must_not_be_written_to_gets_nothing():
    people = register(msgspec.structs.replace(ANA, may_receive=False))
    assert secret_of(people, "zoe@family.example", DAY) == ""
    assert mobile_of(people, "ana@family.example", DAY, "+44") == ""


def test_two_different_secrets_for_one_mailbox_are_none():
    both = (ANA, msgspec.structs.replace(BEN, secret="otter-plinth-amber"))
    assert secret_of(register(*both), "zoe@family.example", DAY) == ""


def test_a_secret_that_is_easily_guessed_is_noted_and_not_used():
    weak = msgspec.structs.replace(ANA, secret="rex2012")
    assert secret_of(register(weak), "ana@family.example", DAY) == ""
    reading = read_native(write_native(People(carers=(weak,)), secrets=True), "register.json")
    (note,) = reading.oddities
    assert "at least 12 characters" in str(note)
    assert "rex2012" not in str(note)


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (0)7700 900-123", "+447700900123"),
        ("0044 7700 900123", "+447700900123"),
        ("+353 20 911 1234", "+353209111234"),
        ("01632 960123", ""),
        ("ask at the office", ""),
    ],
)
def test_a_number_is_written_as_services_take_it_and_landlines_are_passed_over(phone, number):
    carer = msgspec.structs.replace(ANA, phones=(phone,))
    assert mobile_of(register(carer), "ana@family.example", DAY, "+44") == number


def test_a_secret_is_neither_exported_nor_shown():
    people = People(pupils=(ZOE,), carers=(ANA, BEN))
    files = [write_native(people), *write_csv(people).values()]
    shown = "\n".join(describe(ANA, "the same id", Register(people, Agency()), DAY))
    assert not [each for each in files if SECRET.encode() in each]
    assert SECRET not in shown
    assert "agreed" in shown
    assert SECRET.encode() in write_native(people, secrets=True)


def test_a_secret_of_the_wrong_kind_is_not_repeated_in_the_problem():
    with pytest.raises(RegisterProblem) as problem:
        read_native(b'{"carers": [{"id": "c1", "given_name": "Ana", "secret": 199412312359}]}', "r.json")
    assert "secret" in str(problem.value.problems[0])
    assert "1994" not in "".join(map(str, problem.value.problems))


def test_an_import_that_is_silent_about_secrets_keeps_them():
    old = People(pupils=(ZOE,), carers=(ANA, BEN))
    files = {"register.json": write_native(old)}
    assert read_bundle(files, Agency(), old, Options(), today=DAY).people == old


def test_a_spreadsheet_brings_secrets():
    files = {
        "carers.csv": f"id,first name,email,family secret\nc1,Ana,ana@family.example,{SECRET}\n".encode()
    }
    (carer,) = read_bundle(files, Agency(), People(), Options(), today=DAY).people.carers
    assert carer.secret == SECRET
