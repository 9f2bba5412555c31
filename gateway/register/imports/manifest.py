"""The manifest of a OneRoster bundle: its version, and which files are there, in full or as a delta."""

from collections.abc import Mapping

from gateway.register.imports.draft import Draft
from gateway.register.imports.roster import RosterFile
from gateway.register.imports.tables import Table
from gateway.register.problems import Problem, RegisterProblem, shown

MANIFEST = "manifest.csv"
_VERSIONS = ("1.1", "1.2")
_USED = ("users", "orgs", "roles", "demographics", "enrollments")


class Bundle:
    """The files of a bundle as its manifest announces them."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        stated = self._manifest(tables)
        self.version = stated.get("oneroster.version", "")[:3]
        modes = {name: stated.get(f"file.{name}", "") for name in _USED}
        self.delta = modes["users"] == "delta" or (modes["users"] == "absent" and "delta" in modes.values())
        self.draft = Draft(delta=self.delta, keeps_own_contacts=True)
        self.tables = {}
        for name in _USED:
            table = tables.get(f"{name}.csv")
            if modes[name] in ("bulk", "delta") and table is None:
                remedy = "The bundle is not complete: export it again."
                self._trouble(f"file.{name}", "a file that is not there", f"{name}.csv in the bundle", remedy)
            elif modes[name] not in ("bulk", "delta", "absent", ""):
                self._trouble(f"file.{name}", shown(modes[name]), "bulk, delta or absent")
            elif table is not None and modes[name] != "absent":
                self.tables[name] = table
        if self.version not in _VERSIONS:
            self._trouble("oneroster.version", shown(stated.get("oneroster.version", "")), "1.1 or 1.2")
        if "users" not in self.tables and not self.delta:
            self._trouble("file.users", "no users", "users.csv in the bundle")

    def _trouble(self, where: str, found: str, expected: str, remedy: str = "") -> None:
        self.draft.problems.append(Problem(MANIFEST, where, found, expected, remedy))

    @staticmethod
    def _manifest(tables: Mapping[str, Table]) -> dict[str, str]:
        table = tables.get(MANIFEST)
        if table is None:
            remedy = "Bring in the whole bundle as the system wrote it."
            raise RegisterProblem(
                [Problem(MANIFEST, "", "nothing", "the manifest of a OneRoster bundle", remedy)]
            )
        if table.header[:2] != ["propertyName", "value"]:
            found = ", ".join(table.header)[:60]
            raise RegisterProblem([Problem(MANIFEST, "line 1", found, "propertyName,value")])
        return {row.cells[0].strip(): row.cells[1].strip() for row in table.rows if len(row.cells) > 1}

    def file(self, name: str, *required: str) -> RosterFile | None:
        """One of the data files; None where the bundle has none."""
        table = self.tables.get(name)
        return RosterFile(table, self.draft, required) if table else None
