"""
The sections of the configuration file, ``chaperone.toml``.

Every section is a frozen value; its defaults are the product's. Secrets do not
stand in this file: they come from files or ``CHAPERONE_…`` variables.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from gateway.quantities import Duration, HostPort, Network, Relays, Size
from gateway.register.register import Agency

Count = Annotated[int, msgspec.Meta(ge=1)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file. Unknown keys are refused."""


class Tls(Section, frozen=True):
    """
    ``[smtp.tls]``: STARTTLS is offered once a certificate is named.

    *trusted_clients* may submit without signing in if a certificate of their own
    proves one of these names (``*.`` stands for anything before it); they are
    believed on the word of the system's authorities, or of those in *client_ca_file*.
    """

    certificate: Path
    key: Path
    trusted_clients: tuple[str, ...] = ()
    client_ca_file: Path | None = None


class Smtp(Section, frozen=True):
    """``[smtp]``: where mail comes in."""

    listen: tuple[HostPort, ...] = (HostPort("127.0.0.1:2525"),)
    listen_tls: tuple[HostPort, ...] = ()  # TLS from the first octet (port 465)
    trusted_networks: tuple[Network, ...] = (Network("127.0.0.1/32"),)
    proxies: tuple[Network, ...] = ()  # may use XFORWARD and XCLIENT, and the PROXY protocol
    proxy_protocol: bool = False  # connections from there begin with a PROXY line (v1 or v2)
    max_message_size: Size = Size(50_000_000)
    max_in_flight: Size = Size(64_000_000)  # of all messages at once; further ones wait, then get 451
    spool_above: Size = Size(1_000_000)  # of a message on its way in: beyond, it waits on disk, encrypted
    spool_folder: Path = Path("/var/tmp")  # noqa: S108 -- files without a name
    max_recipients: Count = 1_000
    max_messages_per_hour: Annotated[int, msgspec.Meta(ge=0)] = (
        0  # by account, or by sender on trusted networks; 0: no limit
    )
    max_recipients_per_hour: Annotated[int, msgspec.Meta(ge=0)] = 0
    max_connections: Count = 2_000
    max_connections_per_address: Count = 50  # trusted networks are not counted
    auth: Literal["accounts", "relay", "ldap"] = "accounts"  # whose passwords: ours, or the relay's own
    shared_mailboxes: dict[str, tuple[str, ...]] = {}  # address -> the accounts that may send as it
    max_sign_in_failures: Count = 20  # by address (IPv6: by /64) within the window; accounts slow down
    sign_in_window: Duration = Duration(300)
    hostname: str = ""
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1  # processes that share the ports
    idle_timeout: Duration = Duration(300)
    tls: Tls | None = None


class Ldap(Section, frozen=True):
    """
    ``[ldap]``: the directory that ``[smtp] auth = "ldap"`` asks, and ``[keys] ldap``; under verified TLS only.

    Certificates are looked up as *reader*, or as nobody where that is "".
    """

    url: str
    user: str  # whom to bind as: "uid={name},ou=people,dc=agency,dc=example", or "{name}@agency.example"
    base: str  # where the entry is searched for
    filter: str = "(uid={name})"
    addresses: tuple[str, ...] = ("mail",)  # attributes; Active Directory: ["mail", "proxyAddresses"]
    reader: str = ""
    reader_password_file: Path | None = None
    ca_file: Path | None = None
    timeout: Duration = Duration(10)


class Relay(Section, frozen=True):
    """``[relay]``: where mail goes out."""

    address: Relays = Relays((HostPort("127.0.0.1:2526"),))
    tls: Literal["none", "opportunistic", "required"] = "none"
    user: str = ""  # whom we sign in as; under TLS only
    password_file: Path | None = None  # or the variable CHAPERONE_RELAY_PASSWORD
    ca_file: Path | None = None  # further authorities whose certificates are believed, in PEM
    timeout: Duration = Duration(60)
    on_relay_down: Literal["defer", "queue"] = "defer"  # the client keeps the message, or we do
    max_connections: Count = 100  # to each relay at once; the workers share them
    max_messages_per_connection: Count = 100
    max_messages_per_minute: Annotated[int, msgspec.Meta(ge=0)] = (
        0  # to each relay; the workers share them; 0: no limit
    )
    check_recipients: bool = True  # ask the relay for each recipient while the client still names them


