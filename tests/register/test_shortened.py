"""Initials in place of names."""

from gateway.register.model import Pupil
from gateway.register.shortened import initials, replaced, told_apart


def pupil(key, given, family):
    return Pupil(id=key, given_name=given, family_name=family)


def test_first_and_last_name_leave_one_letter_each():
    assert initials(pupil("1", "Zoë", "Marsh")) == "Z.M."
    assert initials(pupil("1", "Łukasz", "ó Briain")) == "Ł.Ó."
    assert initials(pupil("1", "Lakshanya", "")) == "L."


def test_two_surnames_are_told_apart():
    one, other = pupil("1", "Jess", "Stone"), pupil("2", "James", "Sutton")
    assert told_apart([one, other], []) == {"1": "J.St.", "2": "J.Su."}


def test_siblings_are_told_apart_by_their_first_names():
    one, other = pupil("1", "Jack", "Brown"), pupil("2", "Jill", "Brown")
    assert told_apart([one], [other]) == {"1": "Ja.B."}


def test_nobody_is_told_apart_from_themselves_or_from_strangers():
    one = pupil("1", "Jess", "Stone")
    assert told_apart([one], [one]) == {"1": "J.S."}


def test_a_name_is_never_spelled_out():
    one, other = pupil("1", "Jo", "Li"), pupil("2", "Ja", "Lo")
    assert told_apart([one, other], []) == {"1": "J.L.", "2": "J.L."}


def test_spans_are_replaced_and_full_stops_not_doubled():
    assert replaced("See Zoë Marsh. Bye", {(4, 13): "Z.M."}) == "See Z.M. Bye"
    assert replaced("ab", {}) == "ab"
