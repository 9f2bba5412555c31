"""What holds for every message, sound or not: proven over generated ones."""

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.mail.address import canonical, parse_addresses, parse_any, read_addresses
from gateway.mail.charset import decode_text
from gateway.mail.defects import defects_of
from gateway.mail.headers import decode_header, read_headers, read_lines, unfold
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.mail.mime import Limits, Part, delimiters
from gateway.mail.parameters import read_any_value, read_value
from gateway.mail.readings import other_readings
from gateway.mail.transfer import decode_body, is_sound
from tests.mail.build import ENVELOPE

LINE_END = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])
TYPES = st.sampled_from(
    [
        b"text/plain; charset=utf-8",
        b"text/html; charset=iso-8859-1",
        b"text/plain; charset=no-such",
        b"multipart/mixed; boundary=b",
        b'multipart/alternative; boundary="b1"',
        b"multipart/digest; boundary=b",
        b"multipart/mixed",
        b"message/rfc822",
        b"message/partial; number=1",
        b"application/pdf; name*0*=utf-8''Zo%C3; name*1*=%AB.pdf",
        b"application/x; name==?utf-8?Q?Zo=C3=AB?=",
        b'image/png; name="../a\\".png',
        b"",
        b'(((;;=="',
    ]
)
ENCODINGS = st.sampled_from(
    [b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"", b"nonsense"]
)
VALUES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"=?utf-8?Q?Zo=C3=AB?=", b"=?utf-8?B?Wm/D", b"a <a@x.example>, b@x.example", b"G: a@x;", b'"<(']
    ),
)
NAMES = st.sampled_from([b"Subject", b"From", b"To", b"Cc", b"Bcc", b"X-\xe9", b"Content-ID", b"Date", b" "])


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    end = draw(LINE_END)
    fields = [name + b": " + value for name, value in draw(st.lists(st.tuples(NAMES, VALUES), max_size=4))]
    fields += [b"Content-Type: " + draw(TYPES)] * draw(st.integers(0, 2))
    fields += [b"Content-Transfer-Encoding: " + draw(ENCODINGS)] * draw(st.integers(0, 1))
    fields += [b'Content-Disposition: attachment; filename="' + draw(VALUES)] * draw(st.integers(0, 1))
    return (
        end.join(draw(st.permutations(fields))) + end + draw(st.sampled_from([end, end, b"", b"junk" + end]))
    )


BORDERS = st.sampled_from(
    [b"--b\r\n", b"--b\n", b"--b--\r\n", b"--b1\r\n", b"--b1--\r\n", b"\r\n--b \r\n", b"--bx\r\n"]
)
BODIES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from([b"QUJD=QUJD\r\n", b"Zo=C3=AB=\r\n", b"begin 644 a\r\n%:&5L\r\nend\r\n", b"", b"\r\n"]),
)
PIECES = st.one_of(headers(), headers(), BORDERS, BORDERS, BODIES)
MESSAGES = st.lists(PIECES, max_size=14).map(b"".join)


def parsed(raw: bytes, limits: Limits = Limits()) -> Message | None:
    try:
        return Message.parse(raw, ENVELOPE, limits)
    except MalformedMessage:
        return None


@given(MESSAGES)
def test_reading_ends_in_a_message_or_in_malformed_message(raw):
    message = parsed(raw)
    if message is None:
        return
    # Whatever a rule may ask of it later raises nothing either.
    for part in message.root.walk():
        for text in (part.text, part.filename, part.content_id, part.disposition, *part.names):
            text.encode()
        assert isinstance(part.content, bytes)
    for defect in message.defects:
        assert defect.path in {part.path for part in message.root.walk()}
    for box in (*message.visible, *message.senders):
        canonical(box.address).encode()
    message.subject.encode()


@given(st.binary(max_size=400))
def test_reading_any_bytes_at_all_ends_so_too(raw):
    message = parsed(raw)
    assert message is None or message.defects is not None


