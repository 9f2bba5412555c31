"""
Finds the names of registered people in a line of text.

Text and names are folded alike and compared word by word, so that a name inside
a longer word is no match, and the cost of a search does not grow with the
register. What two names in a row say together ("Bell, Tom", "smithjohn") is put
together afterwards, by the person whom both belong to.
"""

from gateway.register.declined import is_cyrillic, nominatives
from gateway.register.folding import LEET, Word, fold, leet, other_readings, words
from gateway.register.hits import Called, Line, NameHit, Namesakes
from gateway.register.matching import NOBODY, Found, Holders, may_join, shared_by, together
from gateway.register.model import People
from gateway.register.naming import Form, Key, NamedPerson, called, keys, short_forms
from gateway.register.vocabulary import COMMON, GRAMMAR, ORDINARY

_CALLED: tuple[Called, ...] = ("full", "given", "family", "part")
_MOST_NICKNAMED = 200
_GLUE = frozenset("-_.@+/\\") | {"%20"}  # what the words of file names and addresses stand between
_HEAD = 4  # letters that tell most words from every name
_SHORT = 200  # characters of a subject or a file's name, which answers and thirty families' copies bear again
_REMEMBERED = 1_000
_LONGEST_RUN = 60  # letters of two names written as one; more is no name and would cost its square


