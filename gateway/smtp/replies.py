"""
The replies that the session itself gives, by name (RFC 5321, 4.2; RFC 3463).

A tutor sees them in an error window of a mail program: they say in plain English
what is wrong, and where it helps, what to do.
"""

from gateway.mail.reply import Reply


def line(code: int, enhanced: str, *lines: str) -> bytes:
    """A reply as bytes, ready for the wire."""
    return Reply(code, enhanced, lines).wire().encode("ascii", "replace") + b"\r\n"


BYE = line(221, "2.0.0", "Goodbye")
SIGNED_IN = line(235, "2.7.0", "Signed in")
RESET = line(250, "2.0.0", "OK")
NOOP = line(250, "2.0.0", "OK")
SENDER = line(250, "2.1.0", "Sender OK")
RECIPIENT = line(250, "2.1.5", "Recipient OK")
VERIFY = line(252, "2.5.2", "I do not check addresses, but will take a message for it")
HELP = line(214, "2.0.0", "Commands: EHLO HELO MAIL RCPT DATA RSET NOOP VRFY STARTTLS AUTH QUIT")
START_TLS = line(220, "2.0.0", "Ready to start TLS")
START_DATA = b"354 End the message with a line that holds one dot\r\n"

TOO_SLOW = line(421, "4.4.2", "Nothing came for too long; closing the connection")
TOO_MANY_CONNECTIONS = line(421, "4.7.0", "Too many connections at once; please try again in a few minutes")
TOO_MANY_ERRORS = line(421, "4.7.0", "Too many errors; closing the connection")
TOO_MANY_IDLE_COMMANDS = line(421, "4.7.0", "Too many commands without a message; closing the connection")
TOO_MANY_SIGN_INS = line(421, "4.7.0", "Too many failed attempts to sign in; closing the connection")
SHUTTING_DOWN = line(421, "4.3.2", "The mail service is restarting; please send again in a minute")

_BUSY = (
    "There is too much mail at once here; your message is still with you: please send it again in a minute"
)
BUSY = line(421, "4.3.2", _BUSY)
NO_ROOM = line(451, "4.3.1", _BUSY)
DISK_FULL = line(452, "4.3.1", "There is no room for so large a message here now; please send it again later")
NO_ROOM_NOW = line(421, "4.3.1", _BUSY)

TLS_UNAVAILABLE = line(454, "4.7.0", "TLS is not available here")
TOO_MANY_RECIPIENTS = line(
    452, "4.5.3", "Too many recipients for one message; send it to the others separately"
)

TOO_MUCH_THIS_HOUR = line(
    450,
    "4.7.1",
    "You have sent as much as one person may send in an hour; please send this later.",
    "If it was not you who sent so much, tell your administrator at once",
)
LOOP = line(
    554,
    "5.4.6",
    "The message has been through this server before: it goes round in circles, so it was not sent.",
    "Tell your administrator",
)

LINE_TOO_LONG = line(500, "5.5.2", "That line is too long")
UNKNOWN = line(500, "5.5.1", "I do not know that command")
BAD_LINE_END = line(500, "5.5.2", "Every command must end with CR LF, and hold no other control character")
NOT_ASCII = line(500, "5.5.2", "A command's name must be plain ASCII")
HELO_SYNTAX = line(501, "5.5.4", "Say HELO or EHLO with the name of your computer")
NO_ARGUMENT = line(501, "5.5.4", "That command takes no argument")
NEEDS_ARGUMENT = line(501, "5.5.4", "That command needs an argument")
MAIL_SYNTAX = line(501, "5.1.7", "Write it as MAIL FROM:<address>")
RCPT_SYNTAX = line(501, "5.1.3", "Write it as RCPT TO:<address>")
PARAMETER_SYNTAX = line(501, "5.5.4", "A parameter of that command cannot be read")
NEEDS_SMTPUTF8 = line(501, "5.6.7", "An address with letters beyond ASCII needs the parameter SMTPUTF8")
NOT_BASE64 = line(501, "5.5.2", "That is not base64")
SIGN_IN_SYNTAX = line(501, "5.5.2", "That sign-in cannot be read")
SIGN_IN_GIVEN_UP = line(501, "5.7.0", "Sign-in given up")
NOT_OFFERED = line(502, "5.5.1", "That command is not offered here")
HELO_FIRST = line(503, "5.5.1", "Say EHLO first")
MAIL_FIRST = line(503, "5.5.1", "Say MAIL first")
RCPT_FIRST = line(503, "5.5.1", "Say RCPT first: no recipient has been accepted")
MAIL_TWICE = line(503, "5.5.1", "MAIL was given already; RSET starts anew")
SIGNED_IN_ALREADY = line(503, "5.5.1", "You have signed in already")
NOT_NOW = line(503, "5.5.1", "Not in the middle of a message")
TLS_ALREADY = line(503, "5.5.1", "TLS is on already")
TOO_EARLY = line(503, "5.5.0", "More was sent before the reply to the last command; closing the connection")
NO_SUCH_SIGN_IN = line(504, "5.5.4", "That way of signing in is not offered here")
SIGN_IN_FIRST = line(530, "5.7.0", "Sign in first: set your mail program to use your user name and password")
WRONG_SIGN_IN = line(535, "5.7.8", "User name or password are not right")
TLS_FIRST = line(538, "5.7.11", "Turn on TLS (STARTTLS) in your mail program before you sign in")
NOT_A_PROXY = line(550, "5.7.0", "You are not one of the servers that may speak for others")
NOT_YOUR_ADDRESS = line(
    553,
    "5.7.1",
    "Your account may not send from that address.",
    "Choose your own address as the sender, or ask your administrator to list this one for your account",
)
NOT_YOUR_FROM = line(
    550,
    "5.7.1",
    "The message names an author (From) that your account may not send as, so it was not sent.",
    "Choose your own address as the sender, or ask your administrator to list this one for your account",
)
UNKNOWN_PARAMETER = line(555, "5.5.4", "That parameter is not known here")

BARE_LINE_END = line(
    550,
    "5.6.11",
    "The message has a line that does not end as mail requires (CR LF), so it was not sent.",
    "Write it anew in your mail program instead of pasting or forwarding it, and send it again",
)
NUL_BYTE = line(
    550,
    "5.6.0",
    "The message holds a zero byte, which mail may not have, so it was not sent.",
    "Put such content into an attached file, and send the message again",
)


def greeting(hostname: str) -> bytes:
    """The first line of a connection."""
    return f"220 {hostname} ESMTP\r\n".encode("ascii", "replace")


def too_large(limit: int) -> bytes:
    """The message is over the size limit of *limit* bytes."""
    shown = f"{limit / 1_000_000:.4g} MB" if limit >= 1_000_000 else f"{limit} bytes"
    return line(
        552,
        "5.3.4",
        f"The message is larger than the {shown} that are allowed, so it was not sent.",
        "Send large files another way, or in several messages",
    )


def chunk(size: int) -> bytes:
    """A piece of a message came (RFC 3030, 2)."""
    return line(250, "2.0.0", f"{size} octets received")


def trouble(ticket: str) -> bytes:
    """A fault here: temporary, with the reference of its log line."""
    return line(451, "4.3.0", f"A fault here; please send again later. Reference {ticket}")


def sign_in_trouble(ticket: str) -> bytes:
    """The accounts cannot be asked (RFC 4954, 6)."""
    return line(
        454, "4.7.0", f"Signing in does not work at the moment; please try again later. Reference {ticket}"
    )