@given(MESSAGES)
def test_the_bytes_are_the_clients(raw):
    copy = bytes(bytearray(raw))
    message = parsed(raw)
    if message is not None:
        _ = (message.defects, [part.content for part in message.parts])
        assert message.raw is raw
    assert raw == copy


def check(part: Part, raw: bytes) -> None:
    assert part.raw is raw
    assert 0 <= part.start <= part.body <= part.end <= len(raw)
    assert part.encoded == raw[part.body : part.end]
    last = part.body
    for child in part.children:
        assert last <= child.start
        assert child.end <= part.end
        last = child.end
        check(child, raw)
    last = part.start
    for field in part.headers.fields:
        assert last <= field.start < field.end <= part.body
        assert raw[field.start : field.end].lower().startswith(field.name.encode())
        assert field.raw in raw[field.start : field.end]
        last = field.end


@given(MESSAGES)
def test_every_part_and_field_lies_where_it_says(raw):
    message = parsed(raw)
    if message is None:
        return
    check(message.root, raw)
    paths = [part.path for part in message.root.walk()]
    assert len(set(paths)) == len(paths)


@given(MESSAGES)
def test_limits_hold(raw):
    limits = Limits(depth=2, parts=4, header_bytes=200)
    message = parsed(raw, limits)
    if message is None:
        return
    walk = message.root.walk()
    assert len(walk) <= limits.parts
    assert all(part.body - part.start <= limits.header_bytes for part in walk)
    assert all(part.path.count(".") < limits.depth for part in walk)


@given(MESSAGES)
def test_reading_twice_gives_the_same(raw):
    one, two = parsed(raw), parsed(raw)
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one.subject == two.subject
        assert one.visible == two.visible
        assert one.defects == two.defects


LEAVES = st.lists(
    st.text("abc é\n", max_size=40).map(lambda text: text.replace("\n", "\r\n")), min_size=1, max_size=5
)


@given(LEAVES)
def test_what_is_put_into_a_multipart_comes_out_of_it(texts):
    body = "".join(f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n" for text in texts)
    raw = f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}--b--\r\n".encode()
    message = parsed(raw)
    assert message is not None
    assert [part.text for part in message.parts] == texts


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", ""]))
def test_any_body_decodes(data, encoding):
    assert isinstance(decode_body(data, encoding), bytes)
    assert isinstance(is_sound(data, encoding), bool)


@given(st.text(max_size=200))
def test_any_text_is_an_address_field(text):
    for box in (*parse_addresses(text), *read_addresses(text.encode("utf-8", "surrogatepass"))):
        assert "\n" not in box.address
        canonical(box.address)


ADDRESSES = st.lists(
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.example", fullmatch=True), max_size=6
)
DISPLAYS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12)


@given(
    st.lists(
        st.tuples(DISPLAYS, st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True)), max_size=6
    )
)
def test_quoted_names_and_addresses_come_out_as_they_went_in(people):
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    field = ", ".join(f"{quoted(display)} <{address}>" for display, address in people)
    assert [(box.display, box.address) for box in parse_addresses(field)] == people


@given(st.binary(max_size=120))
def test_any_bytes_are_a_header_and_a_value(raw):
    decode_header(raw).encode()
    try:
        read_value(raw)
    except MalformedMessage:
        return


@given(
    st.binary(max_size=60),
    st.one_of(st.text(max_size=12), st.sampled_from(["utf-7", "utf-16", "big5", "hz"])),
)
def test_any_bytes_decode_under_any_label(data, label):
    decode_text(data, label).encode()


FIELD_LINES = st.lists(
    st.sampled_from(
        [
            b"Subject: x",
            b"A:",
            b"B : y",
            b"To: a@x.example,\r\n\tb@x.example",
            b"C: \r",
            b"junk",
            b" d",
            b"E: \xe9",
            b":",
        ]
    ),
    max_size=6,
)


