"""
Which column of somebody's spreadsheet holds what.

Names are compared without case, spaces and punctuation, and without the word for
the kind of person in front ("Pupil first name"). A mapping names the rest.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Kind = Literal["pupils", "carers", "staff", "schools", "contacts"]

# Each field's column names, squeezed, as management systems and people call them.
_NAMES = {
    "id": "id ref reference uniqueid externalid number upn uln admissionnumber admissionno adno personid recordid "
    "misid sisid code",
    "given_name": "givenname firstname forename forenames firstnames givennames christianname legalforename "
    "legalfirstname",
    "family_name": "familyname surname lastname legalsurname legallastname secondname",
    "name": "name fullname displayname",
    "emails": "email emails emailaddress emailaddresses mail homeemail workemail otheremail personalemail "
    "schoolemail primaryemail secondaryemail emailhome emailwork",
}
_CALLED = {
    "preferred_name": "preferredname knownas preferredforename preferredfirstname preferredgivenname chosenname "
    "nickname",
    "other_names": "othernames othername alias aliases formernames formername previousname maidenname aka akas "
    "middlename middlenames",
}
_PHONES = (
    "phone phones phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber homephone workphone "
    "landline contactnumber"
)
_LEFT = "lefton leavingdate dateofleaving leftdate dateleft leavedate enddate dol"
_HOUSEHOLD = "household householdid family familyid familycode home"
_FIELDS: dict[Kind, dict[str, str]] = {
    "pupils": {
        **_NAMES,
        **_CALLED,
        "date_of_birth": "dateofbirth dob birthdate birthday born",
        "in_education": "ineducation enrolled atschool onroll currentpupil inschool",
        "left_on": _LEFT,
        "household": _HOUSEHOLD,
        "carers": "carers carer carerid carerids parents parent parentid parentids guardians guardian guardianid "
        "guardianids contactids",
        "contract.school": "contractschool contractingschool contract commissioningschool taughtfor",
        "contract.direct_contact_permitted": "directcontactpermitted directcontact directcontactallowed "
        "schoolpermitscontact contactpermitted",
        "contract.permitted_on": "permittedon directcontactpermittedon permissiondate permissiongivenon",
        "photo_consent": "photoconsent photographconsent imageconsent photos photosallowed",
        "photo_consent_on": "photoconsenton photoconsentdate dateofphotoconsent",
    },
    "carers": {
        **_NAMES,
        "phones": _PHONES,
        "household": _HOUSEHOLD,
        "may_receive": "mayreceive maycontact canreceive maybecontacted contactallowed mayemail",
        "not may_receive": "donotcontact mustnotcontact nocontact mustnotbecontacted donotemail",
        "secret": "secret familysecret sharedsecret agreedpassphrase familypassphrase agreedpassword familypassword",
        "pupils": "pupils pupil children child students student pupilid pupilids childid childids studentid "
        "studentids parentof carerof",
    },
    "staff": {
        **_NAMES,
        **_CALLED,
        "role": "role jobtitle position job title",
        "left_on": _LEFT,
        "family_of": "familyof ownchildren relatives",
        "family_friend_of": "familyfriendof friendsof familyfriends",
    },
    "schools": {
        "id": _NAMES["id"] + " urn dfenumber ukprn",
        "name": "name fullname school title",
        "domains": "domains domain emaildomain emaildomains website",
    },
    "contacts": {
        **_NAMES,
        "school": "school schoolid schoolname organisation org",
        "role": "role jobtitle position job title",
    },
}
_SPELLINGS: dict[Kind, dict[str, str]] = {
    kind: {
        name: field for field, names in fields.items() for name in (*names.split(), field.replace("_", ""))
    }
    for kind, fields in _FIELDS.items()
}
_PREFIX: dict[Kind, str] = {
    "pupils": "pupils?|students?|child|childs|learners?|tutees?",
    "carers": "parents?|carers?|guardians?|contacts?|parentcarers?",
    "staff": "staff|tutors?|teachers?|employees?|members?",
    "schools": "schools?|organisations?|org",
    "contacts": "contacts?|staff|teachers?",
}
_KIND_NAMES: dict[Kind, tuple[str, ...]] = {
    "contacts": ("schoolstaff", "schoolcontact", "contacts", "schoolteacher"),
    "pupils": ("pupil", "student", "learner", "tutee", "children", "child"),
    "carers": ("carer", "parent", "guardian", "famil"),
    "staff": ("staff", "tutor", "teacher", "employee", "adviser"),
    "schools": ("school", "organisation", "orgs"),
}
# Several columns may feed these; any other is an error when it is there twice.
MANY = {"emails", "phones", "other_names", "carers", "pupils", "domains", "family_of", "family_friend_of"}
_INLINE = re.compile(
    r"(?P<who>(?:parent|carer|guardian|mother|father|contact|mum|dad)(?:/carer|/guardian)?)(?:'?s)?\s*(?P<first>[1-5]?)"
    r"\s*[:\-]?\s*(?P<what>full name|name|first name|forename|given name|surname|last name|family name"
    r"|e-?mail(?: address)?|phone(?: number)?|mobile(?: number)?|telephone(?: number)?|tel|id)\s*(?P<last>[1-5]?)",
)
_INLINE_FIELDS = {
    "full name": "name",
    "name": "name",
    "first name": "given_name",
    "forename": "given_name",
    "given name": "given_name",
    "surname": "family_name",
    "last name": "family_name",
    "family name": "family_name",
    "id": "id",
}


class Column(NamedTuple):
    """A column that is read: where, its name, the field it feeds; *carer* says for which carer in a pupil's row."""

    position: int
    header: str
    field: str
    carer: str = ""


