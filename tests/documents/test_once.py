"""One file in many messages is read once."""

import asyncio

from gateway.documents.documents import Documents
from tests.mail_programs import File, Letter, as_message, gmail

LETTER = Letter(files=(File("worksheet.txt", b"Exercise 1: add the fractions.\n" * 50, "text/plain"),))


async def test_thirty_messages_at_once_read_their_common_file_once():
    documents = Documents(workers=1)
    read, calls = documents._pool.read, []

    def counted(data: bytes):
        calls.append(len(data))
        return read(data)

    documents._pool.read = counted
    try:
        messages = [as_message(LETTER, gmail) for _ in range(30)]
        found = await asyncio.gather(*(documents.read(message.attachments) for message in messages))
        assert await documents.read(messages[0].attachments) == found[0]
    finally:
        documents.close()
    assert calls == [len(LETTER.files[0].data)]
    assert all(each == found[0] for each in found)
    assert "fractions" in "".join(passage.text for passage in next(iter(found[0].values())).passages)
