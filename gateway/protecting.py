"""What there is for the recipients of a message that is to be protected: secrets, telephones, keys."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from gateway.keys.keyring import Keyring
from gateway.mail.address import canonical
from gateway.register.opening import mobile_of, secret_of
from gateway.register.register import Register
from gateway.remedy.link import Links
from gateway.remedy.protection import Protection
from gateway.sections import Protect


class Protecting:
    """Looks it up, for each recipient, as `[protect]` says."""

    def __init__(
        self,
        section: Protect = Protect(),
        keyring: Keyring | None = None,
        links: Links | None = None,
        first: Callable[[str], str] | None = None,
    ) -> None:
        self._section = section
        self._keyring = keyring
        self._links = links
        self._first = first  # a language that recipients read before English

    async def of(self, addresses: tuple[str, ...], register: Register, at: datetime) -> Protection:
        """How these recipients can come to open what is protected."""
        section, day = self._section, at.date()
        family = {each: secret_of(register, each, day) for each in addresses if section.family_secrets}
        phones = {
            each: mobile_of(register, each, day, section.country)
            for each in addresses
            if section.passphrase == "sms"  # noqa: S105 -- a way, no secret
        }
        keys = await self._keyring.find(addresses, at) if self._keyring else {}
        page = None
        if section.protect_with == "page" and self._links:
            page = partial(self._links.pick_up, ends=at + timedelta(seconds=section.page_for))
        return Protection(
            page=page,
            first=self._first,
            keys=keys,
            words=section.words,
            family={canonical(each): secret for each, secret in family.items() if secret},
            phones={canonical(each): phone for each, phone in phones.items() if phone},
        )
