"""
structlog without rich.

It draws tracebacks with rich where that is installed. We log none, and rich with what it
brings along is 5 MB in every process that serves.
"""

import sys

_rich = sys.modules.get("rich")
if _rich is None:
    sys.modules["rich"] = None  # type: ignore[assignment]  # what `import` takes for "not to be found"
try:
    import structlog
finally:
    if _rich is None:
        del sys.modules["rich"]

__all__ = ["structlog"]
