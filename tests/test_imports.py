"""Who may import whom: the table of ARCHITECTURE.md, held by reading the code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = (
    "gateway/mail",
    "gateway/register",
    "gateway/policy",
    "gateway/remedy",
    "gateway/sensitivity",
    "filters",
)
EDGES = (
    "gateway/smtp",
    "gateway/store",
    "gateway/notices",
    "gateway/console",
    "gateway/documents",
    "gateway/intake",
    "gateway/keys",
)
OUTSIDE = {
    "socket",
    "asyncio",
    "time",
    "subprocess",
    "sqlite3",
    "aiosmtpd",
    "aiosmtplib",
    "sqlalchemy",
    "starlette",
}


def imports(file: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, each.name) for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.lineno, node.module))
    return found


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def offending(folders: tuple[str, ...], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for folder in folders
        for file in python_files(folder)
        for line, name in imports(file)
        if any(name == each or name.startswith(f"{each}.") for each in forbidden)
        and not name.startswith(folder.replace("/", "."))
    ]


def test_the_pure_parts_import_no_edge_and_nothing_that_touches_the_world():
    edges = tuple(each.replace("/", ".") for each in EDGES)
    assert offending(PURE, (*edges, "gateway.pipeline", "gateway.cli", "gateway.commands", *OUTSIDE)) == []


@pytest.mark.parametrize(
    ("folder", "above"),
    [
        ("gateway/mail", ("gateway.register", "gateway.policy", "gateway.remedy", "filters")),
        ("gateway/register", ("gateway.policy", "gateway.remedy", "filters")),
        ("gateway/policy", ("gateway.remedy", "filters")),
        ("gateway/remedy", ("filters",)),
    ],
)
def test_the_pure_parts_look_only_downwards(folder, above):
    assert offending((folder,), above) == []


def test_no_filter_imports_another():
    for file in python_files("filters"):
        for line, name in imports(file):
            assert not name.startswith("filters."), f"{file.name}:{line} imports {name}"


def test_edges_know_neither_rules_nor_pipeline():
    assert offending(EDGES, ("filters", "gateway.pipeline", "gateway.cli", "gateway.commands")) == []


def test_the_pipeline_knows_no_concrete_edge():
    edges = tuple(each.replace("/", ".") for each in EDGES)
    for name in ("pipeline", "telling", "judge", "repairs", "offers", "answers", "edges"):
        found = [one for _, one in imports(ROOT / "gateway" / f"{name}.py")]
        assert not [one for one in found if one.startswith(edges)]


def test_what_serves_does_not_load_what_few_need():
    """Each of these takes megabytes in every process."""
    program = "import sys, gateway.running; print(*{'rich', 'pygments', 'asn1crypto', 'docx', 'pypdfium2'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
