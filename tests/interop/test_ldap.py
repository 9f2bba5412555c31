"""Signing in against a real directory (OpenLDAP), under TLS."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from gateway.mail.account import Account
from gateway.sections import Ldap, Tls
from gateway.smtp.ldap_accounts import DirectoryDown, LdapAccounts
from tests.interop.postfix import free_port

pytestmark = [pytest.mark.interop, pytest.mark.timeout(60)]
SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/bin:/usr/libexec:/usr/lib/openldap")

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
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
async def directory(folder: Path, tls: Tls) -> AsyncIterator[int]:
    if SLAPD is None:
        pytest.skip("slapd is not installed (make test-interop installs it)")
    (folder / "db").mkdir()
    config, people = folder / "slapd.conf", folder / "people.ldif"
    config.write_text(CONFIG.format(folder=folder, certificate=tls.certificate, key=tls.key))
    people.write_text(PEOPLE)
    port = free_port()
    subprocess.run(  # noqa: ASYNC221 -- nothing else runs yet
        [SLAPD, "-T", "a", "-f", str(config), "-l", str(people)], check=True, capture_output=True
    )
    process = await asyncio.create_subprocess_exec(
        SLAPD, "-d", "0", "-f", str(config), "-h", f"ldap://127.0.0.1:{port}"
    )
    try:
        async with asyncio.timeout(20):
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


async def test_a_directory_that_is_down_is_a_matter_of_time() -> None:
    with pytest.raises(DirectoryDown):
        await accounts(free_port(), None).verify("tom", "correct horse")
