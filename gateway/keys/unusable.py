"""Why a key is not used."""


class Unreadable(ValueError):
    """A file's keys are not read; its text says why, and names nobody."""


class Unusable(Exception):
    """A key must not be encrypted to; its text says why, and names nobody."""
