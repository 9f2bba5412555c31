"""Bombs, broken files and loops: each costs a worker at most, and is never taken for read."""

import base64
import io
import random
import struct
import zipfile
import zlib
from itertools import product

import openpyxl
import py7zr
import pytest

from gateway.documents.documents import Documents
from gateway.documents.formats.packed import libarchive
from gateway.documents.limits import Limits
from gateway.documents.read import read_document
from tests.documents.compound import compound
from tests.documents.quine import quine
from tests.documents.rar import rar5
from tests.documents.test_protection import aes_zip, agile, pdf, plain_zip, saved, seven, word
from tests.documents.test_reading import SAMPLES as READABLE

ZEROS = bytes(20_000_000)


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
            for number in range(6_000):
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


def without(data: bytes, part: str) -> bytes:
    def write(buffer):
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
            for name in source.namelist():
                if name != part:
                    target.writestr(name, source.read(name))

    return saved(write)


def sheet(content: str) -> bytes:
    """An OpenDocument workbook with this table."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    manifest = f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"/>'
    names = " ".join(f'xmlns:{name}="{space}:{name}:1.0"' for name in ("office", "table", "text"))
    xml = f"<office:document-content {names}><office:body>{content}</office:body></office:document-content>"

    def write(buffer):
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            package.writestr("META-INF/manifest.xml", manifest)
            package.writestr("content.xml", xml)

    return saved(write)


def repeated() -> bytes:
    return sheet(
        '<table:table><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384"><text:p>quillwort</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )


def circular() -> bytes:
    """A PDF whose tree of pages, fields and attached files each lead back to themselves."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>"
        b"/Names<</EmbeddedFiles 5 0 R>>>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R 3 0 R]/Count 90000>>endobj\n"
        b"3 0 obj<</Type/Pages/Kids[2 0 R]/Parent 2 0 R/Count 3>>endobj\n"
        b"4 0 obj<</T(quillwort)/Kids[4 0 R]>>endobj\n5 0 obj<</Kids[5 0 R]>>endobj\n"
        b"trailer<</Root 1 0 R/Size 6>>\n%%EOF"
    )


def within_itself(levels: int) -> bytes:
    """An Outlook message that holds a message that holds a message."""
    inner = "__attach_version1.0_#00000000/__substg1.0_3701000D/" * levels
    text = "quillwort".encode("utf-16-le")
    return compound({"__properties_version1.0": b"x", f"{inner}__substg1.0_1000001F": text})


# Each is a few kilobytes to read, whatever it says of itself: it is read like any other.
HARMLESS = {
    "a table that is repeated to the last cell": repeated,
    "an Outlook message in itself": lambda: within_itself(60),
    "pictures nested deep": lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'
    + b"<g>" * 50_000
    + b"<text>quillwort</text>",
    "a web page nested deep": lambda: b"<ul><li>" * 100_000 + b"quillwort",
    "rich text nested deep": lambda: b"{\\rtf1" + b"{" * 50_000 + b"quillwort" + b"}" * 50_000,
    "rich text that announces a gigabyte": lambda: b"{\\rtf1 quillwort \\bin999999999 x}",
    "armour that never ends": lambda: b"-----BEGIN PGP MESSAGE-----\n" * 20_000 + b"quillwort",
    "a calendar folded within words": lambda: b"BEGIN:VCALENDAR\r\nSUMMARY:qui\r\n llwo\r\n rt\r\n" + b"x\r\n " * 50_000,
}  # fmt: skip


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


def _zip_of(local: bytes, body: bytes, entry: bytes, count: int) -> bytes:
    """One entry, named *count* times in the list."""
    listed = entry * count
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count % 65_536, count % 65_536, len(listed), len(local + body), 0
    )
    return local + body + listed + end


