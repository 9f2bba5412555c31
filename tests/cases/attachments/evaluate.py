"""
``make evaluate``, second half: attachments. Protection and sensitivity, format by format, with every wrong one.

Each invented text is judged in each format; each file of ``tests/documents`` whose
state of protection is known is judged too.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.table import Table

from gateway.documents.read import read_document
from gateway.register.vocabulary import read_toml
from gateway.sensitivity.classify import assess
from gateway.sensitivity.vocabulary import Vocabulary, read_words
from tests.cases.attachments.formats import FORMATS
from tests.cases.attachments.texts import Text, read_texts, read_unseen
from tests.documents.programs import State, made
from tests.documents.test_containers import CONTAINERS
from tests.documents.test_protection import SAMPLES
from tests.documents.test_traps import TRAPS
from tests.sensitivity.test_classify import REGISTER

WORDS = Vocabulary(read_words(read_toml("special_category")))


def level_of(text: Text, make: Callable[[str], bytes]) -> str:
    """The level that the file made of a text is given; "" for not sensitive."""
    return assess(read_document(make(text.text), vocabulary=WORDS), REGISTER).level or ""


def counted(texts: Iterable[Text], make: Callable[[str], bytes]) -> tuple[Counter[str], list[str]]:
    """How often the answer was a hit, a false alarm or a miss, and the wrong ones."""
    count: Counter[str] = Counter()
    wrong = []
    for text in texts:
        found = level_of(text, make) in ("medium", "high")
        count[
            "hit" if found and text.sensitive else "alarm" if found else "miss" if text.sensitive else "rest"
        ] += 1
        if found != text.sensitive:
            wrong.append(f"{text.id} ({text.form}): {'false alarm' if found else 'missed'}")
    return count, wrong


def precision(count: Counter[str]) -> float:
    """The share of the alarms that were right."""
    return count["hit"] / max(1, count["hit"] + count["alarm"])


def recall(count: Counter[str]) -> float:
    """The share found of what is sensitive."""
    return count["hit"] / max(1, count["hit"] + count["miss"])


def protection() -> Iterable[tuple[str, Callable[[], bytes], State]]:
    """Every file whose true state is known."""
    for name, (make, state) in {**SAMPLES, **TRAPS, **CONTAINERS}.items():
        yield name, make, state
    yield from made()


def main() -> int:
    """Print both tables; 1 where protection was judged wrongly."""
    console = Console(highlight=False, soft_wrap=True)
    texts = read_texts()
    table = Table(box=None, pad_edge=False)
    for title in ("sensitivity", "right", "false alarms", "missed", "precision", "recall", "held-out half"):
        table.add_column(title, justify="left" if title == "sensitivity" else "right")
    lines: list[str] = []
    for form, make in FORMATS.items():
        count, wrong = counted(texts, make)
        held, _ = counted((text for text in texts if text.held_out), make)
        table.add_row(
            form, str(count["hit"]), str(count["alarm"]), str(count["miss"]), f"{precision(count):.3f}",
            f"{recall(count):.3f}", f"{precision(held):.3f} {recall(held):.3f}",
        )  # fmt: skip
        lines += [f"{form}: {line}" for line in wrong]
    console.print(f"\n{len(texts)} texts in {len(FORMATS)} formats")
    console.print(table)
    _list(console, lines)
    _unseen(console)
    judged = [(name, read_document(make()), state) for name, make, state in protection()]
    lines = [
        f"{name}: {each.protection} {each.grade}, and is {state[0]} {state[1]}"
        for name, each, state in judged
        if (each.protection, each.grade) != state
    ]
    console.print(f"\nprotection: {len(judged) - len(lines)} of {len(judged)} files right")
    _list(console, lines)
    return 1 if lines else 0


def _unseen(console: Console) -> None:
    """What the texts of others measure; of those that are never tuned on the wrong ones are counted, not named."""
    console.print("\ntexts of somebody who knew neither words nor rules, as plain text")
    for name, named in (
        ("rounds.txt", True),
        ("unseen_dev.txt", True),
        ("unseen_test.txt", False),
        ("unseen_rounds.txt", False),
        ("blind_kind_a.txt", False),
        ("blind_kind_b.txt", False),
        ("blind_kind_c.txt", False),
        ("blind_kind_d.txt", False),
        ("blind_kind_e.txt", False),
        ("blind_kind_f.txt", False),
        ("blind_mean.txt", False),
        ("blind_final.txt", False),
    ):
        texts = read_unseen(name)
        count, wrong = counted(texts, str.encode)
        console.print(
            f"{name}: {len(texts)} texts, {count['alarm']} false alarms, {count['miss']} missed: "
            f"precision {precision(count):.3f}, recall {recall(count):.3f}"
        )
        _list(console, wrong if named else [])


def _list(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.print(f"  {line}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
