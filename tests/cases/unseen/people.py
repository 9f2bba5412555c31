"""
Who the messages of this folder are about: an invented agency whose register is full of names that are words.

The families stand in families.json (names, households, contracts of every kind); more of them are added here.
"""

import json
from pathlib import Path
from typing import Any

AGENCY = "brightpath-tutors.example"

REGISTER: dict[str, Any] = json.loads((Path(__file__).parent / "families.json").read_text("utf-8"))


def pupil(key: str, given: str, family: str, *, born: str = "2012-05-14", **more: Any) -> None:
    home = more.get("household", f"home-{key}")
    carers = more.pop("carers", None)
    if carers is None:
        carers = [f"{key}-mum"]
        carer(f"{key}-mum", more.pop("mother", "Lorraine"), family, home)
    REGISTER["pupils"].append({
        "id": key, "given_name": given, "family_name": family, "emails": [f"{key}@pupilnet.example"],
        "date_of_birth": born, "in_education": True, "household": home, "carers": carers, **more,
    })  # fmt: skip


def carer(key: str, given: str, family: str, home: str, **more: Any) -> None:
    REGISTER["carers"].append({
        "id": key, "given_name": given, "family_name": family, "emails": [f"{key}@familynet.example"],
        "household": home, "may_receive": True, **more,
    })  # fmt: skip


pupil("art", "Arthur", "Lane", preferred_name="Art", mother="Felicity")
pupil("dexter", "Dexter", "King", mother="Nadine")
pupil("eve", "Eve", "Young", mother="Rhona")
pupil("carys", "Carys", "Price", mother="Delyth")
pupil("holly", "Holly", "Page", mother="Corinne")
pupil("ava", "Ava", "Reading", mother="Justine")
pupil("chase", "Chase", "Rowe", mother="Petula")
pupil("penny", "Penelope", "Cross", preferred_name="Penny", mother="Maxine")
pupil("max", "Maximilian", "Field", preferred_name="Max", mother="Greta")
pupil("georgia", "Georgia", "West", mother="Rosalyn")
pupil("jordan", "Jordan", "Hill", mother="Tamara")
pupil("dean", "Dean", "Long", mother="Yvette")
pupil("sanne", "Sanne", "de Vries", mother="Marieke")
pupil("lucas", "Lucas", "van den Broek", mother="Anneke")
pupil("amira", "Amira", "Al-Hakim", mother="Rania", other_names=["أميرة الحكيم"])
pupil("mairead", "Mairéad", "Ó Súilleabháin", mother="Bríd")
pupil("ffion", "Ffion", "ap Gwilym", mother="Eirlys")
pupil("rory", "Rory", "MacDonald", mother="Shona")
pupil("linh", "Thuỳ Linh", "Phạm", preferred_name="Linh", mother="Ngọc")
pupil("kasia", "Katarzyna", "Dąbrowska", preferred_name="Kasia", mother="Halina")
pupil("wiktor", "Wiktor", "Żak", mother="Danuta")
pupil("ravi", "Ravichandran", "Iyer", preferred_name="Ravi", mother="Padma", other_names=["ரவி"])
pupil("chidi", "Chidiebere", "Eze", preferred_name="Chidi", mother="Nkechi")
pupil("bjorn", "Björn", "Åkesson", mother="Ulrika")
pupil("nia1", "Nia", "Evans", mother="Bronwen")
pupil("nia2", "Nia", "Evans", mother="Catrin", born="2010-01-02")
pupil(
    "katya",
    "Yekaterina",
    "Sokolova",
    preferred_name="Katya",
    mother="Lyudmila",
    other_names=["Катя Соколова"],
)
pupil("matteo", "Matteo", "Di Lorenzo", mother="Chiara")
pupil("stjohn", "Imogen", "St John", mother="Davina")
pupil("billy", "Billy", "Bridge", carers=["billy-mum", "billy-dad", "billy-nan"])
carer("billy-mum", "Mandy", "Bridge", "home-billy")
carer("billy-dad", "Keith", "Bridge", "home-keith", may_receive=False)
carer("billy-nan", "Edna", "Bridge", "home-billy", emails=["edna.bridge@gmail.com", "edna@workspace.example"])
pupil("gmail", "Tabitha", "Croft", emails=["tabitha.croft@gmail.com"], carers=["gmail-mum"])
carer("gmail-mum", "Leonora", "Croft", "home-gmail", emails=["leonora.croft@googlemail.com"])
pupil("eighteen", "Rufus", "Garland", born="2008-10-13", in_education=False, mother="Hester")
pupil("enrolled", "Phoebe", "Lark", born="2008-10-12", in_education=True, mother="Ursula")
pupil("dated", "Silas", "Thorn", mother="Honora",
      contract={"school": "sch-hartsbury", "direct_contact_permitted": True, "permitted_on": "2026-10-20"})  # fmt: skip
pupil("atschool", "Noor", "Siddiqui", mother="Farzana", emails=["noor.s@students.riverside-academy.example"])
pupil("twins1", "Ada", "Quill", carers=["twins-mum", "twins-dad"], household="home-twins")
pupil("twins2", "Alan", "Quill", carers=["twins-mum", "twins-dad"], household="home-twins")
carer("twins-mum", "Verity", "Quill", "home-twins")
carer("twins-dad", "Barnaby", "Quill", "home-twins")
pupil("staffchild", "Jonty", "Hale", carers=["staffchild-dad"], household="home-hale")
carer("staffchild-dad", "David", "Hale", "home-hale", emails=["david.hale.home@familynet.example"])

REGISTER["staff"] += [
    {
        "id": key,
        "given_name": given,
        "family_name": family,
        "emails": [f"{key}@{AGENCY}"],
        "role": "tutor",
        **more,
    }
    for key, given, family, more in (
        ("holly.page", "Holly", "Page", {}),
        ("mark.rook", "Mark", "Rook", {}),
        ("una.brook", "Una", "Brook", {"family_of": ["billy"]}),
    )
]
for each in REGISTER["staff"]:
    if each["id"] == "tut-david":
        each["family_of"] = ["staffchild"]
