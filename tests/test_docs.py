"""The pages of documentation point at nothing that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("config/**/*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_picture_and_page_that_is_linked_exists(page: Path):
    linked = [each for each in _LINK.findall(page.read_text("utf-8")) if "://" not in each]
    missing = [
        each for each in linked if not each.startswith("mailto:") and not (page.parent / each).exists()
    ]
    assert missing == []
