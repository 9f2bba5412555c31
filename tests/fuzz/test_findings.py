"""What the fuzzer has found stays mended, and the fuzzer works: `make fuzz SECONDS=600` looks for more."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.dialogue import WIRES, converse
from tests.fuzz.walk import MESSAGES, walk

FINDINGS = Path(__file__).parent / "findings"


@pytest.mark.parametrize("file", sorted(FINDINGS.glob("dialogue-*.bin")), ids=lambda file: file.stem)
def test_a_dialogue_that_was_found(file: Path) -> None:
    step, _, wire = file.read_bytes().partition(b"\n")
    asyncio.run(converse([(wire, int(step))]))


@pytest.mark.parametrize("file", sorted(FINDINGS.glob("walk-*.bin")), ids=lambda file: file.stem)
def test_a_message_that_was_found(file: Path) -> None:
    asyncio.run(walk(file.read_bytes()))


@settings(max_examples=25)
@given(st.lists(WIRES, min_size=8, max_size=8))
def test_any_dialogue(wires: list[tuple[bytes, int]]) -> None:
    asyncio.run(converse(wires))


@settings(max_examples=150)
@given(MESSAGES)
def test_any_message(raw: bytes) -> None:
    asyncio.run(walk(raw))
