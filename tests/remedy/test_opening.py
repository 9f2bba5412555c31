"""The part that tells a recipient how the files open: its languages, and that they say the same."""

from email import message_from_bytes
from email.policy import default

from gateway.policy.finding import Protect
from gateway.remedy import encrypt, leave, opening
from gateway.remedy.apply import apply
from gateway.remedy.protect import Locked, ProtectedFile
from gateway.remedy.protection import Protection
from gateway.wording import catalogue
from tests.remedy.test_share import message

WELSH = catalogue("cy").gettext


def told(protection: Protection):
    sent = message()
    done = apply(sent, [Protect(tuple(part.path for part in sent.attachments))], protection)
    parts = message_from_bytes(done.outgoing[0].raw, policy=default).walk()
    (part,) = (each for each in parts if each.get_filename() == "how-to-open.txt")
    return part


def test_it_is_plain_english_in_ascii():
    part = told(Protection())
    assert part["content-transfer-encoding"] == "7bit"
    assert part.get_content().startswith("How to open the attached files")
    assert "How to open" not in part.get_content()[10:]


def test_files_that_open_alike_are_told_of_once():
    locked = [
        Locked(
            ProtectedFile(str(each), f"file-{each}.zip", "application/zip", "Open it."),
            encrypt.Encrypted(b"", f"file-{each}.zip", "application/zip", "Open it."),
        )
        for each in (1, 2, 3)
    ]
    text = " ".join(opening.with_opening(b"\r\nHello", locked, agreed=False).decode("ascii").split())
    assert (
        "Each of file-1.zip, file-2.zip and file-3.zip is protected with a passphrase. Open it. You" in text
    )


def test_where_the_house_writes_welsh_it_comes_first_and_english_below():
    part = told(Protection(first=WELSH))
    text = " ".join(part.get_content().split())
    assert text.startswith("Sut i agor y ffeiliau sydd wedi’u hatodi Mae attachment-1.")
    assert text.index("Ni ddaw byth drwy e-bost") < text.index("How to open the attached files")
    assert "It never comes by email" in text


def test_every_text_of_it_has_its_welsh():
    texts = [
        *(value for name, value in vars(opening).items() if isinstance(value, str) and name.isupper()),
        *(value for name, value in vars(encrypt).items() if name.startswith("_HOW")),
        leave._HOW,
    ]
    assert len(texts) >= 9
    assert [text for text in texts if WELSH(text) == text] == []
