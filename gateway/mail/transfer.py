"""
Bodies as they are transferred, and back (RFC 2045, 6).

What is broken is read as mail programs read it; whoever wants to know whether
readers could differ over it asks `is_sound`.
"""

import binascii
import re

import pybase64

_IDENTITY = ("", "7bit", "8bit", "binary")
UUENCODE = ("x-uuencode", "uuencode", "x-uue", "uue")
_WHITE = b"\r\n \t"
_ENCODING = re.compile(r"[a-z0-9_-]+")


def read_encoding(value: str) -> str:
    """The Content-Transfer-Encoding, lower-case, without quotes, comments and what follows."""
    match = _ENCODING.search(value.lower())
    return match[0] if match else ""


def is_identity(encoding: str) -> bool:
    """Whether the bytes stand for themselves."""
    return encoding in _IDENTITY


def decode_body(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding; an unknown one is taken as identity. Never raises."""
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_SPACED_BREAK.sub(b"=\n", data) if _has_spaced_break(data) else data)
    if encoding in UUENCODE:
        return uudecode(data)
    return data


_SPACED_BREAK = re.compile(rb"=[ \t]++\r?\n")


def _has_spaced_break(data: bytes) -> bool:
    return b"= " in data or b"=\t" in data


def _base64(data: bytes) -> bytes:
    padding = data.find(b"=")
    try:
        if padding < 0 or not data[padding:].strip(b"=" + _WHITE):
            return pybase64.b64decode(data)
    except (binascii.Error, ValueError):
        pass
    return _lenient_base64(data)


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def _lenient_base64(data: bytes) -> bytes:
    """
    Base64 with padding in the middle or missing: each padded run is decoded by itself.

    Readers differ; whoever goes on behind the padding sees most, so we do too,
    but what follows it and is no base64 at all (the footer of a mailing list) is
    no part of the file.
    """
    out: list[bytes] = []
    for run in re.split(rb"=[=\s]*", data):
        letters = b"".join(run.split())
        if _NOT_BASE64.search(letters):
            if out:
                break
            letters = _NOT_BASE64.sub(b"", letters)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        out.append(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)))
    return b"".join(out)


def is_sound(data: bytes, encoding: str) -> bool:
    """
    Whether every reader makes the same of an encoded body.

    Base64 is unsound with padding before its end, with too few characters or
    with foreign ones: some programs stop there, others skip it. Uuencode is
    unsound with anything but one file in it.
    """
    if encoding in UUENCODE:
        found = UUENCODED.fullmatch(data.strip())
        return found is not None and not says_more(found[2])
    return encoding != "base64" or is_sound_base64(data, len(_base64(data)))


def is_sound_base64(data: bytes, decoded: int) -> bool:
    """The same for base64 whose *decoded* length is known: mostly two divisions."""
    padding = data.find(b"=")
    tail = data[padding:] if padding >= 0 else b""
    if tail.strip(b"=" + _WHITE):
        return False
    if _folds_evenly(data, decoded):
        return True
    letters = len(data.translate(None, _WHITE)) - tail.count(b"=")
    return letters % 4 != 1 and decoded == letters * 3 // 4


def _folds_evenly(data: bytes, decoded: int) -> bool:
    """Whether the length is just that of the letters for so many bytes in equal lines: nothing else is in it."""
    width = data.find(b"\n")
    if width < 0:
        return False
    end = 2 if data[width - 1 : width] == b"\r" else 1
    letters = (decoded + 2) // 3 * 4
    folds = (letters - 1) // max(width + 1 - end, 1)
    behind = data[-16:]  # a line end or two, as mail programs leave them in front of the border
    return len(data) - len(behind) + len(behind.rstrip(_WHITE)) == letters + folds * end


def uudecode(data: bytes) -> bytes:
    """The bytes of a uuencoded file; lines that are broken end it."""
    out = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:  # trailing junk, as some old encoders wrote it
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[: 1 + length]))
            except binascii.Error:
                break
    return b"".join(out)


# No line has a small letter (POSIX, uuencode), so that what looks like a beginning ends the search.
UUENCODED = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n((?:[ -`]{1,90}\r?\n)*+)end[ \t]*$", re.MULTILINE
)
_SENTENCE = re.compile(rb"[A-Z]{2,}(?: [A-Z]{2,}){3}")
# A line that is words and what stands for zeros; of packed or encrypted bytes hardly one in a thousand files has one.
_WORDS = re.compile(rb".(?:[A-Z]{2,}[.,:]?[ `]){1,9}[A-Z]{2,}[.,:]?[ `]*")


def says_more(block: bytes) -> bool:
    """Whether more than a file stands in a uuencoded one: lines are of the length they tell, full but for the last."""
    lines = [line for line in block.splitlines() if line.strip(b" `")]
    return (
        not all(map(_is_of_its_length, lines))
        or len({line[0] for line in lines[:-1]}) > 1
        or _SENTENCE.search(block) is not None
        or any(_WORDS.fullmatch(line) for line in lines)
    )


def _is_of_its_length(line: bytes) -> bool:
    signs = ((line[0] - 32 & 63) + 2) // 3 * 4
    return signs - 2 <= len(line) - 1 <= signs  # some leave out what only fills the last group


# A file inside a text: "begin 644 name" and a line of 45 octets, or one short line and the end;
# the same in base64; yEnc's header; BinHex's sentence. Plain prose does not look like this.
_INSIDE = re.compile(
    rb"""^(?:
        begin[ ][0-7]{3,4}[ ][^\r\n]{1,255}\r?\n (?: M[ -`]{60} | [!-L][ -`]{4,60}\r?\n (?:[ `]\r?\n)? end )
      | begin-base64[ ][0-7]{3,4}[ ][^\r\n]{1,255}\r?\n[A-Za-z0-9+/]{4}
      | =ybegin[ ](?:part=\d+[ ])?(?:total=\d+[ ])?line=\d+[ ]size=\d+
      | \(This[ ]file[ ]must[ ]be[ ]converted[ ]with[ ]BinHex
    )""",
    re.VERBOSE | re.MULTILINE,
)


def holds_encoded_file(text: bytes) -> bool:
    """Whether a text body holds a file in a way that some mail programs unpack (uuencode, yEnc, BinHex)."""
    likely = b"begin" in text or b"BinHex" in text
    return likely and _INSIDE.search(text) is not None
