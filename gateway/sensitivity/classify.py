"""
The classifier: who, what and form, near one another.

A text is sensitive when words of a special category stand near signs of one
identifiable child, in something that is not a lesson, a policy or an empty form.
Every answer comes with its evidence.
"""

from bisect import bisect_left
from collections import defaultdict

import msgspec

from gateway.mail.document import Document, Signal
from gateway.register.register import Register
from gateway.sensitivity.assessment import LEVELS, Assessment, Level, Reason
from gateway.sensitivity.context import CLAIMED, Context
from gateway.sensitivity.papers import papers_of
from gateway.sensitivity.person import ALOOF, WRITER, Who
from gateway.sensitivity.second_look import looked_again, promises
from gateway.sensitivity.vocabulary import PAPERS
from gateway.sensitivity.who import who_in

_WHOLE = 3.0  # beyond doubt who it is
_SURE = 1.9  # from that weight on a person is one whom everything within reach may be about
_KNOWN = 2.0  # more than a name that no register knows
_TELLING = 3  # the weight of words that are hardly ever written but about a person
_MUCH = 4  # what several other words weigh together
_RECORD = -3.0  # from there on it is a record about somebody
_HARDLY = 1.4  # of whom nothing is said in their own sentence
_NEARLY = 1.9  # a name that no register knows
_RATHER = 3.0  # how many times more has to be said of a stranger than speaks for a lesson
_HINT = 1.5  # a first name in a row with what is told of its bearer
_DOUBTFUL = 0.9  # a name whose owner the text need not be about: below every line
_OFTEN = 12  # times that one word is looked at in a stretch
_PLAINLY = 2  # said of a stranger, in a paper that is no lesson: it needs no more
# A word of these alone ("prison", "bursary") is more often talked of than told of somebody.
_TALKED_OF = frozenset({"offending", "court", "finance"})
_LITTLE = 1.0  # what one word says of a paper, which may be chance
_NOISE = 2.5  # what a record may look like a lesson or policy before that counts against what is said of a named child
_TUITION = 0.5  # how much of a lesson's words does not speak against what is said of a child
_CERTAIN = 20.0  # what only a lesson or policy looks like
_NAMES = ("a person's name", "a person's first name", "a pupil's name", "a pupil's full")
_STRANGERS = "a person's"
_PLENTY = 8.0  # so much is hardly told of nobody
_MANY = 4  # people in one stretch: a list, a meeting
_CLOSE = 100  # characters: about a sentence
_MOST = 40  # reasons that are told
_REACH = 600  # characters between a person and what is said of them


class _Best(msgspec.Struct, frozen=True):
    """The stretch that says most: how sure the person is, what is said, and what of it is said of that person."""

    who: float = 0.0
    said: float = 0.0
    claimed: float = 0.0
    signals: tuple[Signal, ...] = ()
    people: tuple[Who, ...] = ()
    passage: int = 0
    names: int = 0


def is_weighed(document: Document) -> bool:
    """Whether there is a sensitive word, or enough ordinary ones; without them `assess` does not look at the text."""
    return promises(document) or any(signal.kind not in PAPERS for signal in document.signals)


def assess(document: Document, register: Register) -> Assessment:
    """Weigh a document: by the rules, then by what was learnt. Costs nothing where neither found a word."""
    return looked_again(document, register, by_rules(document, register))


def by_rules(document: Document, register: Register) -> Assessment:
    """What the written rules say of a document."""
    what = [signal for signal in document.signals if signal.kind not in PAPERS]
    if not what:
        return Assessment(None)
    papers = papers_of(document)
    best = _Best()
    by_passage: dict[int, list[Signal]] = defaultdict(list)
    for signal in what:
        by_passage[signal.passage].append(signal)
    for passage, signals in by_passage.items():
        text = document.passages[passage].text
        for start, end in _windows(signals, len(text)):
            inside = [each for each in signals if start <= each.start < end]
            found = _weigh(
                text[start:end], [_shifted(each, start) for each in inside], register, best, papers
            )
            if found is not None:
                best = msgspec.structs.replace(
                    found,
                    signals=tuple(_shifted(each, -start) for each in found.signals),
                    people=tuple(_moved(each, start) for each in found.people),
                    passage=passage,
                )
                made = _conclude(best, papers, document)
                if made.level == LEVELS[-1]:
                    return made  # nothing further makes it worse
    return _conclude(best, papers, document)


