"""Guessing passwords gets slow, for one address and for one account."""

import ssl
from base64 import b64encode

from gateway.quantities import Network
from gateway.sections import Tls
from gateway.smtp.throttle import Throttle, network_of
from tests.smtp.conftest import running, smtp


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_is_turned_away_until_its_failures_are_old() -> None:
    clock = Clock()
    throttle = Throttle(3, 300, clock=clock)
    for _ in range(3):
        assert not throttle.turns_away("192.0.2.1")
        throttle.failed("192.0.2.1", "tom")
    assert throttle.turns_away("192.0.2.1")
    assert not throttle.turns_away("192.0.2.2")
    clock.now = 301
    assert not throttle.turns_away("192.0.2.1")


def test_an_account_is_slowed_from_everywhere_and_never_locked() -> None:
    throttle = Throttle(20, 300, clock=Clock())
    for number in range(19):
        throttle.failed(f"192.0.2.{number}", "Tom")
    assert throttle.wait("tom ") == 8.0
    assert throttle.wait("eve") == 0.0
    throttle.succeeded("tom")
    assert throttle.wait("tom") == 0.0


def test_one_customers_ipv6_addresses_count_as_one() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::ffff") == "2001:db8:1:2::/64"
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"


async def test_the_address_is_turned_away_on_the_next_connection(
    tls_files: Tls, client_tls: ssl.SSLContext
) -> None:
    settings = smtp(tls=tls_files, trusted_networks=(Network("192.0.2.0/24"),), max_sign_in_failures=2)
    wrong = b64encode(b"\0tom\0wrong").decode()
    right = b64encode(b"\0tom\0correct horse").decode()
    async with running(settings) as listener:
        for _ in range(2):
            client = await listener.connect()
            await client.say("EHLO client.example")
            await client.start_tls(client_tls)
            await client.say("EHLO client.example")
            assert (await client.say(f"AUTH PLAIN {wrong}")).startswith("535")
        reply = await client.say(f"AUTH PLAIN {right}")
        assert reply.startswith("421 4.7.0")
        assert await client.closed()
        assert listener.people.asked == ["tom", "tom"]
