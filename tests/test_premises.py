"""What a configuration presupposes: each thing that is missing is one sentence, and nothing is served."""

import pytest

from gateway.premises import check_premises
from gateway.settings import SettingsProblem, read_pack, settings_from

RULES = ("subject_name", "bulk_disclosure")
TLS = {"certificate": "c", "key": "k"}
SIGNED_IN = {"user": "gateway", "tls": "required"}
LDAP = {"url": "ldaps://directory.example", "user": "uid={name}", "base": ""}
OIDC = {"issuer": "https://accounts.example", "client_id": "chaperone", "client_secret_file": "secret"}


def checked(folder, **tables):
    table = {"agency": {"domains": ["agency.example"]}, **tables}
    settings = settings_from(table, folder / "chaperone.toml")
    check_premises(settings, RULES)
    read_pack(settings)


def test_a_configuration_of_defaults_is_sound(tmp_path):
    checked(tmp_path)


@pytest.mark.parametrize(
    ("tables", "key", "found"),
    [
        ({"smtp": {"spool_folder": "nowhere"}}, "smtp.spool_folder", "nowhere"),
        ({"notices": {"templates": "nowhere"}}, "notices.templates", "nowhere"),
        ({"keys": {"folder": "nowhere"}}, "keys.folder", "nowhere"),
        ({"relay": {"ca_file": "no.pem"}}, "relay.ca_file", "No such file"),
        ({"relay": {"ca_file": "bad.pem"}}, "relay.ca_file", "no PEM"),
        (
            {"smtp": {"tls": {"certificate": "c", "key": "k", "client_ca_file": "bad.pem"}}},
            "smtp.tls.client_ca_file",
            "no PEM",
        ),
        (
            {"ldap": {"url": "ldaps://x", "user": "{name}", "base": "", "ca_file": "bad.pem"}},
            "ldap.ca_file",
            "no PEM",
        ),
        ({"review": {"two_people": ["bulk"]}}, "review.two_people", "'bulk'"),
        ({"review": {"reserved": ["subject_nam"]}}, "review.reserved", "'subject_nam'"),
        ({"notices": {"sender": "gateway"}}, "notices.sender", "'gateway'"),
        ({"notices": {"administrators": ["it"]}}, "notices.administrators", "'it'"),
        (
            {"smtp": {"shared_mailboxes": {"office": ["tom@agency.example"]}}},
            "smtp.shared_mailboxes",
            "'office'",
        ),
        ({"web": {"base_url": "mail.agency.example"}}, "web.base_url", "'mail.agency.example'"),
        ({"web": {"base_url": "https://"}}, "web.base_url", "'https://'"),
        ({"web": {"base_url": "https://["}}, "web.base_url", "'https://['"),
        ({"web": {"base_url": "https://mail.agency.example:port"}}, "web.base_url", "'https://mail"),
        ({"web": {"oidc": {**OIDC, "issuer": "https://[bad"}}}, "web.oidc.issuer", "'https://[bad'"),
        ({"smtp": {"hostname": f"{'a' * 60}!"}}, "smtp.hostname", "'aaaa"),
        ({"web": {"session_idle": "0 minutes"}}, "web.session_idle", "no time"),
        ({"notices": {"digest": ["Office <office@agency.example>"]}}, "notices.digest", "'Office <"),
        ({"review": {"urgent": ["sensitive"]}}, "review.urgent", "'sensitive'"),
        ({"register": {"mapping": "columns.toml"}}, "register.mapping", "columns.toml"),
        ({"register": {"encoding": "latin-one"}}, "register.encoding", "'latin-one'"),
        ({"smtp": {"listen": []}}, "smtp.listen", "no address"),
        ({"smtp": {"max_message_size": 50}}, "smtp.max_message_size", "50 bytes"),
        ({"smtp": {"idle_timeout": "0 s"}}, "smtp.idle_timeout", "no time"),
        ({"smtp": {"proxy_protocol": True}}, "smtp.proxy_protocol", "without proxies"),
        ({"smtp": {"hostname": "the gateway"}}, "smtp.hostname", "'the gateway'"),
        ({"relay": {"user": "gateway"}}, "relay.tls", '"none"'),
        ({"relay": {"user": "gateway", "tls": "required"}}, "relay.password_file", "nothing"),
        ({"ldap": {"url": "directory", "user": "{name}", "base": ""}}, "ldap.url", "'directory'"),
        ({"policy": {"pack": "mine.toml"}}, "policy.pack", "'mine.toml'"),
        ({"agency": {"domains": ["agency.example"], "name": " "}}, "agency.name", "' '"),
        ({"agency": {"domains": ["agency.example"], "name": "A\nBcc: x"}}, "agency.name", "'A"),
        ({"smtp": {"hostname": "köln agency.example"}}, "smtp.hostname", "agency.example'"),
        ({"agency": {"domains": ["agency.example"], "name": "A\u2028B"}}, "agency.name", "'A"),
        ({"smtp": {"listen_tls": ["127.0.0.1:465"]}}, "smtp.listen_tls", "no [smtp.tls]"),
        ({"smtp": {"tls": {**TLS, "trusted_clients": [""]}}}, "smtp.tls.trusted_clients", "no name"),
        (
            {"smtp": {"shared_mailboxes": {"office@agency.example": [""]}}},
            "smtp.shared_mailboxes.office@agency.example",
            "an empty text",
        ),
        ({"smtp": {"auth": "ldap"}}, "smtp.auth", "without [ldap]"),
        ({"relay": {**SIGNED_IN, "password_file": "nowhere"}}, "relay.password_file", "FileNotFoundError"),
        ({"relay": {**SIGNED_IN, "password_file": "empty"}}, "relay.password_file", "an empty file"),
        ({"relay": {"address": ["relay.example:25", "127.0.0.1:0"]}}, "relay.address", "port 0"),
        ({"ldap": {**LDAP, "url": "ldaps://"}}, "ldap.url", "'ldaps://'"),
        ({"smtp": {"auth": "ldap"}, "ldap": {**LDAP, "user": "cn=chaperone"}}, "ldap.user", "'cn=chaperone'"),
        ({"smtp": {"auth": "ldap"}, "ldap": {**LDAP, "filter": "(uid=*)"}}, "ldap.filter", "'(uid=*)'"),
        ({"ldap": {**LDAP, "addresses": []}}, "ldap.addresses", "no attribute"),
        ({"ldap": {**LDAP, "timeout": "0 s"}}, "ldap.timeout", "no time"),
        ({"ldap": {**LDAP, "reader": "cn=reader"}}, "ldap.reader_password_file", "nothing"),
        ({"ldap": {**LDAP, "reader_password_file": "secret"}}, "ldap.reader", "nothing"),
        ({"keys": {"ldap": True}}, "keys.ldap", "true"),
        ({"keys": {"ca_file": "bad.pem"}}, "keys.ca_file", "no PEM"),
        ({"web": {"oidc": {**OIDC, "issuer": "http://accounts.example"}}}, "web.oidc.issuer", "'http://acc"),
        ({"web": {"oidc": {**OIDC, "client_id": ""}}}, "web.oidc.client_id", "an empty text"),
        (
            {"web": {"oidc": {**OIDC, "client_secret_file": "nowhere"}}},
            "web.oidc.client_secret_file",
            "FileNotFoundError",
        ),
        (
            {"web": {"oidc": {**OIDC, "client_secret_file": "empty"}}},
            "web.oidc.client_secret_file",
            "an empty file",
        ),
        ({"register": {"watch": "."}}, "register.watch", ""),
        ({"notices": {"timezone": "Europe/Londn"}}, "notices.timezone", "'Europe/Londn'"),
        ({"protect": {"page_for": "0 days"}}, "protect.page_for", "no time"),
    ],
)
def test_what_is_missing_or_means_nothing_stops_the_start(tmp_path, monkeypatch, tables, key, found):
    monkeypatch.delenv("CHAPERONE_RELAY_PASSWORD", raising=False)
    (tmp_path / "bad.pem").write_text("no certificate")
    (tmp_path / "secret").write_text("only for this test\n")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SettingsProblem) as problem:
        checked(tmp_path, **tables)
    assert str(problem.value).startswith(f"configuration: {key}: found ")
    assert found in str(problem.value)


