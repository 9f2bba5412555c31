"""A password that free programs break is told apart from one that holds."""

import pytest

from filters.weak_protection import FILTER
from gateway.documents.read import read_document
from gateway.remedy.protect import protect
from tests.documents.test_protection import aes_zip, pdf, plain_zip, traditional_zip
from tests.filters.sensitive import REGISTER, message

WEAK = {
    "traditional zip": traditional_zip,
    "PDF under RC4": lambda: pdf(user="secret", owner="other", R=3, aes=False, metadata=False),
    "a strong file beside a weak one": lambda: plain_zip(a=aes_zip(x=b"y"), b=traditional_zip()),
}


def found(data, to="ana@family.example"):
    made = message("Hello", to, attached=data)
    return made, list(FILTER.inspect(made, REGISTER, FILTER.settings()))


@pytest.mark.parametrize("name", WEAK)
def test_weak_protection_is_found_and_wrapped_in_strong(name):
    made, [finding] = found(WEAK[name]())
    protected, [file] = protect(made.raw, frozenset(finding.remedy.parts), "six words")
    assert file.name == "attachment-1.zip"
    assert WEAK[name]() not in protected


@pytest.mark.parametrize("make", [lambda: aes_zip(a=b"x"), lambda: plain_zip(a=b"x"), lambda: b"text"])
def test_strong_and_open_files_are_another_matter(make):
    assert found(make())[1] == []


def test_inside_the_agency_nothing_is_asked():
    assert found(traditional_zip(), to="dsl@agency.example")[1] == []


def test_the_wrapped_file_is_strong():
    assert read_document(aes_zip(a=traditional_zip())).grade == "strong"
