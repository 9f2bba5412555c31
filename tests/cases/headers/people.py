"""The invented agency's register: families of many cultures, and names that are words. Nobody here exists."""

from typing import Any

AGENCY = "lindenmere-tutors.example"


def pupil(
    key: str, given: str, family: str, *, born: str = "2012-05-14", carers: str = "", **more: Any
) -> dict[str, Any]:
    return {
        "id": key, "given_name": given, "family_name": family, "emails": [f"{key}@pupilpost.example"],
        "date_of_birth": born, "in_education": True, "household": f"home-{key}",
        "carers": (carers or f"{key}-mum").split(), **more,
    }  # fmt: skip


def carer(key: str, given: str, family: str, *, home: str = "", **more: Any) -> dict[str, Any]:
    household = home or f"home-{key.partition('-')[0]}"
    return {
        "id": key, "given_name": given, "family_name": family, "emails": [f"{key}@homepost.example"],
        "household": household, **more,
    }  # fmt: skip


PUPILS = [
    pupil("caoimhe", "Caoimhe", "Ní Bhriain"),
    pupil("oisin", "Oisín", "O'Shea", carers="oisin-mum oisin-dad"),
    pupil("angharad", "Angharad", "Pritchard"),
    pupil("rhodri", "Rhodri", "ap Hywel"),
    pupil("eilidh", "Eilidh", "MacLeod"),
    pupil("pawel", "Paweł", "Świątek"),
    pupil("zofia", "Zofia", "Kowalczyk-Nowak", preferred_name="Zosia"),
    pupil("joerg", "Jörg", "Weiß"),
    pupil("ase", "Åse", "Bjørnstad"),
    pupil("thorunn", "Þórunn", "Guðmundsdóttir"),
    pupil("helene", "Hélène", "Lefèvre"),
    pupil("jeanbaptiste", "Jean-Baptiste", "de la Tour"),
    pupil("inaki", "Iñaki", "Etxeberria"),
    pupil("joao", "João", "dos Santos Silva"),
    pupil("eleni", "Eleni", "Papadopoulou", other_names=["Ελένη Παπαδοπούλου"]),
    pupil("nastya", "Anastasiya", "Kovalenko", preferred_name="Nastya", other_names=["Настя Коваленко"]),
    pupil("wenjing", "Wenjing", "Zhao", preferred_name="Vivian", other_names=["赵文静"]),
    pupil("seoyeon", "Seo-yeon", "Choi", other_names=["최서연"]),
    pupil("haruka", "Haruka", "Yamamoto", other_names=["山本はるか"]),
    pupil("duc", "Văn Đức", "Trần", preferred_name="Đức"),
    pupil("abdulrahman", "Abdul-Rahman", "Al-Farsi", other_names=["عبد الرحمن الفارسي"]),
    pupil("ibrahim", "İbrahim", "Yıldız"),
    pupil("harsh", "Harshvardhan", "Subramanian", preferred_name="Harsh"),
    pupil("lakshanya", "Lakshanya", ""),
    pupil("tanvi", "Tanvi", "Deshpande", other_names=["तन्वी देशपांडे"]),
    pupil("simranjit", "Simranjit", "Gill", household="home-gill", carers="gill-mum gill-dad"),
    pupil("jaspreet", "Jaspreet", "Sandhu", household="home-gill", carers="gill-mum gill-dad"),
    pupil("emeka", "Chukwuemeka", "Nwosu", preferred_name="Emeka"),
    pupil("thandiwe", "Thandiwe", "Dlamini"),
    pupil("noa", "Noa", "Ben-David", other_names=["נועה בן דוד"]),
    pupil("kaiulani", "Kaʻiulani", "Kealoha"),
    pupil("sanne", "Sanne", "van der Berg"),
    pupil("catriona", "Catriona", "Sutherland-Wray", other_names=["Cat"]),
    pupil("benedict", "Benedict", "Quayle", other_names=["Benny"]),
    pupil("theodora", "Theodora", "Winstanley", preferred_name="Dora"),
    pupil("nicholas", "Nicholas", "Abernethy"),
    pupil("josephine", "Josephine", "Bexley", preferred_name="Josie"),
    pupil("marcus", "Marcus", "Tindall", household="home-tindall", carers="tindall-mum tindall-dad"),
    pupil("imogen", "Imogen", "Tindall", household="home-tindall", carers="tindall-mum tindall-dad", born="2014-02-02"),
    # names that are words
    pupil("dawn", "Dawn", "Fletcher"),
    pupil("patience", "Patience", "Owusu"),
    pupil("april", "April", "Lowe"),
    pupil("june", "June", "Wetherby"),
    pupil("autumn", "Autumn", "Pereira"),
    pupil("florence", "Florence", "Ainscough"),
    pupil("sydney", "Sydney", "Braithwaite"),
    pupil("chase", "Chase", "Linwood"),
    pupil("drew", "Drew", "Maitland"),
    pupil("robin", "Robin", "Thackeray"),
    pupil("ivy", "Ivy", "Ormerod"),
    pupil("daisy", "Daisy", "Church"),
    pupil("honor", "Honor", "Calloway"),
    pupil("melody", "Melody", "Shepherd"),
    pupil("miles", "Miles", "Winter"),
    pupil("aaron", "Aaron", "Banks"),
    pupil("tilda", "Tilda", "Fields"),
    pupil("harry", "Harry", "Law"),
    pupil("bill", "William", "Pound", preferred_name="Bill"),
    pupil("martha", "Martha", "Noble"),
    # who is a pupil on which day
    pupil("gwen", "Gwenllian", "Vaughan-Rees", born="2008-09-30"),  # 18, in education
    pupil("declan", "Declan", "Mulgrew", born="2007-03-01"),  # 19
    pupil("petra", "Petra", "Novotná", born="2008-06-11", in_education=False),  # 18 and gone
    pupil("kyle", "Kyle", "Rutherford", born="2009-04-20", in_education=False),  # 17 and gone
    pupil("tobias", "Tobias", "Lindgren", born="2008-11-05", in_education=False),  # 18 on 5 November 2026
    pupil("leap", "Quentin", "Marchbanks", born="2008-02-29", in_education=False),
    # households, mailboxes, contracts
    pupil("rafi", "Rafi", "Chowdhury", emails=["rafi-mum@homepost.example"]),  # the family's mailbox
    pupil("nila", "Nila", "Chowdhury", emails=["nila@pupilpost.example"], household="home-rafi", carers="rafi-mum"),
    pupil("otto", "Otto", "Brandreth", carers="otto-mum otto-dad"),  # separated
    pupil("luz", "Luz", "Ferreira", carers="luz-mum luz-dad"),  # father must not be written to
    pupil("edith", "Edith", "Garrick", carers="edith-nan"),  # the only carer must not be written to
    pupil("ferdinand", "Ferdinand", "Oyelaran", contract={"school": "beck", "direct_contact_permitted": False}),
    pupil("saskia", "Saskia", "Holroyd", contract={"school": "beck", "direct_contact_permitted": True}),
    pupil("bashir", "Bashir", "Nazir", contract={"school": "orchard", "direct_contact_permitted": True,
                                                 "permitted_on": "2026-11-01"}),
    pupil("ingrid", "Ingrid", "Solheim", emails=["ingrid@students.orchard.sch.example"],
          contract={"school": "orchard", "direct_contact_permitted": True}),
    pupil("tamsin", "Tamsin", "Penhaligon"),  # a tutor's daughter
    pupil("callum", "Callum", "Dunsmore"),  # an old friend's son
    pupil("dotty", "Dorothea", "Larkham", emails=["dotty.larkham@gmail.com"]),
    pupil("umlaut", "Jonas", "Köhlmann", emails=["jonas@köhlmann.example"]),
]  # fmt: skip