@pytest.mark.parametrize(
    "tables",
    [
        {"web": {"oidc": OIDC}},
        {"relay": {**SIGNED_IN, "password_file": "secret"}},
        {"smtp": {"hostname": "[192.0.2.1]"}},
        {"smtp": {"hostname": "[IPv6:2001:db8::1]"}},
        {"smtp": {"hostname": "mail.müller.example"}},
        {"smtp": {"sign_in_window": "0 s"}},
        {"smtp": {"shared_mailboxes": {"office@agency.example": []}}},
        {"relay": {"password_file": "nowhere"}},
        {"review": {"notify_file": "empty"}},
        {"agency": {"domains": ["agency.example"], "name": "Lark\u00a0field \u200dTutors"}},
        {
            "web": {"oidc": {"issuer": "https://accounts.example", "client_id": "chaperone"}}
        },  # with PKCE alone
        {"web": {"oidc": {**OIDC, "issuer": "http://localhost:8090"}}},
        {"ldap": {**LDAP, "user": ""}, "keys": {"ldap": True}},  # certificates only: nobody signs in by it
        {"ldap": {**LDAP, "reader": "cn=reader", "reader_password_file": "secret"}, "keys": {"ldap": True}},
        {"smtp": {"tls": {**TLS, "trusted_clients": ["*.provider.example", "mail.provider.example"]}}},
    ],
)
def test_what_belongs_together_and_is_there_is_sound(tmp_path, tables):
    (tmp_path / "secret").write_text("only for this test\n")
    (tmp_path / "empty").write_text("\n")
    checked(tmp_path, **tables)