class Store(Section, frozen=True):
    """``[store]``: held messages, accounts, the register."""

    url: str = "sqlite:///var/chaperone.db"
    key_file: Path = Path("var/chaperone.key")


class RegisterSource(Section, frozen=True):
    """
    ``[register]``: where people come from.

    *source* is loaded while the store holds no register yet; *watch* is a folder
    from which exports are imported as they arrive, and removed afterwards unless
    *keep_dropped*. *max_removals* is the share of a kind of people that an import
    may remove without being told to. *contracted*: the pupils of a school's bundle
    are taught for that school. *keep_leavers*: how long former pupils and staff
    stay, for ever if it is not set.
    """

    source: Path | None = None
    watch: Path | None = None
    keep_dropped: bool = False
    mapping: Path | None = None
    encoding: str = "utf-8"
    contracted: bool = False
    max_removals: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.2
    keep_leavers: Duration | None = None


class Oidc(Section, frozen=True):
    """
    ``[web.oidc]``: people may sign in to the console by another service's word (OpenID Connect).

    The address that *issuer* vouches for must be the name or an address of an account.
    With *new_accounts* somebody of the agency's own domains who has none gets one with
    these roles. *trust_unverified*: for a service that says of no address that it is
    verified, and in which nobody but the agency itself sets addresses.
    """

    issuer: str
    client_id: str
    client_secret_file: Path | None = None  # or the variable CHAPERONE_OIDC_CLIENT_SECRET
    label: str = "Sign in with your work account"
    new_accounts: tuple[Literal["submit", "reviewer"], ...] = ()
    trust_unverified: bool = False


class Web(Section, frozen=True):
    """
    ``[web]``: the console and the tutors' pages.

    *base_url* is what people type and links begin with. *trusted_proxies* are
    believed when they say where a request came from. Who is signed in stays so for
    *session_longest* at most, and *session_idle* without a click.
    """

    listen: HostPort = HostPort("127.0.0.1:8025")
    base_url: str = "http://127.0.0.1:8025"
    trusted_proxies: tuple[Network, ...] = ()
    session_idle: Duration = Duration(1_800)
    session_longest: Duration = Duration(43_200)
    oidc: Oidc | None = None


class Notices(Section, frozen=True):
    """
    ``[notices]``: what tutors are told, and from whom.

    *sender* is the gateway's own address ("" means ``chaperone@`` and the first
    of the agency's domains). *contact* is whom a tutor may ask, *reviewers* get
    a mail when a message waits, *administrators* when somebody guesses at passwords or reaches the hourly
    limit; all default to the safeguarding lead. Those in *digest* get one mail about
    all new messages of a ``[review] digest``, in place of one for each.
    *templates* is a folder whose templates take the place of the product's. A
    refused message can be put right for so many *working_days*.
    """

    sender: str = ""
    contact: str = ""
    reviewers: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    digest: tuple[str, ...] = ()
    language: Literal["en", "cy"] = "en"
    timezone: str = "Europe/London"
    templates: Path | None = None
    working_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 3


class Protect(Section, frozen=True):
    """
    ``[protect]``: how files are protected, and how the passphrase gets to those who need it.

    *passphrase*: to the tutor, to be read out, or by "sms" to the carers' registered
    numbers where there are any. With *family_secrets* a family that has agreed a secret
    opens its files with that, and gets no second message. *words*: of a new passphrase.
    *sms_url_file* holds the SMS service's address in Apprise's form, with ``{phone}``
    where the number belongs (or CHAPERONE_SMS_URL); *country* is the prefix of national
    numbers. *text_for*: how long a text message is tried before the tutor gets the
    passphrase in its place.

    *protect_with* a "page": files are not sent but wait here, for *page_for*, and after
    *page_tries* wrong codes the page stays closed.
    """

    passphrase: Literal["tutor", "sms"] = "tutor"  # noqa: S105 -- a way, no secret
    words: Annotated[int, msgspec.Meta(ge=4, le=12)] = 6
    family_secrets: bool = True
    sms_url_file: Path | None = None
    country: Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{0,3}$")] = "+44"
    text_for: Duration = Duration(600)
    protect_with: Literal["file", "page"] = "file"
    page_for: Duration = Duration(14 * 86_400)
    page_tries: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10


