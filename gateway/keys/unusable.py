"""Why a key is not used."""


class Unusable(Exception):
    """A key must not be encrypted to; its text says why, and names nobody."""
