"""Message in, better message out. Pure; changes only what it must."""