CARERS = [
    *(carer(f"{each['id']}-mum", given, family) for each, given, family in zip(
        (each for each in PUPILS if each["carers"] == [f"{each['id']}-mum"]),
        "Gráinne Megan Carys Morag Małgorzata Agnieszka Ute Solveig Björk Odile Solange Ainhoa Conceição Katerina "
        "Oksana Mingmei Hyejin Naoko Hoa Fatimah Ayşe Revathi Malathi Anjali Ifeoma Nomvula Tamar Leilani "
        "Marijke Rosalind Philippa Henrietta Lorna Beatrix Gillian Akosua Deborah Sheila Manuela Dorothy Margery "
        "Lindsay Fiona Eleanor Hilary Susannah Elspeth Judith Vanessa Kathryn Bridget Marian Jacqueline Yvonne Sian "
        "Bernadette Jitka Lesley Astrid Cordelia Shirin Adunni Claire Parveen Marit Demelza Alison Priscilla Heike".split(),
        (each["family_name"] for each in PUPILS if each["carers"] == [f"{each['id']}-mum"]), strict=True)),
    carer("oisin-mum", "Aoibhinn", "O'Shea"),
    carer("oisin-dad", "Diarmuid", "O'Shea", emails=["diarmuid@oshea-family.example", "d.oshea@worksite.example"]),
    carer("gill-mum", "Kulwinder", "Gill", home="home-gill"),
    carer("gill-dad", "Baldev", "Sandhu", home="home-gill"),
    carer("tindall-mum", "Rachel", "Tindall", home="home-tindall"),
    carer("tindall-dad", "Graham", "Tindall", home="home-tindall"),
    carer("otto-mum", "Leonie", "Brandreth"),
    carer("otto-dad", "Konrad", "Brandreth", home="home-konrad"),
    carer("luz-mum", "Inês", "Ferreira"),
    carer("luz-dad", "Tomás", "Ferreira", home="home-tomas", may_receive=False),
    carer("edith-nan", "Winifred", "Garrick", may_receive=False),
    carer("friend", "Vivian", "Stannard", home="home-stannard"),  # a parent of nobody who is called Vivian
]  # fmt: skip
for each in CARERS:
    if each["id"] == "dotty-mum":
        each["emails"] = ["m.larkham.family@gmail.com"]
    if each["id"] == "umlaut-mum":
        each["emails"] = ["heike@xn--khlmann-90a.example"]
    if each["id"] == "tamsin-mum":
        each["emails"] = ["demelza.private@homepost.example"]

