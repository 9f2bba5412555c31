"""The way into a running ``soffice --headless``, for the scripts beside it, under the system's Python."""

import time

import uno

_PATIENCE = 180  # seconds for LibreOffice to come up


def desktop(pipe: str) -> object:
    """What loads documents, as soon as the program listens on that *pipe*."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstance("com.sun.star.frame.Desktop")
        except Exception:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)
