"""
DANE: what DNS, signed, says of a mail server's certificate (RFC 6698; RFC 7672 for SMTP).

Pure: records and certificates in, an answer out.
"""

import hashlib
import ssl
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

_ANCHOR, _OWN = 2, 3  # DANE-TA and DANE-EE; the others mean nothing in SMTP (RFC 7672, 3.1.3)
_WHOLE, _KEY = 0, 1
# Names, dates and signatures count; the browsers' stricter rules on extensions do not.
_AUTHORITIES = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
_SERVERS = ExtensionPolicy.permit_all().require_present(
    x509.SubjectAlternativeName, Criticality.AGNOSTIC, None
)
_HASHES = {1: hashlib.sha256, 2: hashlib.sha512}


class Tlsa(msgspec.Struct, frozen=True):
    """One TLSA record, its numbers as in RFC 6698, 2.1."""

    usage: int
    selector: int
    matching: int
    data: bytes

    @property
    def usable(self) -> bool:
        """Whether SMTP gives it a meaning."""
        return (
            self.usage in (_ANCHOR, _OWN)
            and self.selector in (_WHOLE, _KEY)
            and self.matching in (0, *_HASHES)
        )

    def matches(self, certificate: x509.Certificate) -> bool:
        """Whether it speaks of this certificate."""
        if self.selector == _WHOLE:
            octets = certificate.public_bytes(Encoding.DER)
        else:
            octets = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return self.data == (_HASHES[self.matching](octets).digest() if self.matching else octets)


def proves(records: Iterable[Tlsa], presented: Sequence[bytes], names: Sequence[str]) -> bool:
    """
    Whether a server is the one that its usable *records* speak of.

    *presented*: its certificates in DER, its own first. *names*: the server and
    the domain that its mail is for. Of a certificate that is named itself neither
    name nor end matter (RFC 7672, 3.1.1); one below a named authority has to be valid.
    """
    records = tuple(records)
    try:
        own, *others = [x509.load_der_x509_certificate(each) for each in presented]
    except ValueError:
        return False
    if any(each.usage == _OWN and each.matches(own) for each in records):
        return True
    anchors = [
        one for one in others if any(each.usage == _ANCHOR and each.matches(one) for each in records)
    ] + [each for record in records if (each := _in_full(record)) is not None]
    return bool(anchors) and any(_valid(own, others, anchors, name) for name in names)


def _in_full(record: Tlsa) -> x509.Certificate | None:
    """The authority's certificate, if the record holds all of it: it need not be presented then."""
    if (record.usage, record.selector, record.matching) != (_ANCHOR, _WHOLE, 0):
        return None
    try:
        return x509.load_der_x509_certificate(record.data)
    except ValueError:
        return None


def _valid(
    own: x509.Certificate, others: list[x509.Certificate], anchors: list[x509.Certificate], name: str
) -> bool:
    policy = PolicyBuilder().store(Store(anchors)).time(datetime.now(UTC))
    policy = policy.extension_policies(ca_policy=_AUTHORITIES, ee_policy=_SERVERS)
    try:
        policy.build_server_verifier(x509.DNSName(name)).verify(own, others)
    except (VerificationError, ValueError):
        return False
    return True


def presented(tls: ssl.SSLObject) -> list[bytes]:
    """The certificates that a server sent, its own first, in DER, believed or not."""
    if hasattr(tls, "get_unverified_chain"):  # Python 3.13
        return cast("list[bytes]", tls.get_unverified_chain())
    inner: Any = tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 -- before, it has no other name
    return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in inner.get_unverified_chain()]
