"""
Files as real programs make them, each with its true state of protection.

A program that is not installed makes nothing, and its files are left out.
"""

import atexit
import base64
import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.documents.test_protection import (
    CERTIFICATE,
    OPEN,
    SECRET,
    STRONG,
    UNKNOWN,
    WEAK,
    aes_zip,
    agile,
    flagged,
    mail,
    pdf,
    plain_zip,
    traditional_zip,
    word,
)
from tests.mail_programs.letter import File, Letter
from tests.mail_programs.tnef import tnef

State = tuple[str, str | None]
NOTE = (SECRET * 9).encode()


def run(
    *command: str, data: bytes = b"", files: dict[str, bytes] | None = None, out: str = "out", **env: str
) -> bytes:
    """What the command writes to *out*, or to its standard output."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (files or {}).items():
            (Path(folder) / name).write_bytes(content)
        done = subprocess.run(
            command,
            input=data,
            cwd=folder,
            capture_output=True,
            check=False,
            env={**os.environ, "HOME": folder, **env},
        )
        made = Path(folder) / out
        result = made.read_bytes() if made.is_file() else done.stdout
        if not result:
            raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')[:300]}")
        return result


def qpdf(*options: str) -> Callable[[], bytes]:
    return lambda: run("qpdf", *options, "in.pdf", "out", files={"in.pdf": pdf()})


def locked(bits: str, *more: str, user: str = "secret", owner: str = "other") -> Callable[[], bytes]:
    return qpdf("--allow-weak-crypto", "--encrypt", user, owner, bits, *more, "--")


def seven(*options: str, kind: str = "7z") -> Callable[[], bytes]:
    files = {"a.txt": NOTE, "b.txt": NOTE}
    return lambda: run("7z", "a", *options, f"out.{kind}", "a.txt", "b.txt", files=files, out=f"out.{kind}")


def seven_mixed(kind: str) -> Callable[[], bytes]:
    """A locked entry first, then an open one added to the same archive."""

    def make() -> bytes:
        first = run("7z", "a", "-psecret", f"out.{kind}", "a.txt", files={"a.txt": NOTE}, out=f"out.{kind}")
        files = {f"out.{kind}": first, "b.txt": NOTE}
        return run("7z", "a", f"out.{kind}", "b.txt", files=files, out=f"out.{kind}")

    return make


def info_zip(*options: str) -> Callable[[], bytes]:
    return lambda: run("zip", *options, "out.zip", "a.txt", files={"a.txt": NOTE}, out="out.zip")


@cache
def _gpg_home() -> str:
    """A folder with a key pair of elliptic curves, which is made once since that is what takes long."""
    home = tempfile.mkdtemp()
    made = (*_gpg(home), "--quick-gen-key", "a@b.example", "future-default", "default", "never")
    subprocess.run(made, capture_output=True, check=True)
    atexit.register(_remove, home)
    return home


def _remove(home: str) -> None:
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, check=False)
    shutil.rmtree(home, ignore_errors=True)  # its agent may still be leaving


def _gpg(home: str) -> tuple[str, ...]:
    common = ("--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "long secret")
    return ("gpg", "--homedir", home, *common)


def gpg(*options: str) -> Callable[[], bytes]:
    def make() -> bytes:
        return subprocess.run(
            [*_gpg(_gpg_home()), *options], input=NOTE, capture_output=True, check=True
        ).stdout

    return make


def openssl(*options: str) -> Callable[[], bytes]:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from tests.documents.test_protection import KEY

    files = {
        "cert.pem": CERTIFICATE.public_bytes(Encoding.PEM),
        "key.pem": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "in": NOTE,
    }
    return lambda: run("openssl", *options, files=files)


def age(*options: str) -> Callable[[], bytes]:
    """To a recipient; a passphrase it asks of a terminal only."""

    def make() -> bytes:
        key = run("age-keygen", "-o", "out").decode().split("public key: ")[1].split()[0]
        return run("age", *options, "-r", key, "-o", "out", "in", files={"in": NOTE})

    return make


_FILTER = {"odt": "writer8", "ods": "calc8", "odp": "impress8", "docx": "MS Word 2007 XML", "xlsx": "Calc MS Excel 2007 XML",
           "pptx": "Impress MS PowerPoint 2007 XML", "doc": "MS Word 97", "xls": "MS Excel 97", "ppt": "MS PowerPoint 97",
           "pdf": "writer_pdf_Export"}  # fmt: skip


def office(kind: str) -> Callable[[], bytes]:
    """LibreOffice's own file of that kind, without a password."""
    source = {"xlsx": "csv", "xls": "csv", "ods": "csv"}.get(kind, "txt")

    def make() -> bytes:
        name = {"odp": "in.fodp", "pptx": "in.fodp", "ppt": "in.fodp"}.get(kind, f"in.{source}")
        content = _FODP.encode() if name.endswith("fodp") else NOTE
        return run(
            "soffice", "-env:UserInstallation=file:///tmp/lo-" + str(os.getpid()), "--headless", "--convert-to",
            f"{kind}:{_FILTER[kind]}", name, files={name: content}, out=f"in.{kind}",
        )  # fmt: skip

    return make


