"""What the mail program shows when a message is refused or held."""

import unicodedata

from gateway.mail.public import Public
from gateway.mail.reply import Reply
from gateway.policy.verdict import Action, Verdict

_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_MORE = {1: "There is one more thing.", 2: "There are two more things."}


def reply_for(verdict: Verdict, item: str) -> Reply:
    """
    The reply to DATA for a held or a refused message: ASCII, and never a name.

    The rule ids stand in brackets on the first line, then one plain sentence.
    """
    rules = f"[{', '.join(verdict.rules)}]"
    if verdict.action is Action.QUARANTINE:
        return Reply(250, "2.0.0", (f"Held for review as {item} {rules}",))
    first, more = _said(verdict)
    lines = [f"{rules} Not sent. {first}"]
    if more:
        lines.append(_MORE.get(more, f"There are {more} more things."))
    return Reply(550, "5.7.1", tuple(lines))


def _said(verdict: Verdict) -> tuple[str, int]:
    summaries: dict[str, Public] = {}
    for each in verdict.decisive:
        summaries.setdefault(each.finding.rule, each.finding.summary)
    said = [_ascii(each) for each in summaries.values()]
    return (said[0], len(said) - 1) if said else ("", 0)


def _ascii(text: str) -> str:
    """The text in ASCII: a reply may hold nothing else (RFC 5321, 4.2)."""
    spread = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(char for char in spread if " " <= char <= "~")
