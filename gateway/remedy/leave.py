"""Files that stay here: a note takes the place of each, and they wait on a page for who knows the code."""

from gateway.remedy.encrypt import Encrypted, neutral_name
from gateway.remedy.protect import Locked, ProtectedFile, chosen, content

_HOW = (
    "It waits on a page of ours, whose address is in the message. Open the page with any browser and type "
    "the passphrase there."
)


def leave(raw: bytes, paths: frozenset[str]) -> tuple[tuple[tuple[str, bytes], ...], tuple[Locked, ...]]:
    """
    Take the parts with these paths out: the files under neutral names, and the notes in their places.

    Raises:
        CannotProtect: one of them is not there.
    """
    files: list[tuple[str, bytes]] = []
    notes: list[Locked] = []
    for number, part in enumerate(chosen(raw, paths), 1):
        stem = f"attachment-{number}"
        data = content(part)
        files.append((neutral_name(data, part.filename, stem), data))
        text = f"The file {files[-1][0]} waits for you on a page: see how-to-open.txt.\r\n"
        note = Encrypted(text.encode("ascii"), f"{stem}.txt", "text/plain; charset=us-ascii", _HOW)
        notes.append(Locked(ProtectedFile(part.path, files[-1][0], note.media_type, _HOW), note))
    return tuple(files), tuple(notes)
