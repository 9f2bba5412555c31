"""A configuration that is wrong stops the start with one line that says what to do."""

import pytest

from gateway.cli import main
from gateway.settings import SettingsProblem, config_folder, read_settings

GOOD = '[agency]\nname = "A"\ndomains = ["a.example"]\n'


@pytest.fixture
def write(tmp_path):
    def put(text, name="chaperone.toml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return put


@pytest.mark.parametrize(
    ("extra", "key", "found", "expected"),
    [
        ("[smtp]\nlistn = []", "smtp.listn", "an unknown key", "listen, perhaps?"),
        ('[smtp]\nlisten = ["here"]', "smtp.listen[0]", "'here'", 'a host and port such as "127.0.0.1:2525"'),
        (
            '[smtp]\nmax_message_size = "5 apples"',
            "smtp.max_message_size",
            "'5 apples'",
            'a size such as "50MB"',
        ),
        ("[smtp]\nidle_timeout = 5", "smtp.idle_timeout", "5", 'a duration such as "10 minutes" or "3 days"'),
        (
            '[smtp]\ntrusted_networks = ["10.1.0.0/8"]',
            "smtp.trusted_networks[0]",
            "'10.1.0.0/8'",
            "a network",
        ),
        ('[relay]\ntls = "maybe"', "relay.tls", "'maybe'", "one of none, opportunistic, required"),
        ("[relay]\naddress = []", "relay.address", "[]", "a host and port"),
        ('[smtp.tls]\ncertificate = "x"', "smtp.tls.key", "nothing", "this key: it is required"),
        ("[smtp]\nmax_recipients = -3", "smtp.max_recipients", "-3", "a whole number, at least 1"),
        ("[stor]\nurl = 'x'", "stor", "an unknown key", "store, perhaps?"),
        ("[store]\nkey_file = 3", "store.key_file", "3", "a path"),
        ('[register]\nwatch = ""', "register.watch", "''", "a path"),
        ('[relay]\naddress = "my relay:25"', "relay.address", "'my relay:25'", "a host and port"),
        (
            '[retention]\naudit = "9999 weeks"',
            "retention.audit",
            "'9999 weeks'",
            "a duration of at most 36500 days",
        ),
    ],
)
def test_a_bad_value_is_one_line_with_file_key_found_and_expected(write, extra, key, found, expected):
    file = write(f"{GOOD}{extra}\n")
    with pytest.raises(SettingsProblem) as problem:
        read_settings(file)
    line = str(problem.value)
    assert line.startswith(f"{file}: {key}: found {found}, expected {expected}")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "agency: found nothing, expected this key"),
        (b"[agency", "no TOML"),
        (b"[agency]\ndomains = []", "agency.domains: found none"),
        (
            b'[agency]\ndomains = ["a.example"]\nsafeguarding_lead = "nobody"',
            "found 'nobody', expected an address",
        ),
        (
            b'[agency]\ndomains = ["a.example"]\nsafeguarding_lead = "Ann <dsl@a.example>"',
            "found 'Ann <dsl@a.example>', expected an address",
        ),
        (
            b'[agency]\ndomains = ["@a.example"]',
            "agency.domains: found '@a.example', expected what stands behind",
        ),
        (b'[agency]\ndomains = ["https://a.example"]', "agency.domains: found 'https://a.example'"),
        (b'[agency]\ndomains = [""]', "agency.domains: found ''"),
        (b"\xff\xfe[agency]", "UnicodeDecodeError"),
        (b'base = "x"', "base: found an unknown key"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(write, content, says):
    with pytest.raises(SettingsProblem, match=says.replace("[", r"\[")):
        read_settings(write(content))


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ('[policy]\npack = "nope"', "'nope', expected a path or one of"),
        ('[policy.rules.subject_nam]\naction = "reject"', "a rule that is not installed"),
        (
            '[policy.rules.subject_name]\naction = "explode"',
            "found 'explode', expected one of deliver, fix, encrypt",
        ),
        ("[policy.rules.bulk_disclosure]\nthreshold = 'many'", "policy.rules.bulk_disclosure.threshold"),
        (
            "[policy.rules.bulk_disclosure]\nthresold = 5",
            "policy.rules.bulk_disclosure.thresold: found an unknown key",
        ),
        ('[register]\nsource = "missing.json"', "missing.json"),
    ],
)
def test_the_command_line_ends_with_2_and_one_line(write, capsys, extra, says, tmp_path):
    file = write(f"{GOOD}{extra}\n")
    mail = tmp_path / "mail.eml"
    mail.write_text("Subject: x\n\nbody\n")
    status = main(["check", "--config", str(file), "--from", "a@a.example", "--to", "b@b.example", str(mail)])
    error = capsys.readouterr().err
    assert status == 2
    assert says in error
    assert len(error.strip().splitlines()) == 1
    assert "Traceback" not in error


def test_the_products_own_configuration_is_complete_and_correct():
    settings = read_settings(config_folder() / "chaperone.toml")
    assert settings.policy.pack == "home-tutoring"


def test_relative_paths_start_from_the_files_folder(write, tmp_path):
    settings = read_settings(write(GOOD + '[register]\nsource = "people/register.json"\n'))
    assert settings.register.source == tmp_path / "people" / "register.json"


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ('[store]\nurl = "mysql://host/name"', "store.url: found 'mysql'"),
        ('[register]\nsource = "people.json"', "register.source: "),
        ('[policy]\npack = "mine"', "policy.pack: found 'mine'"),
        (
            '[policy.rules.bulk_disclosure]\nthreshold = "five"',
            "policy home-tutoring: policy.rules.bulk_disclosure.threshold: found text in quotes, expected a whole",
        ),
    ],
)
def test_what_is_found_wrong_later_names_the_file_too(write, capsys, extra, says):
    file = write(f"{GOOD}{extra}\n")
    given = ["--from", "tom@a.example", "--to", "ana@family.example", str(file)]
    assert main(["check", "--config", str(file), *given]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith(f"chaperone: {file}: {says}"), lines