class Columns(NamedTuple):
    """What a header was understood as; *ignored* are the places and names of columns that nobody reads."""

    known: list[Column]
    ignored: list[tuple[int, str]]


def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return "".join(char for char in text.casefold() if char.isalnum())


def kind_of(name: str) -> Kind | None:
    """The kind of people that a file or sheet of that name holds."""
    plain = squeezed(name.rpartition("/")[2].rpartition("\\")[2].removesuffix(".csv"))
    for kind, words in _KIND_NAMES.items():
        if any(word in plain for word in words):
            return kind
    return None


def understand(kind: Kind, header: Sequence[str], mapping: Mapping[str, Sequence[str]]) -> Columns:
    """
    Match a header's names to fields.

    *mapping* says which columns feed which field, and comes first; its names are
    compared as leniently.
    """
    mapped = {squeezed(name): field for field, names in mapping.items() for name in names}
    known: list[Column] = []
    ignored: list[tuple[int, str]] = []
    for position, name in enumerate(header):
        if not name:
            continue
        carer = ""
        field = mapped.get(squeezed(name)) or _field(kind, name)
        if field is None and kind == "pupils":
            carer, field = _inline(name)
        if field is None:
            ignored.append((position, name))
        else:
            known.append(Column(position, name, field, carer))
    return Columns(known, ignored)


def fields_of(kind: Kind) -> tuple[str, ...]:
    """The fields that a mapping may name."""
    return tuple(_FIELDS[kind])


def _field(kind: Kind, name: str) -> str | None:
    plain = squeezed(name)
    bare = re.sub(rf"^(?:{_PREFIX[kind]})(?=.)", "", plain)
    for spelling in (plain, bare, plain.rstrip("0123456789"), bare.rstrip("0123456789")):
        if spelling in _SPELLINGS[kind]:
            return _SPELLINGS[kind][spelling]
    return None


def _inline(name: str) -> tuple[str, str | None]:
    """A carer's column in a pupil's row: ("parent 2", "emails") for "Parent 2 e-mail"."""
    match = _INLINE.fullmatch(" ".join(name.casefold().replace("_", " ").split()))
    if match is None:
        return "", None
    what = match["what"]
    field = _INLINE_FIELDS.get(what) or ("emails" if "mail" in what else "phones")
    who = {"mum": "mother", "dad": "father"}.get(match["who"], match["who"])
    alone = who in ("mother", "father")
    number = match["first"] or ("" if alone else match["last"]) or "1"
    return (who if alone else f"parent {number}"), field
