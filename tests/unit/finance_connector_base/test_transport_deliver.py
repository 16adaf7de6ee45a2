"""Files are delivered complete, under a name of their own, once (invariants 1 and 3; faults 3, 34 and 41).

The receiver is the sandbox's SFTP server, which shares no code with the client, or a real folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.errors import (
    AmbiguousError,
    AuthNeededError,
    FinanceError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_connector_base.transports import sftp
from odoo.addons.finance_connector_base.transports.deliver import (
    Delivered,
    checked_name,
    is_leftover,
    temporary_name,
)
from odoo.addons.finance_connector_base.transports.files import wanted
from odoo.addons.finance_connector_base.transports.folder_out import OutFolder

from sandbox.process import StandIn

CONTENT = [b"<Document>", b"x" * 100_000, b"</Document>"]
WHOLE = b"".join(CONTENT)


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["", ".hidden", "../up.xml", "a/b.xml", "-rf", "a\nb", "ä.xml", "x" * 201, "a;b", "a\x00"]
)
def test_attack_39_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(RejectedError) as caught:
        checked_name(name)
    assert caught.value.reason == "file_name"


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,40}", fullmatch=True))
def test_nobody_takes_the_temporary_name_for_a_file(name: str) -> None:
    hidden = temporary_name(checked_name(name))
    assert not wanted(hidden, "*")
    assert is_leftover(hidden, name)
    assert not is_leftover(hidden, name + "x")
    assert hidden != temporary_name(name)


# -- a folder ----------------------------------------------------------------------------------


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "roots" / "outbox"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def out(outbox: Path, tmp_path: Path) -> OutFolder:
    return OutFolder(str(outbox), [tmp_path / "roots"])


def test_a_file_lies_complete_under_its_name(out: OutFolder, outbox: Path) -> None:
    told = out.put("pain.xml", CONTENT)
    assert told.size == len(WHOLE)
    assert not told.was_there
    assert [path.name for path in outbox.iterdir()] == ["pain.xml"]
    assert (outbox / "pain.xml").read_bytes() == WHOLE


def test_twice_is_once(out: OutFolder, outbox: Path) -> None:
    first = out.put("pain.xml", CONTENT)
    written = (outbox / "pain.xml").stat()
    again = out.put("pain.xml", CONTENT)
    assert again == Delivered(name=first.name, size=first.size, sha256=first.sha256, was_there=True)
    assert (outbox / "pain.xml").stat() == written
    assert len(list(outbox.iterdir())) == 1


def test_another_file_of_the_name_is_never_written_over(out: OutFolder, outbox: Path) -> None:
    (outbox / "pain.xml").write_bytes(b"other")
    with pytest.raises(RejectedError) as caught:
        out.put("pain.xml", CONTENT)
    assert caught.value.reason == "file_name_taken"
    assert (outbox / "pain.xml").read_bytes() == b"other"
    assert len(list(outbox.iterdir())) == 1


def test_what_fails_while_it_is_written_leaves_nothing(out: OutFolder, outbox: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(TransientError, match="No space left"):
        out.put("pain.xml", pieces())
    assert list(outbox.iterdir()) == []


def test_what_a_killed_attempt_has_left_goes_with_the_next(out: OutFolder, outbox: Path) -> None:
    (outbox / ".pain.xml.0a1b2c3d.part").write_bytes(b"half")
    (outbox / ".other.xml.0a1b2c3d.part").write_bytes(b"of another message")
    out.put("pain.xml", CONTENT)
    assert sorted(path.name for path in outbox.iterdir()) == [".other.xml.0a1b2c3d.part", "pain.xml"]


def test_a_share_without_hard_links(out: OutFolder, outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert not out.put("pain.xml", CONTENT).was_there
    assert out.put("pain.xml", CONTENT).was_there
    assert (outbox / "pain.xml").read_bytes() == WHOLE


def test_a_link_under_the_temporary_name_is_not_followed(out: OutFolder, outbox: Path, tmp_path: Path) -> None:
    (outbox / "pain.xml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FinanceError):
        out.put("pain.xml", CONTENT)
    assert not (tmp_path / "elsewhere").exists()


def test_folders_outside_or_missing(tmp_path: Path, outbox: Path) -> None:
    with pytest.raises(RejectedError) as caught:
        OutFolder(str(tmp_path), [tmp_path / "roots"])
    assert caught.value.reason == "folder_not_allowed"
    with pytest.raises(RejectedError) as caught:
        OutFolder(str(outbox / "missing"), [tmp_path / "roots"]).put("a.xml", CONTENT)
    assert caught.value.reason == "folder_missing", "a share that is not mounted is no empty folder"


# -- an SFTP server ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    root = tmp_path_factory.mktemp("bank")
    with StandIn("sandbox.sftp", "--root", str(root), "--user", "bank:secret") as bank:
        yield bank


@pytest.fixture
def bank(running: StandIn) -> StandIn:
    running.control("DELETE", "/faults")
    for path in place(running).iterdir():
        path.unlink()
    return running


def place(bank: StandIn) -> Path:
    return Path(bank.ready["root"]) / "bank" / "outgoing"


@pytest.fixture
def put(bank: StandIn) -> Callable[..., Delivered]:
    ready = bank.ready
    server = sftp.SftpServer(
        host=ready["host"], port=ready["port"], username="bank", host_key=ready["fingerprint"], password="secret"
    )

    def send(name: str = "pain.xml", content: list[bytes] = CONTENT, folder: str = "outgoing") -> Delivered:
        with sftp.session(server) as session:
            return session.put(folder, name, content)

    return send


def test_sftp_a_file_lies_complete_under_its_name(bank: StandIn, put: Callable[..., Delivered]) -> None:
    told = put()
    assert (told.size, told.was_there) == (len(WHOLE), False)
    assert [path.name for path in place(bank).iterdir()] == ["pain.xml"]
    assert (place(bank) / "pain.xml").read_bytes() == WHOLE


def test_sftp_twice_is_once(bank: StandIn, put: Callable[..., Delivered]) -> None:
    put()
    assert put().was_there
    assert [path.name for path in place(bank).iterdir()] == ["pain.xml"]


@pytest.mark.parametrize("other", [b"short", b"y" * len(WHOLE)], ids=["size", "content"])
def test_sftp_another_file_is_never_written_over(bank: StandIn, put: Callable[..., Delivered], other: bytes) -> None:
    (place(bank) / "pain.xml").write_bytes(other)
    with pytest.raises(RejectedError) as caught:
        put()
    assert caught.value.reason == "file_name_taken"
    assert [path.name for path in place(bank).iterdir()] == ["pain.xml"]
    assert (place(bank) / "pain.xml").read_bytes() == other


@pytest.mark.parametrize(
    "fault", [{"cut_before": ["write"]}, {"cut_after_effect": ["write"]}, {"cut_before": ["open"]}]
)
def test_sftp_cut_before_the_name_nothing_was_delivered(
    bank: StandIn, put: Callable[..., Delivered], fault: dict[str, list[str]]
) -> None:
    bank.control("PUT", "/faults", fault)
    with pytest.raises(TransientError):
        put()
    assert not (place(bank) / "pain.xml").exists()
    bank.control("DELETE", "/faults")
    assert not put().was_there


@pytest.mark.parametrize(("fault", "is_there"), [("cut_before", False), ("cut_after_effect", True)])
def test_fault_34_sftp_cut_in_the_last_step_it_is_not_known(
    bank: StandIn, put: Callable[..., Delivered], fault: str, is_there: bool
) -> None:
    bank.control("PUT", "/faults", {fault: ["rename"]})
    with pytest.raises(AmbiguousError) as caught:
        put()
    assert caught.value.reason == "delivery_unclear"
    assert (place(bank) / "pain.xml").exists() is is_there
    bank.control("DELETE", "/faults")
    assert put().was_there is is_there
    assert (place(bank) / "pain.xml").read_bytes() == WHOLE


def test_sftp_who_may_not_write_is_told(bank: StandIn, put: Callable[..., Delivered]) -> None:
    bank.control("PUT", "/faults", {"deny": ["open"]})
    with pytest.raises(AuthNeededError) as caught:
        put()
    assert caught.value.reason == "folder_denied"
    bank.control("PUT", "/faults", {"deny": ["rename"]})
    with pytest.raises(AuthNeededError):
        put()
    bank.control("DELETE", "/faults")
    with pytest.raises(RejectedError) as refused:
        put(folder="nowhere")
    assert refused.value.reason == "folder_missing"


def test_sftp_a_twin_that_cannot_be_compared_is_not_taken_for_ours(
    bank: StandIn, put: Callable[..., Delivered]
) -> None:
    put()
    bank.control("PUT", "/faults", {"deny": ["read"]})
    with pytest.raises(AmbiguousError):
        put()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.binary(max_size=70_000), max_size=6))
def test_any_content_arrives_as_it_is(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("out")
    OutFolder(str(folder), [folder]).put("a.bin", pieces)
    assert (folder / "a.bin").read_bytes() == b"".join(pieces)
