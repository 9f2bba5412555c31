"""OpenPGP keys from the recipient's own domain (Web Key Directory, draft-koch-openpgp-webkey-service)."""

import hashlib
from collections.abc import Callable
from time import monotonic
from urllib.parse import quote

import httpx2

_ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769"  # z-base-32
_PATIENCE = 5.0  # seconds for each try
_LARGEST = 1_000_000  # bytes
_REMEMBERED = 3_600.0  # seconds that an answer is believed
_MOST = 10_000  # answers that are remembered


class Directory:
    """Asks; *place* is where a host is reached, for tests."""

    def __init__(
        self,
        client: httpx2.AsyncClient | None = None,
        place: Callable[[str], str] = lambda host: f"https://{host}",
    ) -> None:
        self._client = client or httpx2.AsyncClient(timeout=_PATIENCE, follow_redirects=False)
        self._place = place
        self._known: dict[str, tuple[float, bytes | None]] = {}

    async def key(self, address: str) -> bytes | None:
        """The key that the address's domain publishes for it; None where it has none or does not answer."""
        known = self._known.get(address)
        if known and known[0] > monotonic():
            return known[1]
        found = None
        for url in self._urls(address):
            found = await self._get(url)
            if found:
                break
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[address] = (monotonic() + _REMEMBERED, found)
        return found

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    def _urls(self, address: str) -> tuple[str, str]:
        """Where a key is looked for: the advanced method, then the direct one (3.1)."""
        local, _, domain = address.rpartition("@")
        domain = domain.lower().encode("idna").decode("ascii")
        name = f"hu/{zbase32(hashlib.sha1(local.lower().encode()).digest())}?l={quote(local, safe='')}"  # noqa: S324 -- the standard's
        well_known = "/.well-known/openpgpkey"
        return (
            f"{self._place(f'openpgpkey.{domain}')}{well_known}/{domain}/{name}",
            f"{self._place(domain)}{well_known}/{name}",
        )

    async def _get(self, url: str) -> bytes | None:
        try:
            async with self._client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    return None
                data = bytearray()
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > _LARGEST:
                        return None
                return bytes(data)
        except (httpx2.HTTPError, OSError, ValueError):
            return None


def zbase32(data: bytes) -> str:
    """The encoding of a key's name (RFC 6189, 5.1.6), for lengths of whole five bytes."""
    number = int.from_bytes(data, "big")
    count = len(data) * 8 // 5
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))