@given(FIELD_LINES, st.sampled_from([b"\r\n\r\n", b"\r\n", b"", b"\n\n", b"\r\n\n"]), st.integers(0, 80))
def test_the_short_way_through_a_header_is_the_long_way(lines, end, limit):
    raw = b"\r\n".join(lines) + end + b"body\r\n\r\n"

    def outcome(read):
        try:
            headers, body = read(raw, 0, len(raw), limit)
        except MalformedMessage as malformed:
            return str(malformed.reason)
        return headers.fields, headers.broken, body

    assert outcome(read_headers) == outcome(read_lines)


ADDRESS_PIECES = st.lists(
    st.sampled_from(
        [
            "Ana",
            " ",
            ",",
            '"Marsh, Ana"',
            "<a@x.example>",
            "b@x.example",
            "'",
            ".",
            ";",
            "(",
            '"',
            "é",
            "<a@x>",
            "@",
            "\t",
        ]
    ),
    max_size=9,
).map("".join)


@given(ADDRESS_PIECES)
def test_the_short_way_through_addresses_is_the_long_way(text):
    assert parse_addresses(text) == parse_any(text)


VALUE_PIECES = st.lists(
    st.sampled_from(
        ["text/plain", ";", " ", "name=", "a", '"b c"', "=", "charset=utf-8", "*", "(x)", '"', "N=1", "\\"]
    ),
    max_size=9,
).map("".join)


@given(VALUE_PIECES)
def test_the_short_way_through_parameters_is_the_long_way(text):
    assert read_value(text.encode()) == read_any_value(text.encode())


BORDER_PIECES = st.lists(
    st.sampled_from(
        ["multipart/mixed", ";", "\r\n\t", " ", "boundary=", '"', "-=_b 1'", "=?utf-8?Q?x?=", "é"]
    ),
    max_size=7,
).map("".join)


@given(BORDER_PIECES)
@example('multipart/mixed; boundary="-=_b 1\'"')
@example('multipart/mixed;\r\n\tboundary="-=_b 1\'" ')
@example('multipart/mixed; boundary="a\r\n\tb"')
@example('multipart/mixed; boundary="=?utf-8?Q?x?="')
@example('multipart/mixed; boundary=""')
def test_the_short_way_to_a_border_is_the_long_way(text):
    raw = text.encode()
    assert read_value(raw) == read_any_value(unfold(raw))


CODED_PIECES = st.lists(
    st.sampled_from(
        [
            "=?utf-8?Q?Zo=C3=AB?=",
            "=?iso-8859-1?B?Wm/r?=",
            "=?utf-8?b?Wm9?=",
            "=?x?z?y?=",
            "\r\n ",
            " ",
            "?=",
            "x",
            "=?",
        ]
    ),
    max_size=7,
).map("".join)


@given(CODED_PIECES)
@example("=?utf-8?Q?Zo=C3=AB?=\r\n =?iso-8859-1?B?Wm/r?=")
@example("what?=\r\n =?utf-8?Q?Zo=C3=AB?=")
def test_no_reading_without_the_folds_is_left_out(text):
    raw = text.encode()
    without = decode_header(raw.replace(b"\r\n ", b""))
    shown = decode_header(raw)
    assert without in (shown, *other_readings(raw, shown))


CLOSING_PIECES = st.lists(
    st.sampled_from(
        [b"\r\n--b--", b"--b--", b"\r\n--b", b"\r\n", b" ", b"\r\nContent-Type: text/plain\r\n\r\nx"]
    ),
    max_size=5,
).map(b"".join)


@given(CLOSING_PIECES)
@example(b"\r\n--b--\r\n")
@example(b"\r\n--b--\r\n--b\r\n\r\nx")
def test_parts_behind_the_end_are_told_whatever_stands_there(behind):
    raw = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\ntext' + behind
    root = Message.parse(raw, ENVELOPE).root
    found = list(delimiters(raw, root.children[-1].end, len(raw), b"b", Limits()))
    closings = [number for number, (_, after, closing) in enumerate(found) if closing and after < len(raw)]
    further = bool(closings) and closings[0] + 1 < len(found)
    assert any(defect.kind == "parts_behind_end" for defect in defects_of(root)) == further
