"""Memory that the start has used and the service does not need."""

import ctypes
import gc
import sys


def settle() -> None:
    """
    Give back to the system what was only needed to start, and keep the collector off what stays.

    On Linux with glibc, `malloc_trim` returns free pages inside the heap as well; elsewhere nothing does.
    """
    gc.collect()
    gc.freeze()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
