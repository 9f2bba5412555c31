"""
What can stand against an operation on what is kept.

    StoreTrouble    one operation failed and left nothing behind; the client hears 451
      Tampered      something sealed is not what was sealed there
      RegisterChanged the register is no longer the one that was to be replaced
    NoSuchItem      there is no item under that id
    WrongState      the item is there, but no longer in the state that the operation needs
"""


class StoreTrouble(Exception):
    """An operation failed as a whole: locked, full, read-only, gone. Nothing was half done."""


class Tampered(StoreTrouble):
    """What was read back is not what was sealed under that identity."""


class RegisterChanged(StoreTrouble):
    """Somebody else replaced the register since it was read; nothing was saved."""


class NoSuchItem(Exception):
    """No item has that id."""


class WrongState(Exception):
    """The item's state does not allow the operation; *state* says what it is."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state