def _weigh(
    text: str, signals: list[Signal], register: Register, best: _Best, papers: dict[str, float]
) -> _Best | None:
    """What one stretch says, if that is more than the best so far. Each different word counts once."""
    most: dict[str, int] = {}
    for each in signals:
        word = text[each.start : each.end].casefold()
        most[word] = max(most.get(word, 0), each.weight)
    if _WHOLE * sum(most.values()) <= best.who * best.said:
        return None  # whoever it is about, it says less: names need not be looked for
    people = _told_of(who_in(text, register), signals, text)
    who = min(_weight_who(people), _WHOLE)
    if who < _SURE:
        signals = [each for each in signals if _close(each, people)]
    words: dict[str, list[Signal]] = defaultdict(list)
    for each in signals:
        words[text[each.start : each.end].casefold()].append(each)
    if who * sum(found[0].weight for found in words.values()) <= best.who * best.said:
        return None
    context = Context(text, people, sure=who >= _SURE, lesson=_against(papers) > _NOISE)
    said = claimed = 0.0
    kept: list[Signal] = []
    for found in words.values():
        shares = [(context.share(each.start, each.end), each) for each in found[:_OFTEN]]
        share, each = max(shares, key=lambda pair: pair[0])
        said += each.weight * min(share, 1.0)
        claimed += each.weight if share >= CLAIMED else 0.0
        kept += [each for share, each in shares if share]
    if who < _SURE and all(each.weight < _TELLING for each in kept) and said < _MUCH:
        return None  # a first name in a sentence with ordinary words
    if who * said <= best.who * best.said:
        return None
    names = {
        text[each.start : each.end].casefold().split()[0] for each in people if each.why.startswith(_NAMES)
    }
    kept.sort(key=lambda each: each.start)
    return _Best(who, said, claimed, tuple(kept), tuple(people), names=len(names))


def _told_of(people: list[Who], signals: list[Signal], text: str) -> list[Who]:
    """A mere first name is surer where its own row or sentence goes on with a telling word: "Sam - nut allergy"."""
    starts = [each.start for each in signals if each.weight >= _PLAINLY]
    sure = []
    for each in people:
        if each.weight < _HINT and each.why.startswith(_NAMES):
            place = bisect_left(starts, each.end)
            if (
                place < len(starts)
                and starts[place] - each.end <= _CLOSE
                and "\n" not in text[each.end : starts[place]]
            ):
                each = msgspec.structs.replace(each, weight=_HINT)
        sure.append(each)
    return sure


def _shifted(signal: Signal, by: int) -> Signal:
    return msgspec.structs.replace(signal, start=signal.start - by, end=signal.end - by)


def _windows(signals: list[Signal], length: int) -> list[tuple[int, int]]:
    """The stretches of a passage within reach of a sensitive word, joined where they touch."""
    joined: list[tuple[int, int]] = []
    for signal in signals:
        start, end = max(0, signal.start - _REACH), min(length, signal.end + _REACH)
        if joined and start <= joined[-1][1] and end - joined[-1][0] < 20_000:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _close(signal: Signal, people: list[Who]) -> bool:
    return any(who.start - _CLOSE <= signal.end and signal.start <= who.end + _CLOSE for who in people)


def _moved(who: Who, by: int) -> Who:
    return msgspec.structs.replace(who, start=who.start + by, end=who.end + by)


def _weight_who(people: list[Who]) -> float:
    """The strongest sign, and half of what other kinds of signs add."""
    strongest: dict[str, float] = {}
    for each in people:
        kind = _STRANGERS if each.why.startswith(_STRANGERS) else each.why
        strongest[kind] = max(strongest.get(kind, 0.0), each.weight)
    ordered = sorted(strongest.values(), reverse=True)
    return ordered[0] + sum(ordered[1:]) / 2 if ordered else 0.0


# The strictest line that both weights reach counts: the surer it is whom a text is about, the less
# it needs to say.
_LEAST: tuple[tuple[Level, float, float], ...] = (
    ("high", 2.5, 4),
    ("medium", 2.0, 2),
    ("medium", 1.5, 3),
    ("medium", 1.3, 6),
    ("low", 1.0, 2.5),
)


