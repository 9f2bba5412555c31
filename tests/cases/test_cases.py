"""Our own labelled messages: no rule decides an uncontested one wrongly."""

from pathlib import Path

import pytest

from gateway.commands.check import read_cases
from gateway.commands.evaluate import Outcome, judged, scores, settings_beside

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/cases.jsonl"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
async def test_no_uncontested_message_is_judged_wrongly(file):
    cases = read_cases(file)
    outcomes = await judged(settings_beside(file, cases), file, cases)
    wrong = [
        f"{each.case.id} ({each.case.why}): fired {sorted(each.fired)}, labelled {sorted(each.case.expected)}"
        for each in outcomes
        if not each.case.contested and each.fired != frozenset(each.case.expected)
    ]
    assert wrong == []
    assert len(outcomes) == len(cases) > 0


def test_precision_and_recall_count_uncontested_cases_alone():
    file = FILES[0]
    case = read_cases(file)[0]
    plain = type(case)("x", "f", "m", ("r",), "2026-01-01T00:00:00+00:00", ("a",))
    disputed = type(case)("x", "f", "m", ("r",), "2026-01-01T00:00:00+00:00", ("a",), contested=True)
    outcomes = [
        Outcome(file, plain, frozenset({"a"})),
        Outcome(file, plain, frozenset({"b"})),
        Outcome(file, disputed, frozenset({"b"})),
    ]
    found = {score.rule: (score.hits, score.false_alarms, score.misses) for score in scores(outcomes)}
    assert found == {"a": (1, 0, 1), "b": (0, 1, 0)}
    assert [score.recall for score in scores(outcomes)] == [0.5, 1.0]
    assert [score.precision for score in scores(outcomes)] == [1.0, 0.0]