def _entries(content: bytes, count: int) -> bytes:
    """Entries that all lie in the same place."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(content) + packer.flush()
    sizes = (zlib.crc32(content), len(body), len(content), 1)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0x5A21, *sizes, 0) + b"a"
    entry = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0x5A21, *sizes, 0, 0, 0, 0, 0, 0) + b"a"
    )
    return _zip_of(local, body, entry, count)


def swollen_workbook() -> bytes:
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"<si><t>a</t></si>" * 100_000
    )
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/sharedStrings.xml", strings + b"</sst>")
    return out.getvalue()


def workbook(*cells: str) -> bytes:
    book = openpyxl.Workbook()
    for cell in ("A1", *cells):
        book.active[cell] = f"quillwort {cell}"
    return saved(book.save)


def packed_pdf(kind: bytes) -> bytes:
    """A stream of 100 MB in a kilobyte, as a page's content or as a stream of objects that is needed."""
    inner = zlib.compressobj(9)
    once = b"".join(inner.compress(bytes(1_000_000)) for _ in range(100)) + inner.flush()
    twice = zlib.compress(once, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<<" + kind + b"/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(twice) + twice + b"\nendstream",
    ]  # fmt: skip
    out, places = b"%PDF-1.5\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    rows = [(0, 0, 65_535), *((1, place, 0) for place in places), (2, 4, 0), (1, len(out), 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    head = b"6 0 obj\n<</Type/XRef/Size 7/W[1 4 2]/Root 1 0 R/Info 5 0 R/Length %d>>stream\n" % len(table)
    return out + head + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % len(out)


def seven_of_zeros() -> bytes:
    def write(buffer):
        with py7zr.SevenZipFile(buffer, "w") as archive:
            archive.writestr(ZEROS, "zeros")

    return saved(write)


def long_attributes() -> bytes:
    """A winmail.dat whose attribute says that four gigabytes follow (MS-OXTNEF 2.1.3)."""
    return struct.pack("<IH", 0x223E9F78, 1) + struct.pack("<BII", 1, 0x00089006, 0xFFFFFFF0) + b"x" * 99


BOMBS = {
    "two levels": lambda: bomb(2),
    "a million entries": lambda: _entries(b"", 1_000_000),
    "a zip that holds itself": quine,
    "a locked file beside a zip that holds itself": lambda: plain_zip(a=aes_zip(a=b"x"), b=quine()),
    "a zip that holds itself, in base64": lambda: base64.encodebytes(quine()),
    "a winmail.dat with a length of 4 GB": long_attributes,
    "a Word document without its text": lambda: without(word(), "word/document.xml"),
    "fifty levels": lambda: deep(50),
    "6,000 entries": many,
    "entities that multiply": laughing,
    "a text that is named in another file": outside,
    "a drawing of entities that multiply": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><svg><text>&b;</text></svg>'
    ),
    "a picture of 65,500 by 65,500": huge_picture,
}


TIGHT = Limits(unpacked=1_000_000, cells=1_000)


@pytest.fixture(scope="module")
def reader():
    """One for all: what a file does to a worker shows in the next one."""
    documents = Documents(workers=1)
    yield documents
    documents.close()


@pytest.fixture(scope="module")
def tight():
    documents = Documents(workers=1, limits=TIGHT)
    yield documents
    documents.close()


async def read(documents, *files):
    return [await documents.read_bytes(data) for data in files]


@pytest.mark.parametrize("name", BOMBS)
async def test_what_would_burst_is_not_read_to_its_end_and_says_so(name, reader):
    bad, good = await read(reader, BOMBS[name](), name.encode() + b" is text")
    assert not bad.complete or bad.unseen
    assert bad.protection != "protected"
    assert bad.unread or bad.why_unseen
    assert good.complete  # the next file has a reader


@pytest.mark.parametrize("name", HARMLESS)
async def test_what_only_looks_endless_is_read(name, reader):
    (document,) = await read(reader, HARMLESS[name]())
    assert document.complete
    assert "quillwort" in " ".join(passage.text for passage in document.passages)


STARTS = (b"", b"{\\rtf1 ", b"%PDF-1.4 /Encrypt 1 0 R ", b"BEGIN:VCARD\n", b"From: a@b\nTo: c@d\n\n", b"<html>",
          b"<html><xmp>", b"-----BEGIN PGP MESSAGE-----\n", b"-----BEGIN PKCS7-----\n", b"age-encryption.org/v1\n")  # fmt: skip
FILLING = (b"a", b" ", b"<", b"(", b"@.", b"QUJD", b"\n--- ", b"-----BEGIN PGP ", b"stream\n\x78\x9c", b"1 0 obj ",
           b"\\n\n ", b"--", b"<!--")  # fmt: skip


