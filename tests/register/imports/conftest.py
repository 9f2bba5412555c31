"""The sample bundles, and a way to read them."""

from datetime import date
from pathlib import Path

import pytest

from gateway.register.imports.bundle import Options, read_bundle
from gateway.register.model import People
from gateway.register.problems import RegisterProblem
from gateway.register.register import Agency

SAMPLES = Path(__file__).parent.parent / "samples"
AGENCY = Agency(name="Brightpath Tutors", domains=("brightpath-tutors.example",))
TODAY = date(2026, 11, 20)


@pytest.fixture
def sample():
    """Gives the files of a sample by name."""
    return lambda name: {each.name: each.read_bytes() for each in (SAMPLES / name).iterdir()}


@pytest.fixture
def read():
    """Reads files into a register: ``read(files, old, **options)``."""

    def reading(files, old=People(), **options):
        return read_bundle(files, AGENCY, old, Options(**options), today=TODAY)

    return reading


@pytest.fixture
def defects(read):
    """The lines of the refusal of files."""

    def refused(files, old=People(), **options):
        with pytest.raises(RegisterProblem) as caught:
            read(files, old, **options)
        return str(caught.value).splitlines()

    return refused