def _against(papers: dict[str, float]) -> float:
    """How much more the paper looks like a lesson or a policy than like a record."""
    return papers.get("lesson", 0.0) + papers.get("policy", 0.0) - papers.get("record", 0.0)


def _stranger(who: Who) -> bool:
    return who.weight < _KNOWN and not who.about and who.why.startswith(("a person", "initials"))


def _conclude(best: _Best, papers: dict[str, float], document: Document) -> Assessment:
    who, said = best.who, best.said
    against = _against(papers)
    # Tutors write of a child's troubles among marks and homework, but not in a story or a policy.
    unlikely = against - _TUITION * (papers.get("lesson", 0.0) - papers.get("invented", 0.0))
    if against > 0:
        said = max(
            said - max(0.0, against - _LITTLE),
            best.claimed - max(0.0, unlikely - _NOISE),
            best.claimed / 3 if against < _CERTAIN else 0.0,
        )
    strong = [each for each in best.people if each.weight >= _SURE]
    if (
        strong
        and not best.claimed
        and all(each.why in (ALOOF if against > 0 else (WRITER,)) for each in strong)
    ):
        who = min(who, _DOUBTFUL)  # a lesson's paper with a pupil's name on top is the pupil's work
    if (against > 0 or papers.get("record", 0.0) <= 0) and all(
        _stranger(each) for each in best.people if each.weight > 1
    ):
        # People of history, characters, authors, unless much more is said than speaks for such a paper.
        who = min(
            who,
            _DOUBTFUL
            if against * _RATHER > best.said and unlikely * _RATHER > best.claimed
            else _NEARLY
            if best.claimed or papers.get("record", 0.0) >= _NOISE or (against <= 0 and best.said >= _PLENTY)
            else 1.0,
        )
    other = papers.get("lesson", 0.0) + papers.get("policy", 0.0)
    if best.claimed < 2 and ((said < 3 and other > 0) or best.names >= _MANY):
        return Assessment(None)  # one word, of nobody; or several people, and nothing said of one
    heaviest = max((each.weight for each in best.signals), default=0)
    if heaviest < 2 and said < 4:
        return Assessment(None)  # a few ordinary words prove nothing, whoever they stand beside
    level = next((level for level, people_, said_ in _LEAST if who >= people_ and said >= said_), None)
    plainly = best.claimed >= _PLAINLY and heaviest >= _PLAINLY and against <= 0
    if level != "high" and who >= _SURE and plainly:
        level = "medium"
    if level == "medium" and said <= _PLAINLY and papers.get("record", 0.0) <= _LITTLE:
        kinds = {each.kind for each in best.signals}
        level = None if kinds <= _TALKED_OF else level
    if level is None:
        return Assessment(None)
    return Assessment(
        level,
        tuple(_reasons(best, document)),
        tuple(sorted({each.kind for each in best.signals})),
        tuple(sorted({each.about for each in best.people if each.about})),
    )


def _reasons(best: _Best, document: Document) -> list[Reason]:
    """What weighed: the surest sign of each kind, the weightiest words, the markings; then the others in their order."""
    text = document.passages[best.passage].text
    people = sorted(best.people, key=lambda each: -each.weight)
    first = list({each.why: each for each in reversed(people)}.values())[::-1][:3]
    words = sorted(best.signals, key=lambda each: -each.weight)
    said = list({text[each.start : each.end].casefold(): each for each in reversed(words)}.values())[::-1]
    marked = [each for each in document.signals if each.kind == "marking"][:2]
    found = [Reason(best.passage, each.start, each.end, each.why) for each in first]
    found += [_reason(document, each, best.passage) for each in said[:4]]
    found += [_reason(document, each, each.passage) for each in marked]
    found += [_reason(document, each, best.passage) for each in said[4:]]
    found += [Reason(best.passage, each.start, each.end, each.why) for each in best.people]
    places = {(each.passage, each.start, each.end): each for each in reversed(found)}  # one reason a place
    return [each for each in dict.fromkeys(found) if places[each.passage, each.start, each.end] is each][
        :_MOST
    ]


def _reason(document: Document, signal: Signal, passage: int) -> Reason:
    """A word to its end: of "epilep*" the list has the beginning."""
    text, end = document.passages[passage].text, signal.end
    while end < len(text) and text[end].isalpha() and text[end - 1].isalpha():
        end += 1
    return Reason(passage, signal.start, end, signal.kind)