class NameIndex:
    """Every way of calling every pupil and teacher in the register. Strictly read-only."""

    def __init__(self, people: People) -> None:
        contacts = [contact for school in people.schools for contact in school.staff]
        staff = [each for each in people.staff if each.given_name]  # without one it is a shared mailbox
        self.people: tuple[NamedPerson, ...] = (*people.pupils, *staff, *contacts)
        self.number_of = {id(person): number for number, person in enumerate(self.people)}
        # A holder is person * 4 + form; several holders of one name stand in a tuple.
        self._names: dict[str, int | tuple[int, ...]] = {}
        self._of_several_words: set[str] = set()
        self._longest_from: dict[str, int] = {}  # the words of the longest name that begins with this word
        gathered: dict[str, list[int]] = {}
        seen: dict[tuple[str, Form], tuple[Key, ...]] = {}
        for number, person in enumerate(self.people):
            for name, form in called(person):
                known = seen.get((name, form))
                if known is None:
                    known = seen[name, form] = self._learn(name, form)
                for key in known:
                    holders = gathered.setdefault(key.text, [])
                    holder = number * 4 + key.form
                    if holder not in holders[-6:]:
                        holders.append(holder)
        for text, holders in gathered.items():
            self._names[text] = holders[0] if len(holders) == 1 else tuple(sorted(holders))
        # How names begin, the shortest of them whole: most words of a text begin like none of them.
        self._heads = frozenset(name[:_HEAD] for name in self._names)
        self._lines: dict[str, Line] = {}  # remembered

    def _learn(self, name: str, form: Form) -> tuple[Key, ...]:
        found = tuple(keys(name, form))
        self._of_several_words.update(key.text for key in found if key.several)
        spread = words(name)
        if len(spread) > 1:
            for first in range(len(spread) - 1):  # parts of it too, and names without their first word
                start = spread[first].folded
                self._longest_from[start] = max(self._longest_from.get(start, 2), min(len(spread) - first, 8))
        return found

    def find(self, text: str) -> list[NameHit]:
        """All names in the text, in its order; the longest where several start at one place."""
        return list(self.read(text).hits)

    def read(self, text: str) -> Line:
        """The text's words and all names in it."""
        if len(text) > _SHORT:
            return self._read(text)
        line = self._lines.get(text)
        if line is None:
            if len(self._lines) >= _REMEMBERED:
                self._lines.clear()
            line = self._lines[text] = self._read(text)
        return line

    def _read(self, text: str) -> Line:
        spread = tuple(words(text))
        scanned = self._scan(spread, text)
        if not scanned:
            return Line(text, spread, ())
        found = self._merge(scanned, spread)
        hits = []
        for each in found:
            first, last = spread[each.first], spread[each.last - 1]
            start = min(word.start for word in spread[each.first : each.last])
            end = max(word.end for word in (first, last))
            people = Namesakes(self.people, self.number_of, each.holders)
            form = _CALLED[each.holders.form]
            hits.append(NameHit(start, end, form, people, each.kind, each.first, each.last, each.note))
        return Line(text, spread, tuple(hits))

    def _scan(self, spread: tuple[Word, ...], text: str) -> list[Found]:
        found: list[Found] = []
        position, end = 0, len(spread)
        plain = text.isascii()
        while position < end:
            match = None
            folded = spread[position].folded
            if len(folded) == 1:
                match = self._spaced_letters(spread, position)
            if match is None and position + 1 < end and self._may_begin(folded):
                match = self._joined(spread, position)
            if match is None:
                match = self._single(spread, position, text, plain)
            if match is None:
                position += 1
                continue
            found.append(match)
            position = match.last
        return found

    def _may_begin(self, signs: str) -> bool:
        """Whether a name may begin with these letters, or with those that their digits stand for."""
        if len(signs) < _HEAD or signs[:_HEAD] in self._heads:
            return True
        if signs.isalpha():
            return False
        head = signs[:_HEAD]
        return head.translate(LEET) in self._heads or head.replace("1", "l").translate(LEET) in self._heads

    def _holders(self, key: str) -> Holders:
        posting = self._names.get(key)
        if posting is None:
            return NOBODY
        return Holders((posting,) if isinstance(posting, int) else posting)

    def _single(self, spread: tuple[Word, ...], position: int, text: str, plain: bool) -> Found | None:
        word = spread[position]
        folded = word.folded
        if folded in self._names:
            return Found(position, position + 1, self._holders(folded), ORDINARY.get(folded, ""))
        usual = plain or text[word.start : word.end].isascii()
        if not usual or "rn" in folded or folded[0] == "l":
            for reading in other_readings(word, text):
                if reading in self._names:
                    holders, kind = self._holders(reading), ORDINARY.get(reading, "")
                    return Found(position, position + 1, holders, kind, "in other letters")
        if not usual and word.capital and is_cyrillic(folded):
            for nominative in nominatives(folded):
                if nominative in self._names:
                    holders, kind = self._holders(nominative), ORDINARY.get(nominative, "")
                    return Found(position, position + 1, holders, kind, "declined")
        if folded in COMMON or len(folded) < 5:
            return None
        return (
            self._inflected(spread, position)
            or self._run_together(spread, position)
            or self._with_initial(spread, position)
        )

    def _inflected(self, spread: tuple[Word, ...], position: int) -> Found | None:
        """A possessive without its apostrophe, a plural: "Niamhs homework", "the Okonkwos"."""
        folded = spread[position].folded
        if not folded.endswith("s"):
            return None
        after = spread[position + 1].folded if position + 1 < len(spread) else ""
        before = spread[position - 1].folded if position else ""
        holders = self._holders(folded[:-1])
        if not holders or folded[:-1] in ORDINARY:
            return None
        if after in GRAMMAR["personal"] or (before == "the" and holders.families):
            return Found(position, position + 1, holders, "", "with an s")
        return None

    def _run_together(self, spread: tuple[Word, ...], position: int) -> Found | None:
        """Two names of one person, or a name and a school word: "smithjohn", "niamhreport"."""
        folded = spread[position].folded
        names = self._names
        if folded[:_HEAD] not in self._heads and folded[:3] not in names and folded[:2] not in names:
            return None
        if folded in ORDINARY or len(folded) > _LONGEST_RUN or not folded.isalpha():
            return None
        for cut in range(len(folded) - 2, 1, -1):
            left, right = folded[:cut], folded[cut:]
            one = self._names.get(left)
            if one is None:
                continue
            if cut > 3 and right in GRAMMAR["personal"] and left not in ORDINARY:
                return Found(position, position + 1, self._holders(left), "", "run together")
            if self._names.get(right) is not None:
                shared = shared_by(self._holders(left), self._holders(right))
                if shared:
                    return Found(position, position + 1, shared, "", "run together")
        return None

    def _with_initial(self, spread: tuple[Word, ...], position: int) -> Found | None:
        """A name and the other's initial, as in the names of files and accounts: "jsmith", "smithj", "johns"."""
        word = spread[position]
        behind = spread[position + 1].gap if position + 1 < len(spread) else " "
        if not (behind in _GLUE or (position and word.gap in _GLUE)):
            return None
        folded = word.folded
        for name, letter in ((folded[1:], folded[0]), (folded[:-1], folded[-1])):
            holders = self._holders(name)
            if len(name) < 4 or not holders or len(holders) > _MOST_NICKNAMED:
                continue
            if letter == folded[-1] and (name in ORDINARY or letter == "s"):
                continue
            so = [number for number in holders if letter in self._other_initials(number, holders)]
            if so:
                return Found(position, position + 1, Holders.in_full(so), "", "run together")
        return None

    def _other_initials(self, number: int, holders: Holders) -> set[str]:
        """The initials of the first names of somebody whose surname was found, or the other way round."""
        person = self.people[number]
        if holders.form_of(number) is Form.FAMILY:
            names = [name for name, form in called(person) if form is Form.GIVEN]
        else:
            names = [person.family_name]
        return {fold(name)[:1] for name in names if name}

    def _joined(self, spread: tuple[Word, ...], position: int) -> Found | None:
        """The longest run of words from here that spells one name: "Jean Luc", "Xiao Ming", "O Neill", "N1amh"."""
        most = self._longest_from.get(spread[position].folded, 2)
        last = position + 1
        key = signs = spread[position].folded
        best: Found | None = None
        while last < len(spread):
            word = spread[last]
            gap = word.gap
            if len(gap) > 2 or (gap and gap.strip(" '-._@$")):
                break
            if last - position >= most and gap in ("", "@", "$"):
                most = min(last - position + 1, 6)  # letters in other signs come in several pieces
            if last - position >= most:
                break
            key += word.folded
            signs += ("a" if gap == "@" else "s" if gap == "$" else "") + _as_small(word, gap)
            last += 1
            if not (self._may_begin(key) or self._may_begin(signs)):
                break
            if key in self._names:
                pieces = spread[position:last]
                if key in self._of_several_words or may_join(pieces, key):
                    best = Found(position, last, self._holders(key), ORDINARY.get(key, ""))
            elif gap in ("", "@", "$") and best is None:
                others = (
                    (leet(signs), leet(signs.replace("1", "l")), signs)
                    if "1" in signs
                    else (leet(signs), signs)
                )
                for other in others if len(signs) > 3 else ():
                    if len(other) > 3 and other in self._names:
                        kind = ORDINARY.get(other, "")
                        best = Found(position, last, self._holders(other), kind, "in other signs")
        return best

    def _spaced_letters(self, spread: tuple[Word, ...], position: int) -> Found | None:
        """Letters set apart that spell a name: "N I A M H"; three with dots are initials."""
        end = position
        gap = spread[position + 1].gap if position + 1 < len(spread) else ""
        while (
            end < len(spread)
            and end - position <= _LONGEST_RUN
            and len(spread[end].folded) == 1
            and spread[end].folded.isalpha()
            and spread[end].folded.isascii()
            and (end == position or (gap and spread[end].gap == gap))
        ):
            end += 1
        count = end - position
        if not 3 <= count <= _LONGEST_RUN or (count == 3 and "." in gap):
            return None
        key = "".join(word.folded for word in spread[position:end])
        holders = self._holders(key)
        if not holders:
            for cut in range(2, count - 1):
                if key[:cut] not in self._names or key[cut:] not in self._names:
                    continue
                holders = shared_by(self._holders(key[:cut]), self._holders(key[cut:]))
                if holders:
                    break
        if not holders:
            return None
        return Found(position, end, holders, ORDINARY.get(key, ""), "letters set apart")

    def _merge(self, found: list[Found], spread: tuple[Word, ...]) -> list[Found]:
        """Neighbouring names of one person become one full name."""
        merged: list[Found] = []
        for each in found:
            if merged:
                whole = together(merged[-1], each, spread)
                if whole is not None:
                    merged[-1] = whole
                    continue
            merged.append(each)
        return [self._with_nickname(each, spread) for each in merged]

    def _with_nickname(self, each: Found, spread: tuple[Word, ...]) -> Found:
        """A short form that is not registered, beside the family name: "Tommy Bell"."""
        if len(each.holders) > _MOST_NICKNAMED or not each.holders.families:
            return each
        for position in (each.first - 1, each.last):
            if not 0 <= position < len(spread) or not spread[position].capital:
                continue
            gap = spread[max(position, each.first)].gap if position < each.first else spread[position].gap
            if gap.strip(" ,-._"):
                continue
            short = spread[position].folded
            called_so = [
                number
                for number in each.holders
                if each.holders.form_of(number) is Form.FAMILY and short in short_forms(self.people[number])
            ]
            if called_so:
                first, last = min(each.first, position), max(each.last, position + 1)
                return Found(first, last, Holders.in_full(called_so), "", "a short form of the name")
        return each


def _as_small(word: Word, gap: str) -> str:
    """A capital I inside a word passes for a small l: "OIiver" is two pieces here, "O" and "Iiver"."""
    return word.shown.replace("I", "l").casefold() if not gap and word.shown.startswith("I") else word.folded
