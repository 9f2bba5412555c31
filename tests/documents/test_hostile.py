"""Bombs, broken files and loops: each costs a worker at most, and is never taken for read."""

import io
import random
import struct
import zipfile
import zlib

import pytest

from gateway.documents.documents import Documents
from gateway.documents.limits import Limits
from tests.documents.test_protection import aes_zip, agile, pdf, plain_zip, saved, seven, word
from tests.documents.test_reading import SAMPLES as READABLE

ZEROS = bytes(50_000_000)


def bomb(levels=1) -> bytes:
    data = plain_zip(zeros=ZEROS)
    for _ in range(levels - 1):
        data = plain_zip(**{f"copy{number}": data for number in range(20)})
    return data


def deep(levels) -> bytes:
    data = b"the bottom"
    for _ in range(levels):
        data = plain_zip(inner=data)
    return data


def many() -> bytes:
    def write(buffer):
        with zipfile.ZipFile(buffer, "w") as archive:
            for number in range(60_000):
                archive.writestr(str(number), b"")

    return saved(write)


def laughing() -> bytes:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(9)
    )
    xml = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><w:document xmlns:w="w"><w:t>&j;</w:t></w:document>'
    return _document(xml)


def outside() -> bytes:
    xml = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><w:document xmlns:w="w"><w:t>&f;</w:t></w:document>'
    return _document(xml)


def _document(xml) -> bytes:
    def write(buffer):
        with zipfile.ZipFile(io.BytesIO(word())) as source, zipfile.ZipFile(buffer, "w") as target:
            for name in source.namelist():
                target.writestr(name, xml if name == "word/document.xml" else source.read(name))

    return saved(write)


def huge_picture() -> bytes:
    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">2L5B", 65_500, 65_500, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


BOMBS = {
    "50 MB of zeros, twenty times, in one archive": lambda: plain_zip(**{f"z{n}": ZEROS for n in range(20)}),
    "two levels": lambda: bomb(2),
    "fifty levels": lambda: deep(50),
    "60,000 entries": many,
    "entities that multiply": laughing,
    "a picture of 65,500 by 65,500": huge_picture,
}


async def read(*files):
    documents = Documents(workers=1, limits=Limits())
    try:
        return [await documents.read_bytes(data) for data in files]
    finally:
        documents.close()


@pytest.mark.parametrize("name", BOMBS)
async def test_what_would_burst_is_not_read_to_its_end_and_says_so(name):
    bad, good = await read(BOMBS[name](), b"plain text afterwards")
    assert not bad.complete or bad.unseen
    assert bad.protection != "protected"
    assert bad.unread or bad.why_unseen
    assert good.complete  # the next file has a reader


async def test_no_file_of_the_machine_gets_into_a_text():
    (document,) = await read(outside())
    assert "root:" not in " ".join(passage.text for passage in document.passages)


async def test_names_that_climb_are_names_and_nothing_more(tmp_path):
    (document,) = await read(plain_zip(**{"../../../tmp/evil.txt": b"climbing text", "nul\x00name": b"more"}))
    assert "climbing text" in " ".join(passage.text for passage in document.passages)


async def test_mutated_documents_end_as_a_document_each():
    """Three hundred, the same every time; what is broken in earnest counts as not read."""
    chance = random.Random(20261121)
    sources = [word(), pdf(), pdf(user="a", owner="b", R=6), agile("a long password"), aes_zip(a=b"x" * 99), seven(),
               *(make() for name, make in READABLE.items() if name.startswith(("xlsx", "pptx", "odt", "rtf", "eml")))]  # fmt: skip
    mutated = []
    for number in range(300):
        data = bytearray(sources[number % len(sources)])
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        mutated.append(bytes(data))
    found = await read(*mutated)
    assert len(found) == 300
    assert all(each.complete or each.unread for each in found)
    assert {each.protection for each in found} <= {"protected", "readable", "unknown"}
