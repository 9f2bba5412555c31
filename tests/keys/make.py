"""Certificates as agencies and surgeries have them, made for the occasion."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 10, 12, 16, 20, tzinfo=UTC)
GP = "gp@surgery.example"


@cache
def key(kind: str):
    return (
        rsa.generate_private_key(65_537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    )


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@cache
def _authority(text: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    own = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(name(text))
        .issuer_name(name(text))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=900))
        .not_valid_after(NOW + timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .sign(own, hashes.SHA256())
    )
    return made, own


def authority(text: str = "Test CA") -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    return _authority(text)


def _usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{each: on.get(each, False) for each in names})


def certificate(
    kind: str = "rsa",
    address: str = GP,
    *,
    issuer: str = "Test CA",
    begins: timedelta = timedelta(days=-30),
    ends: timedelta = timedelta(days=30),
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    usage: str = "",
) -> x509.Certificate:
    signer, signing_key = authority(issuer)
    return (
        x509.CertificateBuilder()
        .subject_name(name("Surgery"))
        .issuer_name(signer.subject)
        .public_key(key(kind).public_key())
        .serial_number(4_242)
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            _usage(**{usage or ("key_encipherment" if kind == "rsa" else "key_agreement"): True}),
            critical=True,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
        .sign(signing_key, hashes.SHA256())
    )


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def key_pem(kind: str) -> bytes:
    return key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
