"""What single cells say."""

from datetime import date

import pytest

from gateway.register.imports.cells import clean, read_addresses, read_date, read_flag, read_list


@pytest.mark.parametrize(
    "text",
    [
        "2012-04-03",
        "2012-4-3",
        "2012/04/03",
        "20120403",
        "03/04/2012",
        "3/4/2012",
        "3.4.2012",
        "03-04-2012",
        "3 Apr 2012",
        "3 April 2012",
        "3rd April 2012",
        "03-Apr-2012",
        "April 3, 2012",
        "2012-04-03T00:00:00",
        "2012-04-03 00:00:00",
        "2012-04-03T00:00:00.000Z",
        "03/04/2012 00:00",
    ],
)
def test_dates_are_read_as_people_write_them_the_day_first(text):
    assert read_date(text) == date(2012, 4, 3)


@pytest.mark.parametrize(
    "text", ["31/02/2012", "04/13/2012", "3/4/12", "2012", "41002", "soon", "2012-13-01", "00/00/0000"]
)
def test_what_is_no_date_is_none(text):
    with pytest.raises(ValueError):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("Yes", True), ("y", True), ("1", True), ("No", False), ("FALSE", False), ("0", False)],
)
def test_yes_and_no(text, value):
    assert read_flag(text) is value


@pytest.mark.parametrize("text", ["maybe", "2", "yes?"])
def test_neither_yes_nor_no(text):
    with pytest.raises(ValueError):
        read_flag(text)


def test_several_values_in_one_cell():
    assert read_list("c1; c2,c3 | c4\nc5") == ["c1", "c2", "c3", "c4", "c5"]
    assert read_addresses("a@x.example; b@x.example c@x.example") == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]
    assert read_addresses("Ana Roe <ana@x.example>, mailto:b@x.example <b@x.example>") == [
        "ana@x.example",
        "b@x.example",
    ]


def test_space_and_the_apostrophe_that_guards_a_formula_go():
    assert clean("\u00a0 Ada \u200b") == "Ada"
    assert clean("'+447700900123") == "+447700900123"
    assert clean("'Ama") == "'Ama"
