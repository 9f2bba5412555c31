"""Certificates for S/MIME (RFC 8550): whose they are, and whether a message may be encrypted to them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from gateway.keys.unusable import Unreadable, Unusable

_SHORTEST_RSA = 2048  # bits (RFC 8551, 2.3)
# What reading a certificate's extensions and key raises where they are written wrongly.
_MALFORMED = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_MAIL = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


def read(data: bytes) -> list[x509.Certificate]:
    """
    The certificates of a file, in PEM or DER, or as Windows exports them with their chain (PKCS #7).

    Raises:
        ValueError: there are none in it; `Unreadable`, if there is more to say.
    """
    if b"-----BEGIN" in data:
        if b"PRIVATE KEY-----" in data:
            raise Unreadable(
                "holds a private key, which is for its owner alone: give the certificate without it"
            )
        if b"-----BEGIN PKCS7" in data:
            return pkcs7.load_pem_pkcs7_certificates(data)
        return x509.load_pem_x509_certificates(data)
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(data)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it signs others' certificates, and is nobody's mailbox."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *_MALFORMED):
        return False


def addresses_of(certificate: x509.Certificate) -> Iterator[str]:
    """The mail addresses that it is for (RFC 8550, 3)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        yield from names.get_values_for_type(x509.RFC822Name)
    except (x509.ExtensionNotFound, *_MALFORMED):
        pass
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        yield str(attribute.value)


def der(certificate: x509.Certificate) -> bytes:
    """Its bytes."""
    return certificate.public_bytes(Encoding.DER)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of it, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def check(
    certificate: x509.Certificate,
    at: datetime,
    roots: Iterable[x509.Certificate] | None,
    between: Iterable[x509.Certificate],
) -> None:
    """
    See that a message may be encrypted to it at that time.

    Its chain must end at one of the *roots*, by way of others *between*; with None for the
    roots whoever put it there vouches for it.

    Raises:
        Unusable: it may not.
    """
    if at > certificate.not_valid_after_utc:
        raise Unusable("expired")
    if at < certificate.not_valid_before_utc:
        raise Unusable("not valid yet")
    if is_authority(certificate):
        raise Unusable("an authority's certificate, and nobody's")
    try:
        _check_purpose(certificate)
    except (UnsupportedAlgorithm, *_MALFORMED):
        raise Unusable("a kind of key, or of certificate, that is not known") from None
    if roots is not None:
        _check_chain(certificate, at, list(roots), list(between))


def _check_purpose(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    extensions = certificate.extensions
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _SHORTEST_RSA:
            raise Unusable(f"its key is shorter than {_SHORTEST_RSA} bits")
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise Unusable("a kind of key that cannot be encrypted to")
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.key_encipherment if isinstance(key, rsa.RSAPublicKey) else usage.key_agreement):
            raise Unusable("not meant for encryption")
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if _MAIL.isdisjoint(purposes):
            raise Unusable("not meant for mail")
    except x509.ExtensionNotFound:
        pass


def _check_chain(
    certificate: x509.Certificate,
    at: datetime,
    roots: list[x509.Certificate],
    between: list[x509.Certificate],
) -> None:
    if not roots:
        raise Unusable("no authority is believed")
    verifier = (
        PolicyBuilder()
        .store(Store(roots))
        .time(at)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        .build_client_verifier()
    )
    try:
        verifier.verify(certificate, between)
    except VerificationError:
        raise Unusable("its chain does not end at an authority that is believed") from None
