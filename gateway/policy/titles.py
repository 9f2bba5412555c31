"""How a rule is called where people read of it."""

# One that is not listed shows its id.
_TITLES = {
    "subject_name": "A name in the subject",
    "parent_missing": "No parent or carer in the message",
    "bulk_disclosure": "Families can see each other’s addresses",
    "unprotected_attachment": "A file without a password",
    "weak_protection": "A password that is easily broken",
    "password_included": "A password in the message",
    "sensitive_subject": "Sensitive details in the subject",
    "sensitive_body": "Sensitive details in the text",
    "sensitive_bulk": "Sensitive details sent to many people",
    "recipient_doubt": "An address that may be wrong",
    "unofficial_address": "A private email address",
    "personal_contact_details": "Private contact details",
    "photo_without_consent": "A photo without consent",
    "file_share_link": "A link that anyone can open",
    "language": "The tone of the message",
    "malware": "A file that may do harm",
    "signature": "A long signature",
    "uninspectable": "Something that could not be read",
}


def title(rule: str) -> str:
    """The heading for a rule's finding."""
    return _TITLES.get(rule, rule.replace("_", " ").capitalize())
