"""
The log: one function per fact, and no way to put a name into it.

Every value that is logged is a number, an identifier of our own, or text that
was fixed in the code (`Public`). Addresses appear only as the agency's own or as
a keyed digest, so that two lines about one recipient can be brought together
without saying who it is.
"""

import logging
import sys

import msgspec

from gateway.mail.envelope import Envelope
from gateway.mail.ids import new_id
from gateway.mail.public import Public
from gateway.mail.reply import Reply
from gateway.plain_structlog import structlog
from gateway.policy.verdict import Verdict

log = structlog.get_logger("chaperone")


def configure(style: str, level: str) -> None:
    """JSON lines, or readable ones on a terminal (*style* auto, json or text)."""
    readable = style == "text" or (style == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor
    factory: structlog.WriteLoggerFactory | structlog.BytesLoggerFactory
    if readable:
        renderer, factory = structlog.dev.ConsoleRenderer(), structlog.WriteLoggerFactory(file=sys.stderr)
    else:
        renderer = structlog.processors.JSONRenderer(serializer=_json)
        factory = structlog.BytesLoggerFactory(file=sys.stderr.buffer)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    # Libraries log what they like, contents too: nothing of theirs below an error gets out.
    logging.basicConfig(level=logging.CRITICAL)


def _json(line: dict[str, object], **_: object) -> bytes:
    return msgspec.json.encode(line, enc_hook=str)


def reference() -> str:
    """A short reference that ties a reply to a log line, and to the item if the message is held."""
    return new_id()


def judged(
    envelope: Envelope,
    verdict: Verdict,
    reply: Reply,
    *,
    size: int,
    attachments: int,
    seconds: dict[str, float],
) -> None:
    """A message was judged and dealt with: the one event that every message has."""
    log.info(
        "message",
        queue_id=envelope.queue_id,
        verdict=verdict.action.word,
        rules=list(verdict.rules),
        findings=sorted({each.finding.rule for each in verdict.judged}),
        reply=reply.code,
        recipients=len(envelope.recipients),
        size=size,
        attachments=attachments,
        policy=verdict.policy_version,
        register=verdict.register_version,
        ms={name: round(value * 1000, 1) for name, value in seconds.items()},
    )


def undone(envelope: Envelope, reply: Reply, *, size: int) -> None:
    """A message that no verdict was carried out for: trouble, which has a line of its own."""
    log.info(
        "message",
        queue_id=envelope.queue_id,
        verdict="none",
        rules=[],
        reply=reply.code,
        recipients=len(envelope.recipients),
        size=size,
    )


def trouble(what: Public, fault: BaseException, queue_id: str = "") -> str:
    """
    Something failed that should not; returns the reference for the reply.

    Only the kind of the fault and the places in our code are logged: an
    exception's text may quote what it choked on.
    """
    ticket = reference()
    log.error("trouble", what=str(what), reference=ticket, queue_id=queue_id, fault=_trace(fault))
    return ticket


def _trace(fault: BaseException) -> list[str]:
    places: list[str] = []
    current: BaseException | None = fault
    while current is not None:
        places.append(type(current).__name__)
        frame = current.__traceback__
        while frame is not None:
            code = frame.tb_frame.f_code
            places.append(f"{code.co_filename.rpartition('/')[2]}:{frame.tb_lineno} {code.co_name}")
            frame = frame.tb_next
        current = current.__cause__ or current.__context__
    return places[-20:]


def unheard(queue_id: str, code: int) -> None:
    """A client hung up before its answer: what became of its message stands here, since it may come again."""
    log.warning("client_gone", queue_id=queue_id, reply=code)


def event(name: str, **values: int | float | Public | bool) -> None:
    """A fact of operation: started, stopped, relay down, register imported."""
    log.info(name, **values)
