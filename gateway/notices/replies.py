"""
What the mail program shows when a message is refused or held.

Programs differ in what they show of a reply (docs/replies.md): some only the first
line, some only the last. So the first line says which rules and what is wrong, the
last how to put it right, and each makes sense by itself.
"""

import unicodedata

from gateway.mail.reply import Reply
from gateway.policy.verdict import Action, Verdict

_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_MOST_SAID = 3
_LONGEST = 200  # of one sentence


def reply_for(verdict: Verdict, item: str, link: str = "") -> Reply:
    """
    The reply to DATA for a held or a refused message: ASCII, and never a name.

    The rule ids stand in brackets on the first line, then one plain sentence for
    each rule, one a line.
    """
    rules = f"[{', '.join(verdict.rules)}]"
    if verdict.action is Action.QUARANTINE:
        return Reply(250, "2.0.0", (f"Held for review as {item} {rules}",))
    first, *others = _said(verdict) or [""]
    lines = [f"{rules} Not sent. {first}".rstrip()]
    lines += [f"Also: {each}" for each in others[: _MOST_SAID - 1]]
    if len(others) >= _MOST_SAID:
        lines.append(f"And {len(others) - _MOST_SAID + 1} more.")
    if link:
        lines.append(f"Put it right here: {link}")
    return Reply(550, "5.7.1", tuple(lines))


def _said(verdict: Verdict) -> list[str]:
    summaries: dict[str, str] = {}
    for each in verdict.decisive:
        summaries.setdefault(each.finding.rule, _ascii(each.finding.summary)[:_LONGEST])
    return list(summaries.values())


def _ascii(text: str) -> str:
    """The text in ASCII: a reply may hold nothing else (RFC 5321, 4.2)."""
    spread = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(char for char in spread if " " <= char <= "~")
