"""Signing in against a real directory (OpenLDAP), under TLS."""

import asyncio
import shutil
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from gateway.commands.doctor_protecting import directory as examined
from gateway.directory import DirectoryDown
from gateway.keys.certificates import der
from gateway.keys.keyring import Keyring
from gateway.keys.ldap_certificates import LdapCertificates
from gateway.mail.account import Account
from gateway.sections import Agency, Keys, Ldap, Settings, Tls
from gateway.smtp.ldap_accounts import LdapAccounts
from tests.interop.postfix import free_ports
from tests.keys.make import GP, NOW, certificate, pem
from tests.keys.make import authority as smime_authority

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/bin:/usr/libexec:/usr/lib/openldap")

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.4203.666.1.99 NAME 'proxyAddresses' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.4203.666.2.99 NAME 'likeActiveDirectory' AUXILIARY MAY proxyAddresses )
pidfile {folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
database mdb
suffix "dc=agency,dc=example"
rootdn "cn=admin,dc=agency,dc=example"
rootpw admin
directory {folder}/db
"""
PEOPLE = """
dn: dc=agency,dc=example
objectClass: dcObject
objectClass: organization
dc: agency
o: Agency

dn: ou=people,dc=agency,dc=example
objectClass: organizationalUnit
ou: people

dn: uid=tom,ou=people,dc=agency,dc=example
objectClass: inetOrgPerson
uid: tom
cn: Tom Reed
sn: Reed
mail: tom@agency.example
mail: office@agency.example
userPassword: correct horse
"""


@asynccontextmanager
async def directory(folder: Path, tls: Tls, more: str = "") -> AsyncIterator[int]:
    if SLAPD is None:
        pytest.skip("slapd is not installed (make test-interop installs it)")
    (folder / "db").mkdir()
    config, people = folder / "slapd.conf", folder / "people.ldif"
    config.write_text(CONFIG.format(folder=folder, certificate=tls.certificate, key=tls.key))
    people.write_text(PEOPLE + more)
    (port,) = free_ports(1)
    subprocess.run(  # noqa: ASYNC221 -- nothing else runs yet
        [SLAPD, "-T", "a", "-f", str(config), "-l", str(people)], check=True, capture_output=True
    )
    process = await asyncio.create_subprocess_exec(
        SLAPD, "-d", "0", "-f", str(config), "-h", f"ldap://127.0.0.1:{port}"
    )
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield port
    finally:
        process.terminate()
        await process.wait()


def accounts(port: int, ca_file: Path | None, **changes: object) -> LdapAccounts:
    user = "uid={name},ou=people,dc=agency,dc=example"
    return LdapAccounts(
        Ldap(
            url=f"ldap://localhost:{port}", user=user, base="dc=agency,dc=example", ca_file=ca_file, **changes
        )
    )


async def test_a_bind_decides_and_the_entry_lists_the_addresses(
    tmp_path: Path, tls_files: Tls, authority: trustme.CA
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with directory(tmp_path, tls_files) as port:
        people = accounts(port, tmp_path / "ca.pem")
        tom = Account("tom", ("tom@agency.example", "office@agency.example"), ("submit",))
        assert await people.verify("tom", "correct horse") == tom
        for name, password in (
            ("tom", "wrong"),
            ("tom", ""),
            ("eve", "correct horse"),
            ("tom,ou=people", "correct horse"),
            ("*", "correct horse"),
            ("", "correct horse"),
        ):
            assert await people.verify(name, password) is None, (name, password)


async def test_a_directory_that_cannot_be_believed_is_not_asked(tmp_path: Path, tls_files: Tls) -> None:
    async with directory(tmp_path, tls_files) as port:
        with pytest.raises(DirectoryDown):
            await accounts(port, None).verify("tom", "correct horse")


async def test_a_directory_that_is_down_is_a_matter_of_time(closed_port: str) -> None:
    with pytest.raises(DirectoryDown):
        await accounts(int(closed_port.partition(":")[2]), None).verify("tom", "correct horse")


def surgery(uid: str, mail: str, *attributes: tuple[str, bytes]) -> str:
    """An entry with certificates."""
    values = "\n".join(f"{name}:: {b64encode(value).decode()}" for name, value in attributes)
    return (
        f"\ndn: uid={uid},ou=people,dc=agency,dc=example\nobjectClass: inetOrgPerson\nuid: {uid}\n"
        f"cn: Surgery\nsn: Surgery\nmail: {mail}\n{values}\n"
    )


def keyring(port: int, folder: Path, reader: str = "", password: str = "") -> Keyring:
    (folder / "smime.pem").write_bytes(pem(smime_authority()[0]))
    (folder / "password").write_text(f"{password}\n")
    settings = Ldap(
        url=f"ldap://localhost:{port}",
        user="",
        reader=reader,
        reader_password_file=folder / "password" if password else None,
        base="dc=agency,dc=example",
        ca_file=folder / "ca.pem",
    )
    return Keyring(Keys(ca_file=folder / "smime.pem"), ldap=LdapCertificates(settings))


RSA, EC = certificate("rsa"), certificate("ec")
SIGNED = pkcs7.serialize_certificates([EC, smime_authority()[0]], Encoding.DER)


@pytest.mark.parametrize(
    ("attributes", "used"),
    [
        ([("userCertificate;binary", der(RSA))], der(RSA)),
        ([("userSMIMECertificate", SIGNED)], der(EC)),
        ([("userCertificate;binary", der(certificate(ends=-timedelta(days=1))))], None),
        ([("userCertificate;binary", der(certificate(issuer="Somebody else")))], None),
        ([("userCertificate;binary", der(certificate(usage="digital_signature")))], None),
        ([("userCertificate;binary", der(certificate(address="other@surgery.example")))], None),
        ([("userSMIMECertificate", b"nothing of the kind"), ("userCertificate;binary", der(RSA))], der(RSA)),
    ],
    ids=[
        "certificate",
        "signed",
        "expired",
        "another authority",
        "for signing",
        "another's",
        "beside a broken one",
    ],
)
async def test_a_certificate_is_found_by_its_address_and_held_to_the_same_rules(
    tmp_path: Path,
    tls_files: Tls,
    authority: trustme.CA,
    attributes: list[tuple[str, bytes]],
    used: bytes | None,
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with directory(tmp_path, tls_files, surgery("gp", GP, *attributes)) as port:
        found = await keyring(port, tmp_path).find([GP.upper(), "*", "tom@agency.example"], NOW)
        assert {address: key.data for address, key in found.items()} == ({GP: used} if used else {})


async def test_what_the_directory_said_is_remembered(
    tmp_path: Path, tls_files: Tls, authority: trustme.CA
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    entry = surgery("gp", GP, ("userCertificate;binary", der(certificate())))
    async with directory(tmp_path, tls_files, entry) as port:
        ring = keyring(port, tmp_path)
        assert GP in await ring.find([GP], NOW)
    assert GP in await ring.find([GP], NOW)
    assert await ring.find(["tom@agency.example"], NOW) == {}  # it is down, which stops nothing


async def test_the_directory_is_asked_as_its_reader(
    tmp_path: Path, tls_files: Tls, authority: trustme.CA
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    entry = surgery("gp", GP, ("userCertificate;binary", der(RSA)))
    async with directory(tmp_path, tls_files, entry) as port:
        reader = "cn=admin,dc=agency,dc=example"
        assert GP in await keyring(port, tmp_path, reader, "admin").find([GP], NOW)
        assert await keyring(port, tmp_path, reader, "wrong").find([GP], NOW) == {}


async def test_a_certificate_is_found_by_an_address_that_is_not_the_main_one(
    tmp_path: Path, tls_files: Tls, authority: trustme.CA
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    entry = surgery("gp", "main@surgery.example", ("userCertificate;binary", der(RSA))).rstrip("\n")
    entry += f"\nobjectClass: likeActiveDirectory\nproxyAddresses: SMTP:main@surgery.example\nproxyAddresses: smtp:{GP}\n"
    async with directory(tmp_path, tls_files, entry) as port:
        assert GP in await keyring(port, tmp_path).find([GP], NOW)


def looked_up(port: int, folder: Path) -> Settings:
    return Settings(
        agency=Agency(name="Brightpath", domains=("agency.example",), safeguarding_lead=GP),
        keys=Keys(ldap=True),
        ldap=Ldap(
            url=f"ldap://localhost:{port}", user="", base="dc=agency,dc=example", ca_file=folder / "ca.pem"
        ),
    )


async def test_doctor_tries_the_directory(
    tmp_path: Path, tls_files: Tls, authority: trustme.CA, closed_port: str
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with directory(
        tmp_path, tls_files, surgery("gp", GP, ("userCertificate;binary", der(RSA)))
    ) as port:
        (good,) = await examined(looked_up(port, tmp_path))
    assert (good.state, "(1 certificates" in good.found) == ("good", True)
    (bad,) = await examined(looked_up(int(closed_port.partition(":")[2]), tmp_path))
    assert (bad.state, bad.found) == ("bad", "cannot be searched")