async def test_no_pattern_loses_itself_in_what_repeats():
    """A pattern that took the square of the length would cost the worker its life, at the limit of its time."""
    documents = Documents(workers=1, limits=Limits(seconds=10))
    try:
        for start, each in product(STARTS, FILLING):
            await documents.read_bytes(start + each * (100_000 // len(each)))
            assert documents.lost == 0, (start, each)
    finally:
        documents.close()


async def test_a_pdf_that_leads_back_to_itself_ends(reader):
    strange, good = await read(reader, circular(), b"text behind a circle")
    assert strange.protection == "readable"
    assert good.complete


LARGE = {
    "blanks, twenty times, in one archive": lambda: plain_zip(**{f"z{n}": b" " * 400_000 for n in range(20)}),
    "entries that overlap": lambda: _entries(b"words " * 50_000, 12),
    "a workbook whose words multiply": swollen_workbook,
    "a 7z of zeros": seven_of_zeros,
}
if libarchive():
    LARGE["a rar archive"] = lambda: rar5({f"{n}.txt": b"words " * 50_000 for n in range(4)})


@pytest.mark.parametrize("name", LARGE)
async def test_what_is_too_large_in_all_is_given_up_where_the_limit_lies(name, tight):
    (bad,) = await read(tight, LARGE[name]())
    assert bad.unread == "it unpacks to more than 1000000 bytes"


@pytest.mark.parametrize("kind", [b"", b"/Type/ObjStm/N 1/First 4"], ids=["page", "objects"])
async def test_a_pdf_that_swells_costs_a_worker_at_most(kind, reader):
    """Nothing counts what its libraries unpack; memory and time are what bound them."""
    swollen, good = await read(reader, packed_pdf(kind), b"text behind it" + kind)
    assert swollen.complete or swollen.unread
    assert swollen.protection != "protected"
    assert good.complete


async def test_a_workbook_of_too_many_cells_is_given_up_at_once(tight):
    (document,) = await read(tight, workbook(*(f"B{row}" for row in range(1, 1_100))))
    assert document.unread == "it has more than 1000 cells"


@pytest.mark.parametrize("data", [word(), sheet("<text:p/>" * 99)], ids=["Office", "OpenDocument"])
def test_more_tags_than_can_be_read_in_time_are_given_up_at_once(data):
    """Three million empty paragraphs are 400 kB, and a minute."""
    document = read_document(data, Limits(tags=5))
    assert document.unread == "it has more than 5 tags"
    assert document.protection == "readable"


async def test_cells_far_apart_cost_no_more_than_their_number(reader):
    (document,) = await read(reader, workbook("XFD1048576"))
    assert document.complete
    assert "quillwort XFD1048576" in " ".join(passage.text for passage in document.passages)


async def test_no_file_of_the_machine_gets_into_a_text(reader):
    (document,) = await read(reader, outside())
    assert "root:" not in " ".join(passage.text for passage in document.passages)


async def test_names_that_climb_are_names_and_nothing_more(reader):
    (document,) = await read(
        reader, plain_zip(**{"../../../tmp/evil.txt": b"climbing text", "nul\x00name": b"more"})
    )
    assert "climbing text" in " ".join(passage.text for passage in document.passages)


async def test_mutated_documents_end_as_a_document_each(reader):
    """Three hundred, the same every time; what is broken in earnest counts as not read."""
    chance = random.Random(20261121)
    quick = agile("a long password").replace(
        b'spinCount="100000"', b'spinCount="000100"'
    )  # its key is made to take long
    sources = [word(), pdf(), pdf(user="a", owner="b", R=6), quick, aes_zip(a=b"x" * 99), seven(),
               *(make() for name, make in READABLE.items() if name.startswith(("xlsx", "pptx", "odt", "rtf", "eml")))]  # fmt: skip
    mutated = []
    for number in range(300):
        data = bytearray(sources[number % len(sources)])
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        mutated.append(bytes(data))
    found = await read(reader, *mutated)
    assert len(found) == 300
    assert all(each.complete or each.unread for each in found)
    assert {each.protection for each in found} <= {"protected", "readable", "unknown"}