class Keys(Section, frozen=True):
    """
    ``[keys]``: whose messages are encrypted as a whole instead, and to which keys.

    *folder* holds certificates (.pem, .crt, .cer, .der, .p7b, .p7c) and OpenPGP keys (.asc, .gpg, .pgp);
    what is put there is vouched for, unless *ca_file* names the authorities that a
    certificate must come from. With *ldap* the directory of ``[ldap]`` is asked for certificates, with
    *wkd* the recipient's own domain for an OpenPGP key.
    """

    folder: Path | None = None
    ca_file: Path | None = None
    ldap: bool = False
    wkd: bool = False


class Outbox(Section, frozen=True):
    """``[outbox]``: mail that the relay has not taken yet is given up, and reported, after this time."""

    give_up_after: Duration = Duration(3 * 86_400)


class Review(Section, frozen=True):
    """
    ``[review]``: who decides on held messages.

    Messages that one of the rules in *two_people* stopped need two who agree;
    those of *reserved* are for the safeguarding lead alone. What has waited for
    *escalate_after* is brought to the lead's attention. A decision can be taken
    back for as long as *undo* says. *notify_file* has the addresses (Teams, Slack,
    webhooks: as Apprise writes them, one a line) that are told of new messages, all
    of an interval of *digest* at once; they are secrets, hence a file, or the
    variable CHAPERONE_NOTIFY.

    The queue begins with messages that a rule of *urgent* stopped (by default what may
    concern a child's safety or health), then those of *serious* (by default what would be
    a disclosure), then the rest (by default matters of form).
    """

    two_people: frozenset[str] = frozenset()
    reserved: frozenset[str] = frozenset()
    urgent: frozenset[str] = frozenset({"malware", "sensitive_body", "sensitive_bulk", "sensitive_subject"})
    serious: frozenset[str] = frozenset(
        {
            "bulk_disclosure",
            "file_share_link",
            "parent_missing",
            "password_included",
            "photo_without_consent",
            "recipient_doubt",
            "uninspectable",
            "unprotected_attachment",
            "weak_protection",
        }
    )
    escalate_after: Duration = Duration(4 * 3_600)
    undo: Duration = Duration(10)
    notify_file: Path | None = None
    digest: Duration = Duration(15 * 60)

    def severity(self, rules: Iterable[str], *, reserved: bool = False) -> int:
        """How pressing a message is: 2 urgent (or for the safeguarding lead alone), 1 serious, 0 neither."""
        found = frozenset(rules)
        if reserved or found & (self.urgent | self.reserved):
            return 2
        return 1 if found & self.serious else 0


class Retention(Section, frozen=True):
    """
    ``[retention]``: how long each kind of record is kept.

    *contents*: messages after the decision; *undecided*: messages that nobody
    decided on, which expire and never leave; *records*: what is left of an item
    without its contents, and of mail that has left; *passphrases*: those of protected
    messages, for tutors who lose them; *addresses*: that an address was written to,
    since the last time; *audit*: the audit trail.
    """

    contents: Duration = Duration(5 * 86_400)
    undecided: Duration = Duration(30 * 86_400)
    records: Duration = Duration(365 * 86_400)
    passphrases: Duration = Duration(30 * 86_400)
    addresses: Duration = Duration(2 * 365 * 86_400)
    audit: Duration = Duration(6 * 365 * 86_400)


class PolicySource(Section, frozen=True):
    """``[policy]``: the pack, and what this agency does differently."""

    pack: str = "home-tutoring"
    rules: dict[str, dict[str, Any]] = {}


class Log(Section, frozen=True):
    """``[log]``: one event a line."""

    format: Literal["auto", "json", "text"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Section, frozen=True):
    """The whole file. *base* is the folder that relative paths start from."""

    agency: Agency
    smtp: Smtp = Smtp()
    ldap: Ldap | None = None
    relay: Relay = Relay()
    store: Store = Store()
    register: RegisterSource = RegisterSource()
    web: Web = Web()
    notices: Notices = Notices()
    policy: PolicySource = PolicySource()
    protect: Protect = Protect()
    keys: Keys = Keys()
    outbox: Outbox = Outbox()
    review: Review = Review()
    retention: Retention = Retention()
    log: Log = Log()
    base: Path = Path()
