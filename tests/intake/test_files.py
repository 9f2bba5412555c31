"""Files and archives from the disk, the hostile ones among them."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from gateway.intake.files import read_files, unpacked
from gateway.register.problems import RegisterProblem


def archive(entries, **options):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as packed:
        for name, data in entries:
            packed.writestr(name, data)
    return stream.getvalue()


def refusal(read, *arguments):
    with pytest.raises(RegisterProblem) as caught:
        read(*arguments)
    return str(caught.value)


def test_a_file_a_folder_and_an_archive_give_their_files_by_name(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "users.csv").write_bytes(b"a")
    (tmp_path / "set" / ".hidden").write_bytes(b"b")
    packed = archive([("bundle/users.csv", b"a"), ("__MACOSX/bundle/._users.csv", b"x"), ("bundle/", b"")])
    (tmp_path / "set.ZIP").write_bytes(packed)
    assert read_files(tmp_path / "set") == {"users.csv": b"a"}
    assert read_files(tmp_path / "set.ZIP") == {"users.csv": b"a"}
    assert read_files(tmp_path / "set" / "users.csv") == {"users.csv": b"a"}


def test_a_name_that_climbs_out_of_the_archive_climbs_nowhere(tmp_path):
    path = tmp_path / "in" / "evil.zip"
    path.parent.mkdir()
    path.write_bytes(archive([("../../escaped.csv", b"x"), ("/etc/absolute.csv", b"y")]))
    assert read_files(path) == {"escaped.csv": b"x", "absolute.csv": b"y"}
    assert [each.name for each in tmp_path.rglob("*.csv")] == []


def test_a_bomb_is_not_unpacked():
    assert "unreasonable size" in refusal(unpacked, archive([("users.csv", bytes(500_000_000))]), "b.zip")
    assert "unreasonable size" in refusal(
        unpacked, archive([(f"{n}.csv", b"") for n in range(1001)]), "b.zip"
    )


def test_an_entry_that_lies_about_its_size_is_refused():
    data = bytearray(archive([("users.csv", b"x" * 1000)]))
    start = data.index(b"PK\x01\x02") + 24
    data[start : start + 4] = (10).to_bytes(4, "little")
    assert "damaged" in refusal(unpacked, bytes(data), "b.zip")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no zip archive"),
        (b"id,name\n", "no zip archive"),
        (archive([("users.csv", b"x" * 5000)])[:-30], "no zip archive"),
        (archive([]), "an empty archive"),
        (archive([("a/users.csv", b"1"), ("b/users.csv", b"2")]), "two files of one name"),
    ],
)
def test_what_is_no_archive_is_refused(data, words):
    assert words in refusal(unpacked, data, "bundle.zip")


def test_an_archive_with_a_password_is_refused():
    data = bytearray(archive([("users.csv", b"x")]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert "with a password" in refusal(unpacked, bytes(data), "bundle.zip")


def test_nothing_and_an_empty_folder_are_refused(tmp_path):
    assert "nothing at this path" in refusal(read_files, tmp_path / "none.csv")
    assert "an empty folder" in refusal(read_files, tmp_path)


def test_a_device_and_a_pipe_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pupils.csv")
    assert "a device or pipe" in refusal(read_files, tmp_path / "pupils.csv")
    assert "a device or pipe" in refusal(read_files, Path("/dev/zero"))


def test_names_from_windows_lose_their_folders_too():
    assert unpacked(archive([("export\\users.csv", b"x")]), "b.zip") == {"users.csv": b"x"}