STAFF = [
    {"id": "wilfred", "given_name": "Wilfred", "family_name": "Askew", "role": "tutor"},
    {
        "id": "demelza",
        "given_name": "Demelza",
        "family_name": "Penhaligon",
        "role": "tutor",
        "family_of": ["tamsin"],
    },
    {
        "id": "hector",
        "given_name": "Hector",
        "family_name": "Pym",
        "role": "tutor",
        "family_friend_of": ["callum"],
    },
    {"id": "rosalba", "given_name": "Rosalba", "family_name": "Conti", "role": "tutor"},
    {"id": "clive", "given_name": "Clive", "family_name": "Meadows", "role": "designated safeguarding lead"},
    {"id": "office", "given_name": "", "family_name": "Lindenmere Office", "role": "shared mailbox"},
]
for each in STAFF:
    each["emails"] = [f"{each['id']}@{AGENCY}"]

SCHOOLS = [
    {"id": "beck", "name": "Beckfoot Lane School", "domains": ["beckfoot.sch.example"], "staff": [
        {"given_name": "Marjorie", "family_name": "Knight", "emails": ["m.knight@beckfoot.sch.example"], "role": "SENCo"},
        {"given_name": "Tariq", "family_name": "Aslam", "emails": ["t.aslam@beckfoot.sch.example"], "role": "head of maths"},
        {"given_name": "Jemima", "family_name": "Fountain", "emails": ["j.fountain@beckfoot.sch.example"], "role": "teacher of music"}]},
    {"id": "orchard", "name": "Orchard Hill Academy", "domains": ["orchard.sch.example", "students.orchard.sch.example"], "staff": [
        {"given_name": "Sunniva", "family_name": "Halloran", "emails": ["s.halloran@orchard.sch.example"], "role": "teacher of French"},
        {"given_name": "Eric", "family_name": "Dove", "emails": ["e.dove@orchard.sch.example"], "role": "headteacher"}]},
    *({"id": f"school{n}", "name": f"Number {n} School", "domains": [f"number{n}.sch.example"], "staff": [
        {"given_name": given, "family_name": family, "emails": [f"head@number{n}.sch.example"], "role": "headteacher"}]}
      for n, given, family in ((3, "Ottoline", "Fairbrass"), (4, "Crispin", "Yallop"), (5, "Venetia", "Stobart"))),
]  # fmt: skip

REGISTER = {"pupils": PUPILS, "carers": CARERS, "staff": STAFF, "schools": SCHOOLS}
