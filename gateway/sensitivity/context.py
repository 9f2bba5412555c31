"""
What the sentence around a sensitive word makes of it. Pure.

"Freya takes insulin" is said of a child; "children who take insulin" of nobody;
"no asthma" says that there is nothing.
"""

import re
from bisect import bisect_left

from gateway.sensitivity.person import ALOOF, Who

_SENTENCE = 240  # characters: no sentence is looked at further than that from its word
# The weight of a person whom no register knows and who is named all the same; in a lesson or policy it has to be more.
_NAMED = {False: 1.5, True: 1.9}
_EARLIER = 300  # characters back in which "she" has a name to stand for

_END = re.compile(r"[.!?]['\"’”)]?\s|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)]\s))|[;]\s")
_DENIED = re.compile(
    r"\b(?:no|nil|never had|denie[sd]|without(?: any)?|(?:does|do|did|has|have|is|was)(?:n['’]t| not) (?:got |had |been |on )?"
    r"|not(?: on| aware of| known to)?|free of|free from)"
    r"(?: (?:known|current|recent|new|further|other|any|a|an|the|history of|signs? of|evidence of|medical|special|safeguarding"
    r"|health|welfare|formal|reported|underlying|\w+ or|\w+, \w+ or)){0,3} ?$",
    re.IGNORECASE,
)
_ANYBODY = re.compile(
    r"\b(?:(?:children|pupils|students|people|patients|teenagers|adolescents|adults|learners|families|parents|carers|women"
    r"|men|girls|boys|tutors|teachers|staff|youngsters|sufferers|individuals|candidates|visitors|applicants|characters"
    r"|young people|child|pupil|student|person|learner|teenager|patient|tutor|parent|anyone|anybody|somebody|someone|everyone)"
    r" (?:with|who|whose|in|may|might|can|must|should|has|have|are|will|do|shall|that)\b"
    r"|(?:any|every|each|some|many|most|all|few|half|if (?:a|an|your|you)|when (?:a|an|your|you)|your|\d+ per ?cent of) "
    r"(?:\w+ )?(?:child(?:ren)?|pupils?|students?|people|young person|learners?|patients?|teenagers?|them|famil\w+|parents?)\b"
    r"|\b(?:must|should|shall|may|might)\b|\bhow to\b|\bwhat is\b|\bwhat are\b|\bfor (?:example|instance)\b|\be\.g\."
    r")",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:he|she|him|his|her|hers|he's|she's|they|their|them)\b", re.IGNORECASE)
_LINK = re.compile(
    r"\b(?:has|had|have|is|was|are|were|been|be|takes?|taking|took|uses?|used|using|needs?|gets?|got|getting|wears?|said|says"
    r"|told|tells|lives?|finds?|found|went|goes|came|comes|suffer\w*|struggl\w+|start\w*|stopp\w+|scor\w+|receiv\w+|attend\w*"
    r"|diagnos\w+|admitted|referred|see[ns]?|saw|missed|works?|reads?|on|under|because|since|after|due|with|does|did|doesn't"
    r"|can|can't|cannot|will|won't|not|disclosed|asked|asks|and|in|presents?|show\w*|report\w*|feels?|felt|eats?|ate|sleep\w*)\b",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"\b(?:book|novel|film|movie|poem|essay|story|chapter|article|documentary|scene|quotations?|worksheet|textbook|presentation|debate"
    r"|homework on|revis(?:e|ed|es|ing|ion)|past paper|case stud\w+|the play|the character|the author|the poet|the topic"
    r"|(?:learn\w*|read\w*|wr[oi]t\w+|talk\w*|project|unit|lesson|module|speech|studied|studying|research\w*) (?:about|on|into)"
    r"|can (?:now )?explain|to explain|explained (?:how|why|what|\w+ and)|poster|model of|topic|unit on|in the test|in class we|she will learn|he will learn|will learn"
    r"|certify|completed the|award|awareness|quiz|diagram|experiment|dissect\w*|prototype|EPQ|sermon|song|lyrics|musical|drama club|exhibition|podcast|we covered|we looked at|have covered|has covered|wants? to (?:be|become|study|train)"
    r"|would like to (?:be|become|study)|hopes? to (?:be|become|study)|work experience|volunteer\w*|career|apprentic\w+|works? as an?"
    r"|raised|sponsored|fundrais\w+|in aid of|charity|donat\w+)\b",
    re.IGNORECASE,
)


