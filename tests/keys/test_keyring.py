"""Which keys are found, and which are never encrypted to."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID
from pysequoia import Cert, Tsk, encrypt
from pysequoia.packet import PacketPile, Tag

from gateway.keys.keyring import Keyring
from gateway.sections import Keys
from gateway.settings import SettingsProblem
from tests.keys.make import GP, NOW, authority, certificate, key_pem, pem

DAY = timedelta(days=1)


def keyring(folder, *, with_authority=True) -> Keyring:
    (folder / "ca.txt").write_bytes(pem(authority()[0]))
    return Keyring(Keys(folder=folder, ca_file=folder / "ca.txt" if with_authority else None))


@pytest.mark.parametrize("kind", ["rsa", "ec"])
async def test_a_certificate_in_the_folder_is_found_by_any_spelling_of_its_address(tmp_path, kind):
    (tmp_path / "surgery.pem").write_bytes(pem(certificate(kind)))
    found = await keyring(tmp_path).find(["GP@Surgery.Example", "other@surgery.example"], NOW)
    assert {address: key.kind for address, key in found.items()} == {GP: "smime"}


@pytest.mark.parametrize(
    ("unusable", "why"),
    [
        ({"ends": -DAY}, "expired"),
        ({"begins": DAY}, "not valid yet"),
        ({"issuer": "Somebody else"}, "authority that is believed"),
        ({"purpose": ExtendedKeyUsageOID.SERVER_AUTH}, "not meant for mail"),
        ({"usage": "digital_signature"}, "not meant for encryption"),
        ({"kind": "ec", "usage": "digital_signature"}, "not meant for encryption"),
    ],
)
async def test_a_certificate_that_must_not_be_used_is_not_and_says_why(tmp_path, unusable, why):
    (tmp_path / "surgery.pem").write_bytes(pem(certificate(**unusable)))
    ring = keyring(tmp_path)
    assert await ring.find([GP], NOW) == {}
    count, (rejected,) = ring.examine(NOW)
    assert count == 0
    assert why in rejected.why


async def test_without_authorities_the_folder_itself_is_vouched_for(tmp_path):
    (tmp_path / "surgery.pem").write_bytes(pem(certificate(issuer="Somebody else")))
    assert GP in await keyring(tmp_path, with_authority=False).find([GP], NOW)


async def test_an_authority_is_nobodys_certificate(tmp_path):
    (tmp_path / "surgery.pem").write_bytes(pem(authority()[0]))
    assert await keyring(tmp_path, with_authority=False).find([GP], NOW) == {}


async def test_of_two_certificates_the_one_that_can_be_used_counts(tmp_path):
    (tmp_path / "a.pem").write_bytes(pem(certificate(ends=-DAY)) + pem(certificate("ec")))
    assert GP in await keyring(tmp_path).find([GP], NOW)


async def test_a_changed_folder_is_read_again(tmp_path):
    ring = keyring(tmp_path)
    assert await ring.find([GP], NOW) == {}
    (tmp_path / "surgery.pem").write_bytes(pem(certificate()))
    assert GP in await ring.find([GP], NOW)
    (tmp_path / "surgery.pem").unlink()
    assert await ring.find([GP], NOW) == {}


async def test_what_is_no_key_is_named_and_stops_nothing(tmp_path):
    (tmp_path / "surgery.pem").write_bytes(pem(certificate()))
    (tmp_path / "broken.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "broken.asc").write_bytes(b"no key")
    ring = keyring(tmp_path)
    assert GP in await ring.find([GP], NOW)
    assert {each.file for each in ring.examine(NOW)[1]} == {"broken.pem", "broken.asc"}


def own_key(**more) -> Tsk:
    return Tsk.generate(f"Surgery <{GP}>", **more)


async def test_an_openpgp_key_is_found(tmp_path):
    (tmp_path / "surgery.asc").write_bytes(bytes(own_key().extract_certificate()))
    found = await Keyring(Keys(folder=tmp_path)).find([GP], NOW + timedelta(days=365))
    assert found[GP].kind == "openpgp"
    assert not Cert.from_bytes(found[GP].data).has_secret_keys


async def test_neither_an_expired_nor_a_revoked_openpgp_key_is_used(tmp_path):
    short = own_key(validity_seconds=3600)
    (tmp_path / "a.asc").write_bytes(bytes(short.extract_certificate()))
    ring = Keyring(Keys(folder=tmp_path))
    now = datetime.now(UTC)
    assert GP in await ring.find([GP], now)
    assert await ring.find([GP], now + timedelta(hours=2)) == {}
    whole = own_key()
    cert = whole.extract_certificate()
    revoked = cert.merge(Cert.from_bytes(bytes(cert) + bytes(cert.revoke(certifier=whole.certifier()))))
    assert revoked.is_revoked
    (tmp_path / "a.asc").write_bytes(bytes(revoked))
    assert await ring.find([GP], datetime.now(UTC)) == {}


# Public keys that GnuPG 2.2 made with its clock set to 2025-01-01, or to 2100.
GNUPG = Path(__file__).parent / "gnupg"


@pytest.mark.parametrize(
    ("which", "why"),
    [
        ("subkey-expired", "have expired or are revoked"),
        ("subkey-revoked", "have expired or are revoked"),
        ("signs-only", "not meant for encryption"),
        ("not-yet", "not valid yet"),
        ("brainpool", "of a rare kind"),
    ],
)
async def test_an_openpgp_key_without_a_living_subkey_is_not_used_and_spoils_no_other(tmp_path, which, why):
    shutil.copy(GNUPG / f"{which}.asc", tmp_path)
    (tmp_path / "b.asc").write_bytes(bytes(own_key().extract_certificate()))
    ring = Keyring(Keys(folder=tmp_path))
    now = datetime.now(UTC)
    assert set(await ring.find([GP, f"{which}@surgery.example"], now)) == {GP}
    assert [why in each.why for each in ring.examine(now)[1]] == [True]


async def test_a_subkey_that_has_ended_is_not_encrypted_to_where_another_lives(tmp_path):
    shutil.copy(GNUPG / "subkey-renewed.asc", tmp_path)
    found = await Keyring(Keys(folder=tmp_path)).find(["subkey-renewed@surgery.example"], datetime.now(UTC))
    sealed = encrypt(bytes=b"x", recipients=[Cert.from_bytes(found["subkey-renewed@surgery.example"].data)])
    recipients = [each for each in PacketPile.from_bytes(sealed) if each.tag == Tag.PKESK]
    assert len(recipients) == 1


async def test_a_private_key_is_refused_and_says_what_to_give(tmp_path):
    (tmp_path / "a.asc").write_bytes(bytes(own_key()))
    (tmp_path / "b.pem").write_bytes(pem(certificate()) + key_pem("rsa"))
    (tmp_path / "c.p12").write_bytes(b"\x30\x82")
    chain = pkcs7.serialize_certificates([certificate(), authority()[0]], Encoding.PEM)
    (tmp_path / "d.pem").write_bytes(chain + key_pem("rsa"))
    ring = keyring(tmp_path)
    assert await ring.find([GP], NOW) == {}
    assert sorted("private key" in each.why for each in ring.examine(NOW)[1]) == [True] * 4


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
async def test_certificates_are_read_as_windows_exports_them(tmp_path, encoding):
    whole = pkcs7.serialize_certificates([certificate(), authority()[0]], encoding)
    (tmp_path / "surgery.p7b").write_bytes(whole)
    assert GP in await keyring(tmp_path).find([GP], NOW)


async def test_a_certificate_without_an_address_is_named(tmp_path):
    (tmp_path / "surgery.pem").write_bytes(
        trustme.CA().issue_cert("surgery.example").cert_chain_pems[0].bytes()
    )
    ring = keyring(tmp_path)
    assert await ring.find([GP], NOW) == {}
    assert [each.why for each in ring.examine(NOW)[1]] == ["names no mail address"]


def test_authorities_that_cannot_be_read_stop_the_start(tmp_path):
    with pytest.raises(SettingsProblem, match=r"keys\.ca_file"):
        Keyring(Keys(ca_file=tmp_path / "none.pem"))
