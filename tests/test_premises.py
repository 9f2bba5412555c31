"""What a configuration presupposes: each thing that is missing is one sentence, and nothing is served."""

import pytest

from gateway.premises import check_premises
from gateway.settings import SettingsProblem, read_pack, settings_from

RULES = ("subject_name", "bulk_disclosure")


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
    ],
)
def test_what_is_missing_or_means_nothing_stops_the_start(tmp_path, tables, key, found):
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(SettingsProblem) as problem:
        checked(tmp_path, **tables)
    assert str(problem.value).startswith(f"configuration: {key}: found ")
    assert found in str(problem.value)