_FODP = (
    '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3" '
    'office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body><office:presentation>'
    f'<draw:page draw:name="1"><draw:frame><draw:text-box><text:p>{SECRET}</text:p></draw:text-box></draw:frame>'
    "</draw:page></office:presentation></office:body></office:document>"
)


def attached(inner: bytes) -> bytes:
    return pdf(attach={"inner.bin": inner})


def embedded(inner: bytes) -> bytes:
    """A Word document with another file embedded."""
    out = io.BytesIO(word("A cover"))
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("word/embeddings/inner.xlsx", inner)
    return out.getvalue()


def armoured_age() -> bytes:
    body = base64.b64encode(b"age-encryption.org/v1\n-> scrypt abc 18\nxyz\n--- mac\n" + bytes(range(256)))
    return b"-----BEGIN AGE ENCRYPTED FILE-----\n" + body + b"\n-----END AGE ENCRYPTED FILE-----\n"


def pgp_mime(inner: bytes) -> bytes:
    """A message that is encrypted as a whole (RFC 3156, 4)."""
    return (
        b"From: a@b.example\r\nTo: c@d.example\r\nSubject: ...\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x\r\n\r\n'
        b"--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        b"--x\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n"
        + inner
        + b"\r\n--x--\r\n"
    )


MADE: dict[str, tuple[str, Callable[[], bytes], State]] = {
    "PDF, AES-256": ("qpdf", locked("256"), STRONG),
    "PDF, AES-256, metadata open": ("qpdf", locked("256", "--cleartext-metadata"), STRONG),
    "PDF, AES-256, object streams": ("qpdf", qpdf("--object-streams=generate", "--encrypt", "s", "o", "256", "--"), STRONG),
    "PDF, AES-128": ("qpdf", locked("128", "--use-aes=y"), STRONG),
    "PDF, RC4-128": ("qpdf", locked("128", "--use-aes=n"), WEAK),
    "PDF, RC4-128 with crypt filters": ("qpdf", locked("128", "--use-aes=n", "--force-V4"), WEAK),
    "PDF, 40 bits": ("qpdf", locked("40"), WEAK),
    "PDF, owner's password only, 256": ("qpdf", locked("256", user=""), OPEN),
    "PDF, owner's password only, 128": ("qpdf", locked("128", "--use-aes=n", user=""), OPEN),
    "PDF, owner's password only, 40": ("qpdf", locked("40", user=""), OPEN),
    "PDF, linearised, in the clear": ("qpdf", qpdf("--linearize"), OPEN),
    "7z, open": ("7z", seven(), OPEN),
    "7z, AES": ("7z", seven("-psecret"), STRONG),
    "7z, AES, list locked": ("7z", seven("-psecret", "-mhe=on"), STRONG),
    "7z, AES, not compressed": ("7z", seven("-psecret", "-mx=0"), STRONG),
    "7z, one entry locked": ("7z", seven_mixed("7z"), OPEN),
    "zip by 7z, AES-256": ("7z", seven("-tzip", "-psecret", "-mem=AES256", kind="zip"), STRONG),
    "zip by 7z, AES-128": ("7z", seven("-tzip", "-psecret", "-mem=AES128", kind="zip"), STRONG),
    "zip by 7z, ZipCrypto": ("7z", seven("-tzip", "-psecret", "-mem=ZipCrypto", kind="zip"), WEAK),
    "zip by 7z, one entry locked": ("7z", seven_mixed("zip"), OPEN),
    "zip by 7z, LZMA": ("7z", seven("-tzip", "-mm=LZMA", kind="zip"), OPEN),
    "zip by 7z, Deflate64": ("7z", seven("-tzip", "-mm=Deflate64", kind="zip"), OPEN),
    "zip by Info-ZIP": ("zip", info_zip(), OPEN),
    "zip by Info-ZIP, encrypted": ("zip", info_zip("-P", "secret"), WEAK),
    "tar by 7z": ("7z", seven("-ttar", kind="tar"), OPEN),
    "gpg, symmetric": ("gpg", gpg("-c"), STRONG),
    "gpg, symmetric, armoured": ("gpg", gpg("-c", "-a"), STRONG),
    "gpg, symmetric, 3DES": ("gpg", gpg("-c", "--cipher-algo", "3DES"), WEAK),
    "gpg, symmetric, AES128": ("gpg", gpg("-c", "--cipher-algo", "AES"), STRONG),
    "gpg, no integrity": ("gpg", gpg("-c", "--rfc2440"), WEAK),
    "gpg, to a key": ("gpg", gpg("-e", "-r", "a@b.example", "--trust-model", "always"), STRONG),
    "gpg, to a key, armoured": ("gpg", gpg("-e", "-a", "-r", "a@b.example", "--trust-model", "always"), STRONG),
    "gpg, signed": ("gpg", gpg("--sign"), OPEN),
    "gpg, signed, armoured": ("gpg", gpg("--sign", "-a"), OPEN),
    "gpg, clear-signed": ("gpg", gpg("--clearsign"), OPEN),
    "gpg, only packed": ("gpg", gpg("--store"), OPEN),
    "openssl enc": ("openssl", openssl("enc", "-aes-256-cbc", "-pbkdf2", "-k", "secret", "-in", "in"), WEAK),
    "openssl enc, base64": ("openssl", openssl("enc", "-aes-256-cbc", "-pbkdf2", "-a", "-k", "secret", "-in", "in"), WEAK),
    "openssl enc, no salt": ("openssl", openssl("enc", "-aes-256-cbc", "-nosalt", "-k", "secret", "-in", "in"), UNKNOWN),
    "openssl cms, AES-256": ("openssl", openssl("cms", "-encrypt", "-aes256", "-outform", "DER", "-in", "in", "cert.pem"), STRONG),
    "openssl cms, AES-GCM": ("openssl", openssl("cms", "-encrypt", "-aes-256-gcm", "-outform", "DER", "-in", "in", "cert.pem"), STRONG),
    "openssl cms, PEM": ("openssl", openssl("cms", "-encrypt", "-aes128", "-outform", "PEM", "-in", "in", "cert.pem"), STRONG),
    "openssl cms, 3DES": ("openssl", openssl("cms", "-encrypt", "-des3", "-outform", "DER", "-in", "in", "cert.pem"), WEAK),
    "openssl cms, S/MIME mail": ("openssl", openssl("cms", "-encrypt", "-aes256", "-in", "in", "cert.pem"), STRONG),
    "openssl cms, signed": ("openssl", openssl("cms", "-sign", "-nodetach", "-outform", "DER", "-in", "in", "-signer", "cert.pem", "-inkey", "key.pem"), OPEN),
    "openssl cms, signed mail": ("openssl", openssl("cms", "-sign", "-in", "in", "-signer", "cert.pem", "-inkey", "key.pem"), OPEN),
    "openssl cms, streamed (BER)": ("openssl", openssl("cms", "-encrypt", "-stream", "-aes256", "-outform", "DER", "-in", "in", "cert.pem"), STRONG),
    "PGP/MIME": ("gpg", lambda: pgp_mime(gpg("-c", "-a")()), STRONG),
    "openssl enc, 3DES": ("openssl", openssl("enc", "-des3", "-pbkdf2", "-k", "secret", "-in", "in"), WEAK),
    "openssl enc, base64 in one line": ("openssl", openssl("enc", "-aes-256-cbc", "-a", "-A", "-k", "secret", "-in", "in"), WEAK),
    "openssl enc, no salt, base64": ("openssl", openssl("enc", "-aes-256-cbc", "-nosalt", "-a", "-k", "secret", "-in", "in"), UNKNOWN),
    "zip by 7z, AES-192": ("7z", seven("-tzip", "-psecret", "-mem=AES192", kind="zip"), STRONG),
    "wim by 7z": ("7z", seven("-twim", kind="wim"), OPEN),
    "gpg, symmetric, CAST5": ("gpg", gpg("-c", "--cipher-algo", "CAST5"), WEAK),
    "gpg, symmetric, not packed": ("gpg", gpg("-c", "-z", "0"), STRONG),
    "gpg, to a key and a passphrase": ("gpg", gpg("-e", "-c", "-r", "a@b.example", "--trust-model", "always"), STRONG),
    "gpg, signed and to a key": ("gpg", gpg("-s", "-e", "-r", "a@b.example", "--trust-model", "always"), STRONG),
    "gpg, to a hidden key": ("gpg", gpg("-e", "--throw-keyids", "-r", "a@b.example", "--trust-model", "always"), STRONG),
    "gpg, a locked message behind an open one": ("gpg", lambda: gpg("--store", "-z", "0")() + gpg("-c")(), OPEN),
    "gpg, an open message behind a locked one": ("gpg", lambda: gpg("-c")() + gpg("--store", "-z", "0")(), OPEN),
    "gpg, two locked messages": ("gpg", lambda: gpg("-c", "-a")() + gpg("-c", "-a")(), STRONG),
    "gpg, text around it": ("gpg", lambda: b"About Zoe\n" + gpg("-c", "-a")() + b"Regards, Tom\n", OPEN),
    "age": ("age", age(), STRONG),
    "age, armoured by age": ("age", age("-a"), STRONG),
    "age, armoured, text before it": ("age", lambda: b"About Zoe\n\n" + age("-a")(), OPEN),
    "age, armoured, text behind it": ("age", lambda: age("-a")() + b"About Zoe and her plan\n", OPEN),
    "age, two armoured": ("age", lambda: age("-a")() + age("-a")(), STRONG),
    "age, armoured": ("", armoured_age, STRONG),
    "zip, forged flag on one of two": ("", lambda: flagged(plain_zip(a=NOTE)) , OPEN),
    "AES zip glued behind a weak one": ("", lambda: traditional_zip() + aes_zip(b=NOTE), WEAK),
    "plain zip glued behind an AES zip": ("", lambda: aes_zip(b=NOTE) + plain_zip(a=NOTE), OPEN),
    "winmail.dat with an open file": ("", lambda: tnef(Letter(files=(File("a.docx", word(), "application/x"),))), OPEN),
    "mail with a locked file only": ("", lambda: mail(aes_zip(a=NOTE)), OPEN),
    "PDF with a locked file attached": ("", lambda: attached(aes_zip(a=NOTE)), OPEN),
    "Word with an embedded agile workbook": ("", lambda: embedded(agile("long secret")), OPEN),
    "Word with an embedded open workbook": ("", lambda: embedded(word()), OPEN),
    "VelvetSweatshop inside an AES zip's neighbour": ("", lambda: plain_zip(a=agile("VelvetSweatshop"), b=aes_zip(c=NOTE)), OPEN),
    "agile in a zip in a zip": ("", lambda: plain_zip(a=plain_zip(b=agile("long secret"))), STRONG),
}  # fmt: skip


def made() -> Iterator[tuple[str, Callable[[], bytes], State]]:
    """The files that can be made here."""
    for name, (program, make, state) in MADE.items():
        if not program or shutil.which(program):
            yield name, make, state
