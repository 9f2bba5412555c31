"""Files that qpdf, 7z, zip, gpg and openssl made: protected or not, and how strongly, without a wrong answer."""

import shutil

import pytest

from gateway.documents.read import read_document
from tests.documents.programs import MADE


@pytest.mark.parametrize("name", MADE)
def test_a_program_s_file_is_judged_by_what_is_in_it(name):
    program, make, state = MADE[name]
    if program and not shutil.which(program):
        pytest.skip(f"needs {program}")
    document = read_document(make())
    assert (document.protection, document.grade) == state, document.reasons
