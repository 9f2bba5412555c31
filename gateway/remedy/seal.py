"""
A message encrypted as a whole for one recipient: S/MIME (RFC 8551) or PGP/MIME (RFC 3156).

What describes the contents goes inside; what carries the message stays in the clear,
as mail programs expect: who, to whom, when, subject, threading.
"""

import base64
import hashlib

from cryptography import x509
from pysequoia import Cert, encrypt

from gateway.remedy.edit import parted
from gateway.remedy.protection import Key


class CannotSeal(Exception):
    """The key cannot be encrypted to. Carries nothing of message or key."""


def seal(raw: bytes, key: Key) -> bytes:
    """
    The message, readable to the key's owner alone. Computes for a while.

    Raises:
        CannotSeal: the key cannot be used for that.
    """
    outside, entity = parted(raw)
    try:
        body = _smime(entity, key.data) if key.kind == "smime" else _openpgp(entity, key.data)
    except Exception as fault:
        raise CannotSeal("a message could not be encrypted to a key") from fault
    return outside + body


def _smime(entity: bytes, certificate: bytes) -> bytes:
    from gateway.remedy.cms import enveloped  # its libraries take 3 MB, which few gateways need

    data = enveloped(entity, x509.load_der_x509_certificate(certificate))
    return (
        b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n\tname="smime.p7m"\r\n'
        b'Content-Disposition: attachment; filename="smime.p7m"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data).replace(b"\n", b"\r\n")
    )


def _openpgp(entity: bytes, key: bytes) -> bytes:
    armoured = encrypt(bytes=entity, recipients=[Cert.from_bytes(key)], armor=True)
    body = b"\r\n".join(bytes(armoured).splitlines())
    boundary = b"=_sealed-" + hashlib.sha256(body).hexdigest()[:32].encode()
    return (
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\r\n\tboundary="'
        + boundary
        + b'"\r\n\r\n--'
        + boundary
        + b"\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--"
        + boundary
        + b'\r\nContent-Type: application/octet-stream; name="encrypted.asc"\r\n'
        + b'Content-Disposition: inline; filename="encrypted.asc"\r\n\r\n'
        + body
        + b"\r\n--"
        + boundary
        + b"--\r\n"
    )
