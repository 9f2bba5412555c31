"""Whole messages encrypted: the key's owner reads what was sent, and nobody else."""

import email
import shutil
import subprocess
from email.policy import default

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der
from pysequoia import Tsk, decrypt

from gateway.keys.certificates import der
from gateway.mail.message import Message
from gateway.policy.finding import Protect
from gateway.remedy.apply import apply
from gateway.remedy.protection import Key, Protection
from gateway.remedy.seal import CannotSeal, seal
from tests.keys.make import GP, certificate, key_pem, pem
from tests.remedy.test_share import ANA, BEN, message, reached


def smime(kind: str = "rsa") -> Key:
    return Key("smime", der(certificate(kind)))


def is_same(inside: bytes, sent: Message) -> bool:
    """The entity is the message's: same type, same parts, same bytes of each."""
    again = Message.parse(inside, sent.envelope)
    return [(part.content_type, part.encoded) for part in again.parts] == [
        (part.content_type, part.encoded) for part in sent.parts
    ]


def test_the_certificates_owner_reads_it_and_the_outside_keeps_what_carries_it():
    sent = message("report.pdf")
    sealed = seal(sent.raw, smime())
    parsed = email.message_from_bytes(sealed, policy=default)
    assert parsed.get_content_type() == "application/pkcs7-mime"
    assert parsed.get_param("smime-type") == "enveloped-data"
    assert not parsed.defects
    for name in ("from", "to", "date", "message-id", "subject"):
        assert parsed[name] == email.message_from_bytes(sent.raw, policy=default)[name]
    private = load_pem_private_key(key_pem("rsa"), None)
    data = parsed.get_payload(decode=True)
    inside = pkcs7_decrypt_der(data, certificate(), private, [])
    assert is_same(inside, sent)
    assert b"report" not in data


def test_an_openpgp_keys_owner_reads_it():
    owner = Tsk.generate(f"Surgery <{GP}>")
    sent = message("report.pdf")
    sealed = seal(sent.raw, Key("openpgp", bytes(owner.extract_certificate())))
    parsed = email.message_from_bytes(sealed, policy=default)
    assert parsed.get_content_type() == "multipart/encrypted"
    assert parsed.get_param("protocol") == "application/pgp-encrypted"
    control, data = parsed.iter_parts()
    assert control.get_payload(decode=True).strip() == b"Version: 1"
    inside = decrypt(decryptor=owner.decryptor(), bytes=data.get_payload(decode=True)).bytes
    assert is_same(inside, sent)


@pytest.mark.parametrize("key", [Key("openpgp", b"none"), Key("smime", b"none")])
def test_a_key_that_is_none_is_an_error_without_its_contents(key):
    with pytest.raises(CannotSeal) as fault:
        seal(message().raw, key)
    assert "none" not in str(fault.value)


def test_who_has_a_key_gets_the_whole_message_encrypted_and_the_others_protected_files():
    done = apply(
        message(),
        [Protect(tuple(part.path for part in message().attachments))],
        Protection(keys={ANA: smime(), BEN: smime("ec")}),
    )
    assert reached(done)[:2] == [(ANA,), (BEN,)]  # each alone: the list of keys names nobody else
    assert len(done.outgoing) == 3
    assert {each.address: each.way for each in done.readers}[ANA] == "key"
    assert [b"pkcs7-mime" in each.raw for each in done.outgoing] == [True, True, False]
    assert done.passphrase


def run(*command: str, **more) -> subprocess.CompletedProcess[bytes]:
    assert shutil.which(command[0]), f"{command[0]} is missing: make test-interop installs it"
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **more)


@pytest.mark.interop
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_openssl_opens_it_with_the_right_key_and_not_with_another(tmp_path, kind):
    sent = message("report.pdf", "notes.txt")
    (tmp_path / "mail.eml").write_bytes(seal(sent.raw, smime(kind)))
    wrong = "ec" if kind == "rsa" else "rsa"
    for name, works in ((kind, True), (wrong, False)):
        (tmp_path / "key.pem").write_bytes(key_pem(name))
        (tmp_path / "cert.pem").write_bytes(pem(certificate(name)))
        done = run(
            "openssl", "cms", "-decrypt", "-in", str(tmp_path / "mail.eml"), "-binary",
            "-inkey", str(tmp_path / "key.pem"), "-recip", str(tmp_path / "cert.pem"),
        )  # fmt: skip
        assert (done.returncode == 0 and is_same(done.stdout, sent)) is works, done.stderr


@pytest.mark.interop
def test_gpg_opens_it_with_the_right_key_and_not_without(tmp_path_factory):
    home, empty = (tmp_path_factory.mktemp(name) for name in ("g", "e"))
    for each in (home, empty):
        each.chmod(0o700)
    gpg = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--homedir")
    made = run(*gpg, str(home), "--quick-generate-key", f"Surgery <{GP}>", "default", "default", "never")
    assert made.returncode == 0, made.stderr
    public = run(*gpg, str(home), "--export", GP).stdout
    sent = message("report.pdf", "notes.txt")
    sealed = email.message_from_bytes(seal(sent.raw, Key("openpgp", public)), policy=default)
    data = list(sealed.iter_parts())[1].get_payload(decode=True)
    opened = run(*gpg, str(home), "--decrypt", input=data)
    assert opened.returncode == 0, opened.stderr
    assert is_same(opened.stdout, sent)
    assert run(*gpg, str(empty), "--decrypt", input=data).returncode != 0
    for each in (home, empty):  # ends the agents that gpg has started
        run("gpgconf", "--homedir", str(each), "--kill", "all")
