"""Official numbers, by their check digits and not by their length."""

import pytest

from gateway.sensitivity.identifiers import (
    card_number,
    cards_in,
    nhs_number,
    ni_number,
    numbers_in,
    uln,
    upn,
)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (nhs_number, "943 476 5919", "943 476 5918"),
        (uln, "1000000043", "1000000042"),
        (card_number, "4111 1111 1111 1111", "4111 1111 1111 1112"),
        (card_number, "5555-5555-5555-4444", "5555-5555-5555-4445"),
        (card_number, "378282246310005", "378282246310006"),
        (card_number, "6759649826438453", "6759649826438454"),
        (ni_number, "QQ123456C".replace("QQ", "AB"), "QQ123456C"),
        (ni_number, "JG 10 37 59 A", "GB 10 37 59 A"),
        (ni_number, "JG103759A", "JO103759A"),
        (ni_number, "JG103759A", "JG000000A"),
    ],
)
def test_official_numbers_are_known_by_their_check_digit_or_letters(check, good, bad):
    assert check(good)
    assert not check(bad)


def test_a_pupil_number_is_known_by_its_letter():
    assert sum(upn(f"{letter}123456789012") for letter in "ABCDEFGHJKLMNPQRTUVWXYZ") == 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("NHS number 943 476 5919.", "an NHS number"),
        ("UPN H801200001001", "a unique pupil number"),
        ("ULN: 1000000043", "a unique learner number"),
        ("Learner (ULN no. 1000000043)", "a unique learner number"),
        ("NI number JG 10 37 59 A", "a National Insurance number"),
    ],
)
def test_numbers_are_found_where_they_stand(text, what):
    ((start, end, found),) = numbers_in(text)
    assert found == what
    assert text[start:end].strip(" :.")


@pytest.mark.parametrize(
    "text",
    [
        "Order 943 476 5918: 30 copies",
        "ring 07700 900111 or 01632 960144",
        "1000000043 pencils",  # right for a ULN, and nothing says that it is one
        "Ref JG10375A",
        "GB 10 37 59 A",
    ],
)
def test_other_numbers_are_none(text):
    assert not list(numbers_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "Card 4111 1111 1111 1111 exp 04/29",
        "Please take it from my Visa, 4111111111111111.",
        "American Express 378282246310005, security code on the telephone",
    ],
)
def test_a_card_is_found_beside_words_that_say_so(text):
    assert len(list(cards_in(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Order no. 4111 1111 1111 1111, delivered on Tuesday",  # passes Luhn, and nothing says that it is a card
        "Card 4111 1111 1111 1112",
        "Card order 1234567812345670",  # Luhn, but no network's
        "Card: 4111 1111 1111 1111 1111 1111",
        "Card reader, serial 41111111111111110",
    ],
)
def test_a_number_that_merely_adds_up_is_no_card(text):
    assert not list(cards_in(text))
