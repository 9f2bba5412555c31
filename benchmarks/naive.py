"""
The baseline: what one writes with aiosmtpd in an afternoon.

    python -m benchmarks.naive LISTEN RELAY

Reads the message with the standard library, looks at its subject and at every
attachment, and passes it on with aiosmtplib, a connection for each message.
"""

import asyncio
import sys
from email import policy
from email.parser import BytesParser

import aiosmtplib
import magic
from aiosmtpd.smtp import SMTP, Envelope, Session


class Proxy:
    """aiosmtpd's handler."""

    def __init__(self, host: str, port: int) -> None:
        self._relay = (host, port)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = BytesParser(policy=policy.default).parsebytes(envelope.content)
        if "confidential" in str(message["subject"]).lower():
            return "550 5.7.1 Not this subject"
        for part in message.iter_attachments():
            content = part.get_payload(decode=True) or b""
            executable = magic.from_buffer(content[:2_048], mime=True) == "application/x-dosexec"
            if executable or (part.get_filename() or "").endswith(".exe"):
                return "550 5.7.1 Not this attachment"
        _, answer = await aiosmtplib.send(
            envelope.content,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            hostname=self._relay[0],
            port=self._relay[1],
            start_tls=False,
        )
        return f"250 {answer}"


async def serve(listen: str, relay: str) -> None:
    host, _, port = relay.rpartition(":")
    proxy = Proxy(host, int(port))
    here, _, number = listen.rpartition(":")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(proxy, data_size_limit=50_000_000, enable_SMTPUTF8=True),
        here,
        int(number),
        backlog=1_024,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
