"""Address fields as mail programs write and show them."""

import pytest

from gateway.mail.address import canonical, domain_of, parse_addresses, read_addresses


def listed(text: str) -> list[tuple[str, str]]:
    return [(box.address, box.display) for box in read_addresses(text.encode())]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("ana@family.example", [("ana@family.example", "")]),
        ("Ana Marsh <ana@family.example>", [("ana@family.example", "Ana Marsh")]),
        (
            '"Marsh, Ana" <ana@family.example>, b@x.example',
            [("ana@family.example", "Marsh, Ana"), ("b@x.example", "")],
        ),
        ("'ana@x.example' <ana@x.example>", [("ana@x.example", "'ana@x.example'")]),
        ("<'ana@x.example'>", [("ana@x.example", "")]),
        ('"a \\"b\\" c" <d@x.example>', [("d@x.example", 'a "b" c')]),
        ('"two words"@x.example', [('"two words"@x.example', "")]),
        ('<"a>b"@x.example>', [('"a>b"@x.example', "")]),
        ("<@relay.example,@other.example:ana@x.example>", [("ana@x.example", "")]),
        ("mailto:ana@x.example", [("ana@x.example", "")]),
        ("tom@[IPv6:2001:db8::1], b@x.example", [("tom@[IPv6:2001:db8::1]", ""), ("b@x.example", "")]),
        ("ana @ x.example", [("ana@x.example", "")]),
        ("Ana Marsh [ana@x.example]", [("ana@x.example", "Ana Marsh")]),
        ("ana@müller.example", [("ana@müller.example", "")]),
        ("Ana Marsh", [("", "Ana Marsh")]),
        ("", []),
        (",,;", []),
    ],
)
def test_forms_that_programs_write(field, expected):
    assert listed(field) == expected


@pytest.mark.parametrize(
    "field",
    [
        "ana@x.example; ben@x.example",  # Outlook's separator
        "ana@x.example ben@x.example",
        "Ana <ana@x.example> Ben <ben@x.example>",
        "<ana@x.example><ben@x.example>",
        '"Ana <ana@x.example>, ben@x.example',  # a quote that never ends
        "<ana@x.example, ben@x.example",  # a bracket that never ends
        "ana@x.example (and, ben@x.example",  # a comment that never ends
        "ana@x.example,\r\n\tben@x.example",
        "ana@x.example>, ben@x.example>>",
        "Family: Ana <ana@x.example>, ben@x.example;",
        "Family: ana@x.example;, Others: ben@x.example;",
    ],
)
def test_no_recipient_is_lost_to_bad_punctuation(field):
    assert [address for address, _ in listed(field) if address] == ["ana@x.example", "ben@x.example"]


def test_groups_are_opened_and_remembered():
    first, second, third = parse_addresses("Family: a@x.example, B <b@x.example>;, c@x.example")
    assert (first.group, second.group, third.group) == ("Family", "Family", "")
    assert parse_addresses("undisclosed-recipients:;") == ()


def test_comments_are_kept_apart_from_the_address():
    (box,) = parse_addresses("Ana (née (Bell) Reed) <ana@x.example> (home)")
    assert (box.address, box.display, box.comment) == ("ana@x.example", "Ana", "née (Bell) Reed home")
    (box,) = parse_addresses("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>")
    assert box.address == "pete@silly.test"
    (box,) = parse_addresses("ana@x.example (Ana Marsh)")
    assert (box.address, box.comment) == ("ana@x.example", "Ana Marsh")


def test_an_encoded_word_may_hold_what_separates():
    assert listed("=?utf-8?Q?Marsh,_Zo=C3=AB?= <z@x.example>, b@x.example") == [
        ("z@x.example", "Marsh, Zoë"),
        ("b@x.example", ""),
    ]
    assert listed('"=?utf-8?B?Wm/Dqw==?=" <z@x.example>') == [("z@x.example", "Zoë")]


def test_an_encoded_address_beside_a_real_one_is_only_a_name():
    assert listed("=?utf-8?Q?other=40x.example?= <real@x.example>") == [("real@x.example", "other@x.example")]


def test_an_address_that_is_encoded_as_a_whole_is_found():
    assert listed("=?utf-8?B?QW5hIDxhbmFAeC5leGFtcGxlPg==?=") == [("ana@x.example", "Ana")]


def test_an_address_in_a_display_name_stays_a_name():
    assert listed('"other@x.example" <real@x.example>') == [("real@x.example", "other@x.example")]


def test_raw_latin_1_is_read():
    (box,) = read_addresses("Jürgen <j@x.example>".encode("latin-1"))
    assert box.display == "Jürgen"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@X.Example", "ana@x.example"),
        ("ana+school@x.example", "ana@x.example"),
        ("a.na@gmail.com", "ana@googlemail.com"),
        ("ana@x.example.", "ana@x.example"),
        ("ana@xn--mller-kva.example", "ana@müller.example"),
        ('"ana"@x.example', "ana@x.example"),
    ],
)
def test_spellings_of_one_mailbox_are_equal(one, other):
    assert canonical(one) == canonical(other)


def test_dots_count_outside_gmail():
    assert canonical("a.na@x.example") != canonical("ana@x.example")


def test_domains():
    assert domain_of("ana@X.Example.") == "x.example"
    assert domain_of("ana") == ""
