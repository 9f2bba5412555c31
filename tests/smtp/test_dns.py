"""What DNS says of a domain, asked of a real name server on the loopback."""

import asyncio

from gateway.smtp.dns import MailDomains
from tests.smtp.name_server import name_server

ZONE = {
    ("good.shop", "MX"): "10 mail.good.shop.",
    ("null.shop", "MX"): "0 .",
    ("bare.shop", "A"): "192.0.2.7",
    ("six.shop", "AAAA"): "2001:db8::7",
    ("text.shop", "TXT"): '"no mail here"',
    ("xn--khlmann-90a.shop", "MX"): "10 mail.good.shop.",
}


async def test_each_state_is_told_apart():
    async with name_server(ZONE) as (_, resolver):
        states = await MailDomains(resolver, limit=60).states(
            ["good.shop", "null.shop", "bare.shop", "six.shop", "text.shop", "nowhere.shop", "köhlmann.shop"]
        )
    assert states == {
        "good.shop": "takes_mail",
        "null.shop": "null_mx",
        "bare.shop": "takes_mail",
        "six.shop": "takes_mail",
        "text.shop": "no_mail_host",
        "nowhere.shop": "no_such_domain",
        "köhlmann.shop": "takes_mail",
    }


async def test_an_answer_is_kept():
    async with name_server(ZONE) as (server, resolver):
        domains = MailDomains(resolver, limit=60)
        for _ in range(3):
            assert await domains.states(["GOOD.shop."]) == {"good.shop": "takes_mail"}
    assert server.asked == [("good.shop", "MX")]


async def test_messages_that_ask_at_once_share_one_question():
    async with name_server(ZONE) as (server, resolver):
        domains = MailDomains(resolver, limit=60)
        await asyncio.gather(*(domains.states(["good.shop"]) for _ in range(20)))
    assert server.asked == [("good.shop", "MX")]


async def test_dns_that_is_silent_means_unknown_within_the_time_limit():
    async with name_server(ZONE, silent=True) as (_, resolver):
        domains = MailDomains(resolver, limit=0.2)
        async with asyncio.timeout(60):
            assert await domains.states(["good.shop"]) == {"good.shop": "unknown"}
        for task in list(domains._asking.values()):
            task.cancel()


async def test_dns_that_fails_means_unknown():
    async with name_server(ZONE, failing=True) as (_, resolver):
        assert await MailDomains(resolver, limit=0.5).states(["good.shop"]) == {"good.shop": "unknown"}


async def test_reserved_names_are_never_asked_about():
    async with name_server(ZONE) as (server, resolver):
        states = await MailDomains(resolver, limit=60).states(["a.example", "b.test", "example.com", "host"])
    assert set(states.values()) == {"unknown"}
    assert server.asked == []


async def test_a_name_that_is_no_name_means_unknown():
    async with name_server(ZONE) as (_, resolver):
        odd = "a" * 70 + ".shop"
        assert await MailDomains(resolver, limit=60).states([odd, "bad..shop"]) == {
            odd: "unknown",
            "bad..shop": "unknown",
        }
