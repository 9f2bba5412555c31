"""
What a large register costs: 100,000 pupils with 150,000 carers.

    .venv/bin/python benchmarks/register.py [PUPILS]

Makes a OneRoster 1.1 bundle of invented people, imports it with the command that
an administrator types, and measures in fresh processes: the import, the import
again without changes, the index and its memory, and one look-up of each kind.
All times are processor time, so that other work on the machine does not count.
"""

import csv
import json
import random
import resource
import subprocess
import sys
import time
import zipfile
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

SYLLABLES = [
    "ba",
    "dor",
    "el",
    "fin",
    "ga",
    "hu",
    "ir",
    "jo",
    "ka",
    "lun",
    "mi",
    "nor",
    "ost",
    "pel",
    "qui",
    "ra",
]
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password"
)
MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,bulk\nfile.demographics,bulk\nfile.orgs,bulk\n"


def word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choices(SYLLABLES, k=syllables)).capitalize()


def write_bundle(path: Path, pupils: int) -> None:
    """A bundle with that many pupils and one and a half times as many carers."""
    chance = random.Random(7)
    users, births = StringIO(), StringIO()
    rows = csv.writer(users)
    rows.writerow(USERS.split(","))
    birthdays = csv.writer(births)
    birthdays.writerow(["sourcedId", "status", "dateLastModified", "birthDate"])
    given = [word(chance, 2) for _ in range(3000)]
    family = [word(chance, 3) for _ in range(20_000)]
    for number in range(pupils):
        surname = chance.choice(family)
        carers = [f"c{number}"] + ([f"d{number}"] if number % 2 else [])
        name = chance.choice(given)
        address = f"{name}.{surname}{number}@pupils.example".lower()
        row = [f"p{number}", "", "", "true", "o1", "student", "", "", name, surname, "", "", address, "", ""]
        rows.writerow([*row, ",".join(carers), "", ""])
        birthdays.writerow([f"p{number}", "", "", f"{2008 + number % 10}-0{1 + number % 9}-1{number % 9}"])
        for carer in carers:
            name = chance.choice(given)
            address = f"{name}.{surname}.{carer}@home.example".lower()
            row = [
                carer,
                "",
                "",
                "true",
                "o1",
                "parent",
                "",
                "",
                name,
                surname,
                "",
                "",
                address,
                "",
                "",
                "",
                "",
                "",
            ]
            rows.writerow(row)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("manifest.csv", MANIFEST)
        bundle.writestr(
            "orgs.csv",
            "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\no1,,,Hill,school,,\n",
        )
        bundle.writestr("users.csv", users.getvalue())
        bundle.writestr("demographics.csv", births.getvalue())


def run(folder: Path, *words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "gateway", *words, "--config", str(folder / "chaperone.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(folder: Path) -> dict[str, float]:
    """In this process: load, index, memory, look-ups."""
    import asyncio
    import gc

    from gateway.mail.address import canonical
    from gateway.register.register import Register
    from gateway.settings import read_settings
    from gateway.store.store import Store

    settings = read_settings(folder / "chaperone.toml")

    async def load():
        store = await Store.open(settings.store, settings.base)
        people = await store.load_register()
        await store.close()
        return people

    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    people = asyncio.run(load())
    loaded = time.process_time()
    register = Register(people, settings.agency)
    indexed = time.process_time()
    gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
    known = [pupil.emails[0] for pupil in people.pupils[::7]][:10_000]
    # A tutor writes to the same families again and again, so canonical() remembers; measured without, too.
    canonical.cache_clear()
    first = each(register.whose, known)
    again = each(register.whose, known[:5_000])
    strangers = each(register.whose, [f"nobody{number}@nowhere.example" for number in range(10_000)])
    pupils = people.pupils[::211]
    subjects = [f"Re: {pupil.given_name} {pupil.family_name}'s maths lesson on Monday" for pupil in pupils][
        :400
    ]
    subjects += [f"Invoice {number} for October, second reminder" for number in range(400)]
    return {
        "load from the store, s": loaded - start,
        "index, s": indexed - loaded,
        "memory of the process before, MB": base,
        "memory with register and index, MB": resident,
        "memory at its peak, MB": peak,
        "address looked up the first time, us": first,
        "address looked up again, us": again,
        "unknown address looked up, us": strangers,
        "subject searched for names, us": each(register.names.find, subjects),
        "subject searched again, us": each(register.names.find, subjects),
    }


def each(function, values) -> float:
    """Microseconds for one call."""
    start = time.process_time()
    for value in values:
        function(value)
    return (time.process_time() - start) / len(values) * 1e6


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
        return
    pupils = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "chaperone.toml").write_text('[agency]\nname = "Agency"\ndomains = ["agency.example"]\n')
        write_bundle(folder / "bundle.zip", pupils)
        figures = {
            "import in one command, s": run(folder, "register", "import", str(folder / "bundle.zip")),
            "import again, nothing changed, s": run(folder, "register", "import", str(folder / "bundle.zip")),
        }
        inner = subprocess.run(
            [sys.executable, __file__, "--measure", name], capture_output=True, text=True, check=False
        )
        if inner.returncode:
            raise SystemExit(inner.stderr)
        figures |= json.loads(inner.stdout)
    print(f"{pupils:,} pupils, {pupils * 3 // 2:,} carers")
    for what, value in figures.items():
        print(f"{what:<42}{value:>10.2f}")


if __name__ == "__main__":
    main()
