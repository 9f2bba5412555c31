"""
CMS enveloped data for one certificate (RFC 5652): AES-256, for RSA and for elliptic curves.

The library makes it for RSA; for elliptic curves (RFC 5753) the structure is put together
here, from its primitives.
"""

import os

from asn1crypto import cms, core, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

_ECDH_SHA256 = "1.3.132.1.11.1"  # dhSinglePass-stdDH-sha256kdf-scheme (RFC 5753, 7.1.4)
_BITS = 256


class _SharedInfo(core.Sequence):
    """ECC-CMS-SharedInfo (RFC 5753, 7.2): what the key that wraps is derived for."""

    _fields = [  # noqa: RUF012 -- the library fills it in
        ("key_info", cms.KeyEncryptionAlgorithm),
        ("supp_pub_info", core.OctetString, {"explicit": 2}),
    ]


def enveloped(data: bytes, certificate: x509.Certificate) -> bytes:
    """
    The data as a ContentInfo in DER that the certificate's owner opens.

    Raises:
        ValueError: a key of another kind.
    """
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        builder = PKCS7EnvelopeBuilder().set_data(data).add_recipient(certificate)
        builder = builder.set_content_encryption_algorithm(algorithms.AES256)
        return builder.encrypt(Encoding.DER, [PKCS7Options.Binary])
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _for_curve(data, certificate, key)
    raise ValueError("neither RSA nor an elliptic curve")


def _for_curve(data: bytes, certificate: x509.Certificate, key: ec.EllipticCurvePublicKey) -> bytes:
    """Ephemeral-static ECDH, then AES-256 key wrap (RFC 5753, 3.1)."""
    content_key, vector = os.urandom(_BITS // 8), os.urandom(16)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(content_key), modes.CBC(vector)).encryptor()
    sealed = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    ephemeral = ec.generate_private_key(key.curve)
    wrap = cms.KeyEncryptionAlgorithm({"algorithm": "aes256_wrap"})
    info = _SharedInfo({"key_info": wrap, "supp_pub_info": _BITS.to_bytes(4, "big")}).dump()  # type: ignore[no-untyped-call]
    shared = ephemeral.exchange(ec.ECDH(), key)
    wrapping_key = X963KDF(hashes.SHA256(), _BITS // 8, info).derive(shared)
    theirs = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    public = keys.PublicKeyInfo.load(
        ephemeral.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    recipient = cms.KeyAgreeRecipientInfo(
        {
            "version": "v3",
            "originator": cms.OriginatorIdentifierOrKey("originator_key", public),
            "key_encryption_algorithm": {"algorithm": _ECDH_SHA256, "parameters": wrap},
            "recipient_encrypted_keys": [
                {
                    "rid": cms.KeyAgreementRecipientIdentifier(
                        "issuer_and_serial_number",
                        {"issuer": theirs.issuer, "serial_number": theirs.serial_number},
                    ),
                    "encrypted_key": aes_key_wrap(wrapping_key, content_key),
                }
            ],
        }
    )
    content = cms.EnvelopedData(
        {
            "version": "v2",
            "recipient_infos": [cms.RecipientInfo("kari", recipient)],
            "encrypted_content_info": {
                "content_type": "data",
                "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": vector},
                "encrypted_content": sealed,
            },
        }
    )
    whole: bytes = cms.ContentInfo({"content_type": "enveloped_data", "content": content}).dump()
    return whole