_MINE = re.compile(
    r"\bI(?:['’]m| am|['’]ve(?: got)?| have(?: got)?| had| was|['’]ll be)(?: (?!that|about|of|told|seen|noticed|concern|worried|aware|found|heard)[\w'’-]+){0,4} $"
    r"|\bmy (?:own )?(?:(?!son|daughter|child|boy|girl|lad|grand|eldest|youngest|twin|nephew|niece|step|foster|pupil|student|concern|worry)[\w'’-]+ ){0,2}$"
)
_DEAR = re.compile(r"(?:^|\n)[ \t]*(?:dear|hi|hello|hey)[ ,]+$", re.IGNORECASE)
_YOU = re.compile(r"\byou(?:['’]re|['’]ve|r|rself)?\b", re.IGNORECASE)
_MYSELF = re.compile(
    r"\b(?:my name is|about me|(?-i:I['’]m [A-Z]|I am [A-Z]))|\b(?:my|our) (?:\w+ )?(?:son|daughter|child|boy|girl|sister|brother)\b",
    re.IGNORECASE,
)


_FIELD = re.compile(
    r"\b(?:medical|condition|diagnos|allerg|medic|need|sen|send|diet|status|health|disab|concern|worry|risk|reason|ethnic|relig|faith"
    r"|impact|background|history|language|category|behaviour|notes?|information|anything)[\w /'’(),?-]{0,60}[:?][ \t]*(?:yes\W{1,3})?"
    r"(?:[\w'’-]+[ ,]+){0,6}$",
    re.IGNORECASE,
)

CLAIMED = 2.0
_BESIDE = 6  # characters between a name and what follows it at once
_DASHES = " \t\n–—-:|,;("
_ANYBODYS = 0.3


class Context:
    """
    A stretch of text and the people in it, in order of their places; *sure* if it is certain who they are, *lesson* if the paper
    looks like one or like a policy.
    """

    def __init__(self, text: str, people: list[Who], *, sure: bool, lesson: bool = False) -> None:
        self._text = text
        self._sure = sure
        self._adult = _MYSELF.search(text) is None
        self._named = [
            each for each in people if each.why not in ALOOF and (each.about or each.weight >= _NAMED[lesson])
        ]
        self._addressed = any(
            _DEAR.search(text, max(0, each.start - 12), each.start) for each in self._named[:3]
        )
        self._places = [each.start for each in self._named]

    def share(self, start: int, end: int) -> float:
        """
        How much of the word at ``text[start:end]`` counts.

        0: it is denied. A part: it is said of people at large, of a book, of the writer. 1: of nobody in
        particular. `CLAIMED`: of somebody who is named.
        """
        text = self._text
        if _DENIED.search(text[max(0, start - 60) : start].rpartition(".")[2]):
            return 0.0
        begin, stop = _sentence(text, start, end)
        first, last = _line(text, begin, start, stop)
        if _WORK.search(text, first, last) or (self._adult and _MINE.search(text, begin, start)):
            return _ANYBODYS
        if self._claimed(begin, start, stop) or (
            self._sure and _FIELD.search(text, max(0, start - 120), start)
        ):
            return CLAIMED
        you = _YOU.search(text, first, last) is not None
        if you and self._addressed:
            return CLAIMED
        return _ANYBODYS if you or _ANYBODY.search(text, first, last) else 1.0

    def _claimed(self, begin: int, start: int, end: int) -> bool:
        """Whether the word is said of a person who is named: in its own sentence, or by "she" in the next."""
        text = self._text
        spoken = _PRONOUN.search(text, begin, end) is not None
        for each in self._named[bisect_left(self._places, begin - _EARLIER * spoken) :]:
            if each.start >= end:
                break
            if each.start < begin or each.start >= start:
                return True
            if start - each.end < _BESIDE and not text[each.end : start].strip(_DASHES):
                return True  # "Joy – epilepsy", "Joy uses a wheelchair"
            if text[each.end : each.end + 2] in ("'s", "’s") or _LINK.search(text, each.end, start):
                return True
        return False


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence begins and ends in which ``text[start:end]`` stands."""
    begin = max(0, start - _SENTENCE)
    for match in _END.finditer(text, begin, start):
        begin = match.end()
    after = _END.search(text, end, min(len(text), end + _SENTENCE))
    return begin, after.start() + 1 if after else min(len(text), end + _SENTENCE)


_ROW = re.compile(r"\n(?=[ \t]*[A-Z\d\u00c0-\u00de\[*•(-])")


def _line(text: str, begin: int, start: int, stop: int) -> tuple[int, int]:
    """Of a sentence the row in which ``text[start]`` stands: in lists and tables a sentence goes over several."""
    for match in _ROW.finditer(text, begin, start):
        begin = match.end()
    after = _ROW.search(text, start, stop)
    return begin, after.start() if after else stop
