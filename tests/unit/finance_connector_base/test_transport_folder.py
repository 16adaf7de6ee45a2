from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.errors import AuthNeededError, RejectedError
from odoo.addons.finance_connector_base.transports.files import FileUnreadable, archived_name, wanted
from odoo.addons.finance_connector_base.transports.folder import Folder


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "roots" / "inbox"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def folder(inbox: Path, tmp_path: Path) -> Folder:
    return Folder(str(inbox), "", [tmp_path / "roots"])


@pytest.mark.parametrize(
    ("name", "pattern", "taken"),
    [
        ("a.xml", "", True),
        ("a.xml", "*", True),
        ("A.XML", "*.xml, *.zip", True),
        ("a.zip", "*.xml, *.zip", True),
        ("a.txt", "*.xml", False),
        ("a.xml.part", "", False),
        ("a.xml.PART", "*", False),
        (".a.xml", "*", False),
        ("~$a.xml", "*", False),
        ("a.xml.tmp", "*.tmp", False),
        ("a.xml", " , ", True),
    ],
)
def test_which_names_are_fetched(name: str, pattern: str, taken: bool) -> None:
    assert wanted(name, pattern) is taken


@given(st.text(min_size=1), st.sets(st.text(min_size=1)))
def test_a_name_in_the_archive_is_never_taken_twice(name: str, others: set[str]) -> None:
    used = others | {name}
    given_name = archived_name(name, used.__contains__)
    assert given_name not in used
    assert archived_name(name, frozenset().__contains__) == name


def test_oldest_first(folder: Folder, inbox: Path) -> None:
    for age, name in ((10, "young"), (30, "old"), (20, "middle")):
        (inbox / name).write_text(name)
        os.utime(inbox / name, (1_700_000_000 - age,) * 2)
    assert [file.name for file in folder.waiting("")] == ["old", "middle", "young"]


def test_content_and_stamp(folder: Folder, inbox: Path) -> None:
    (inbox / "a").write_bytes(b"12345")
    [file] = folder.waiting("")
    with file.open() as stream:
        assert stream.read() == b"12345"
    assert file.stamp == [5.0, (inbox / "a").stat().st_mtime]


def test_a_link_put_in_place_of_a_listed_file_is_not_followed(folder: Folder, inbox: Path, tmp_path: Path) -> None:
    """Between listing and reading somebody swaps the file for a link to one of the server's own."""
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    (inbox / "a").write_text("bait")
    [file] = folder.waiting("")
    (inbox / "a").unlink()
    (inbox / "a").symlink_to(secret)
    with pytest.raises(FileUnreadable), file.open() as stream:
        stream.read()


def test_a_pipe_put_in_place_does_not_hang(folder: Folder, inbox: Path) -> None:
    (inbox / "a").write_text("bait")
    [file] = folder.waiting("")
    (inbox / "a").unlink()
    os.mkfifo(inbox / "a")
    with pytest.raises(FileUnreadable), file.open() as stream:
        stream.read()


def test_a_file_that_vanished(folder: Folder, inbox: Path) -> None:
    (inbox / "a").write_text("soon gone")
    [file] = folder.waiting("")
    (inbox / "a").unlink()
    with pytest.raises(FileUnreadable), file.open():
        pass
    assert folder.archive({"a": file.stamp}) == []


def test_archiving_moves_what_was_read_and_nothing_newer(folder: Folder, inbox: Path) -> None:
    (inbox / "same").write_text("1")
    (inbox / "changed").write_text("1")
    stamps = {file.name: file.stamp for file in folder.waiting("")}
    (inbox / "changed").write_text("12")
    assert folder.archive(stamps) == ["same"]
    assert sorted(path.name for path in inbox.iterdir()) == ["changed", "processed"]


def test_a_name_used_before_gets_a_number(folder: Folder, inbox: Path) -> None:
    for content in ("1", "22", "333"):
        (inbox / "a.xml").write_text(content)
        folder.archive({file.name: file.stamp for file in folder.waiting("")})
    assert {path.name: path.read_text() for path in (inbox / "processed").iterdir()} == {
        "a.xml": "1",
        "a.2.xml": "22",
        "a.3.xml": "333",
    }


def test_the_archive_may_lie_elsewhere_below_the_roots(inbox: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "roots" / "done"
    (inbox / "a").write_text("1")
    folder = Folder(str(inbox), str(elsewhere), [tmp_path / "roots"])
    folder.archive({file.name: file.stamp for file in folder.waiting("")})
    assert [path.name for path in elsewhere.iterdir()] == ["a"]


@pytest.mark.parametrize("processed", [".", "../inbox", ""])
def test_an_archive_in_the_watched_folder_itself_is_refused(inbox: Path, tmp_path: Path, processed: str) -> None:
    if processed:
        with pytest.raises(RejectedError):
            Folder(str(inbox), processed, [tmp_path / "roots"])
    else:
        assert Folder(str(inbox), processed, [tmp_path / "roots"]).processed == inbox / "processed"


@pytest.mark.parametrize("path", ["/", "/etc", "", ".", "../..", "{roots}/..", "{roots}-not", "{roots}/out"])
def test_only_below_the_roots(tmp_path: Path, path: str) -> None:
    roots = tmp_path / "roots"
    roots.mkdir()
    (tmp_path / "roots-not").mkdir()
    (roots / "out").symlink_to(tmp_path)
    with pytest.raises(RejectedError, match="outside"):
        Folder(path.format(roots=roots), "", [roots])
    with pytest.raises(RejectedError, match="outside"):
        Folder(str(roots), str(tmp_path / "elsewhere"), [roots])


def test_without_roots_nothing_is_allowed(inbox: Path) -> None:
    with pytest.raises(RejectedError, match="none"):
        Folder(str(inbox), "", [])


def test_checking(folder: Folder, inbox: Path) -> None:
    (inbox / "a").write_text("1")
    assert folder.check() == 1
    for path in inbox.iterdir():
        path.unlink()
    inbox.rmdir()
    with pytest.raises(RejectedError, match="does not exist"):
        folder.check()
    with pytest.raises(RejectedError):
        list(folder.waiting(""))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(folder: Folder, inbox: Path) -> None:
    inbox.chmod(0o300)
    try:
        with pytest.raises(AuthNeededError):
            folder.check()
    finally:
        inbox.chmod(0o700)
