"""What every test may use."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No chance in the suite: the same examples every time. `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile("suite")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of labelled and malformed mail beside the project; skips where it is absent."""
    if not (SHARED / "cases").is_dir():
        pytest.skip("no ../shared beside the project")
    return SHARED


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"
