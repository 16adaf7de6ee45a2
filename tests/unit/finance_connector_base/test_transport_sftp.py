"""The SFTP client against the sandbox's server, which shares no code with it (asyncssh)."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from odoo.addons.finance_connector_base.engine.errors import AuthNeededError, RejectedError, TransientError
from odoo.addons.finance_connector_base.transports import sftp
from odoo.addons.finance_connector_base.transports.files import FileUnreadable

from sandbox.process import StandIn

PASSPHRASE = "correct horse"


def private_key(kind: str, passphrase: str | None = None) -> tuple[str, str]:
    """:return: (private key as OpenSSH text, public key line)"""
    key = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }[kind]()
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase.encode())
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, protection)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return text.decode(), public.decode()


@pytest.fixture(scope="module")
def keys() -> dict[str, tuple[str, str]]:
    return {kind: private_key(kind) for kind in ("ed25519", "ecdsa", "rsa")} | {
        "protected": private_key("ed25519", PASSPHRASE)
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, tuple[str, str]]) -> Iterator[StandIn]:
    root = tmp_path_factory.mktemp("bank")
    arguments = []
    for name, (_private, public) in keys.items():
        file = root / f"{name}.pub"
        file.write_text(public)
        arguments += ["--authorized-key", f"bank={file}"]
    with StandIn("sandbox.sftp", "--root", str(root), "--user", "bank:secret", *arguments) as bank:
        yield bank


@pytest.fixture
def bank(running: StandIn) -> Iterator[StandIn]:
    inbox = Path(running.ready["root"]) / "bank"
    for path in sorted(inbox.rglob("*"), reverse=True):
        if path.is_file() or path.is_symlink():
            path.unlink()
    running.control("DELETE", "/faults")
    running.control("DELETE", "/journal")
    yield running
    running.control("DELETE", "/faults")


@pytest.fixture
def inbox(bank: StandIn) -> Path:
    return Path(bank.ready["root"]) / "bank" / "inbox"


@pytest.fixture
def server(bank: StandIn) -> sftp.SftpServer:
    ready = bank.ready
    return sftp.SftpServer(
        host=ready["host"], port=ready["port"], username="bank", host_key=ready["fingerprint"], password="secret"
    )


@pytest.fixture
def faults(bank: StandIn) -> Callable[..., None]:
    return lambda **values: bank.control("PUT", "/faults", values)


def names(server: sftp.SftpServer, folder: str = "inbox", pattern: str = "") -> list[str]:
    with sftp.session(server) as session:
        return [file.name for file in session.waiting(folder, pattern)]


def logins(bank: StandIn) -> list[str]:
    return [line["outcome"] for line in bank.control("GET", "/journal") if line["operation"].startswith("login")]


# -- who is there ------------------------------------------------------------------------------


def test_both_notations_of_the_pinned_key(server: sftp.SftpServer, bank: StandIn) -> None:
    for pinned in (bank.ready["fingerprint"], bank.ready["fingerprint"] + "=", bank.ready["host_key"] + " comment"):
        assert names(replace(server, host_key=pinned)) == []


@pytest.mark.parametrize("pinned", ["SHA256:" + "A" * 43, "ssh-ed25519 AAAA", "SHA256:", "nonsense", "md5:aa:bb"])
def test_another_key_is_refused_before_anything_secret_is_sent(
    server: sftp.SftpServer, bank: StandIn, pinned: str
) -> None:
    with pytest.raises(AuthNeededError) as caught:
        names(replace(server, host_key=pinned))
    assert caught.value.reason == "host_key_changed"
    assert bank.ready["fingerprint"] in caught.value.detail
    assert logins(bank) == []


def test_a_changed_key_is_noticed(server: sftp.SftpServer, bank: StandIn, faults: Callable[..., None]) -> None:
    faults(other_host_key=True)
    with pytest.raises(AuthNeededError, match="Nothing was sent"):
        names(server)
    assert logins(bank) == []


def test_without_a_pinned_key_the_shown_one_is_named(server: sftp.SftpServer, bank: StandIn) -> None:
    with pytest.raises(AuthNeededError) as caught:
        names(replace(server, host_key=""))
    assert caught.value.reason == "host_key_missing"
    assert bank.ready["fingerprint"] in caught.value.detail
    assert logins(bank) == []


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_keys_of_every_kind(server: sftp.SftpServer, keys: dict[str, tuple[str, str]], kind: str) -> None:
    assert names(replace(server, password=None, private_key=keys[kind][0])) == []


def test_a_key_with_a_passphrase(server: sftp.SftpServer, keys: dict[str, tuple[str, str]]) -> None:
    by_key = replace(server, password=None, private_key=keys["protected"][0])
    assert names(replace(by_key, passphrase=PASSPHRASE)) == []
    for passphrase, reason in ((None, "secret_missing"), ("wrong", "secret_broken")):
        with pytest.raises(AuthNeededError) as caught:
            names(replace(by_key, passphrase=passphrase))
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text", ["", "no key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
)
def test_what_is_no_key(server: sftp.SftpServer, text: str) -> None:
    with pytest.raises(AuthNeededError):
        names(replace(server, password=None, private_key=text or "x"))


def test_a_refused_login_is_one_try_and_names_no_secret(server: sftp.SftpServer, bank: StandIn) -> None:
    with pytest.raises(AuthNeededError) as caught:
        names(replace(server, password="wr0ng-s3cret"))
    assert caught.value.reason == "login_refused"
    assert "wr0ng" not in str(caught.value)
    assert logins(bank) == ["denied"]
    with pytest.raises(AuthNeededError):
        names(replace(server, password=None, private_key=private_key("ed25519")[0]))


def test_no_agent_and_no_keys_of_the_server_user(
    server: sftp.SftpServer, bank: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was configured is offered: keys in an agent or a home folder are somebody else's."""
    monkeypatch.setattr(paramiko.Agent, "__init__", lambda self: pytest.fail("the agent was asked"))
    with pytest.raises(AuthNeededError):
        names(replace(server, password=""))


# -- listing -----------------------------------------------------------------------------------


def test_files_oldest_first_without_links_and_folders(server: sftp.SftpServer, inbox: Path) -> None:
    for age, name in ((10, "young.xml"), (30, "old.xml"), (20, "part.xml.part")):
        (inbox / name).write_text(name)
        os.utime(inbox / name, (1_700_000_000 - age,) * 2)
    (inbox / "folder.xml").mkdir(exist_ok=True)
    (inbox / "link.xml").symlink_to(inbox / "old.xml")
    assert names(server) == ["old.xml", "young.xml"]
    assert names(server, pattern="y*.xml") == ["young.xml"]


def test_attack_39_names(server: sftp.SftpServer, bank: StandIn, inbox: Path) -> None:
    """Every name that can exist is listed and read; one with a path in it is never asked for."""
    bank.control("POST", "/weird", {"user": "bank", "content": "weird"})
    with sftp.session(server) as session:
        files = list(session.waiting("inbox", ""))
        for file in files:
            with file.open() as stream:
                assert stream.read() == b"weird"
        moved = session.archive("inbox", "processed", {file.name: file.stamp for file in files})
    found = {file.name for file in files}
    assert "latin1-\udce9.xml" in found and "new\nline.xml" in found and "-rf.xml" in found
    assert not any("/" in name or name.startswith(".") or name.endswith(".part") for name in found)
    assert sorted(moved) == sorted(found)
    assert (inbox.parent / "escape.xml").exists()


def test_a_missing_folder(server: sftp.SftpServer) -> None:
    with pytest.raises(RejectedError) as caught:
        names(server, "nowhere")
    assert caught.value.reason == "folder_missing"


def test_a_denied_folder(server: sftp.SftpServer, faults: Callable[..., None]) -> None:
    faults(deny=["list"])
    with pytest.raises(AuthNeededError) as caught:
        names(server)
    assert caught.value.reason == "folder_denied"


# -- reading -----------------------------------------------------------------------------------


def read(server: sftp.SftpServer) -> bytes:
    with sftp.session(server) as session:
        [file] = session.waiting("inbox", "")
        with file.open() as stream:
            return b"".join(iter(lambda: stream.read(1 << 16), b""))


def test_large_files_come_whole(server: sftp.SftpServer, inbox: Path) -> None:
    content = os.urandom(3_000_000)
    (inbox / "a").write_bytes(content)
    assert read(server) == content


@pytest.mark.parametrize("fault", [{"cut_after": 100_000}, {"cut_before": ["read"]}, {"cut_before": ["open"]}])
def test_a_cut_line_is_tried_again(
    server: sftp.SftpServer, inbox: Path, faults: Callable[..., None], fault: dict[str, object]
) -> None:
    (inbox / "a").write_bytes(os.urandom(1_000_000))
    faults(**fault)
    with pytest.raises(TransientError):
        read(server)


@pytest.mark.parametrize("fault", [{"deny": ["open"]}, {"deny": ["read"]}])
def test_a_denied_file_is_that_file_s_trouble(
    server: sftp.SftpServer, inbox: Path, faults: Callable[..., None], fault: dict[str, object]
) -> None:
    (inbox / "a").write_text("x")
    faults(**fault)
    with pytest.raises(FileUnreadable):
        read(server)


def test_a_file_that_vanished(server: sftp.SftpServer, inbox: Path) -> None:
    (inbox / "a").write_text("x")
    with sftp.session(server) as session:
        [file] = session.waiting("inbox", "")
        (inbox / "a").unlink()
        with pytest.raises(FileUnreadable), file.open():
            pass


def test_fault_50_a_transfer_that_drips_is_given_up(
    server: sftp.SftpServer, inbox: Path, faults: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "GRACE", 0.5)
    monkeypatch.setattr(sftp, "SLOWEST", 10_000_000)
    (inbox / "a").write_bytes(os.urandom(400_000))
    faults(rate=200_000)
    with pytest.raises(TransientError, match="too slow"):
        read(server)


def test_fault_10_a_server_that_never_answers_is_not_waited_for(
    server: sftp.SftpServer, inbox: Path, faults: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "READ_TIMEOUT", 1.0)
    (inbox / "a").write_text("x")
    faults(hang=["list"])
    with pytest.raises(TransientError):
        names(server)


def test_nobody_there(server: sftp.SftpServer, faults: Callable[..., None]) -> None:
    faults(refuse=True)
    with pytest.raises(TransientError, match="cannot be reached"):
        names(server)


def test_a_host_that_is_no_ssh_server(server: sftp.SftpServer, bank: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp, "CONNECT_TIMEOUT", 2.0)
    with pytest.raises(TransientError):
        names(replace(server, port=bank.ready["control_port"]))


def test_a_host_that_does_not_exist(server: sftp.SftpServer) -> None:
    with pytest.raises(TransientError):
        names(replace(server, host="no-such-host.invalid"))


# -- moving away -------------------------------------------------------------------------------


def move(server: sftp.SftpServer) -> list[str]:
    with sftp.session(server) as session:
        stamps = {file.name: file.stamp for file in session.waiting("inbox", "")}
        return session.archive("inbox", "processed", stamps)


def test_moving(server: sftp.SftpServer, inbox: Path) -> None:
    for _round in range(2):
        (inbox / "a.xml").write_text("x")
        assert move(server) == ["a.xml"]
    assert sorted(path.name for path in (inbox.parent / "processed").iterdir()) == ["a.2.xml", "a.xml"]


def test_a_file_that_changed_since_it_was_read_stays(server: sftp.SftpServer, inbox: Path) -> None:
    (inbox / "a.xml").write_text("x")
    with sftp.session(server) as session:
        stamps = {file.name: file.stamp for file in session.waiting("inbox", "")}
        (inbox / "a.xml").write_text("xy")
        assert session.archive("inbox", "processed", stamps) == []


def test_moving_denied_is_said_in_words(server: sftp.SftpServer, inbox: Path, faults: Callable[..., None]) -> None:
    (inbox / "a.xml").write_text("x")
    faults(deny=["rename"])
    with pytest.raises(AuthNeededError, match="does not let us move"):
        move(server)


@pytest.mark.parametrize("fault", [{"cut_before": ["rename"]}, {"cut_after_effect": ["rename"]}, {"fail": ["rename"]}])
def test_a_line_cut_while_moving_is_repeated_without_harm(
    server: sftp.SftpServer, inbox: Path, faults: Callable[..., None], fault: dict[str, object], bank: StandIn
) -> None:
    (inbox / "a.xml").write_text("x")
    faults(**fault)
    with pytest.raises(TransientError):
        move(server)
    bank.control("DELETE", "/faults")
    move(server)
    assert [path.name for path in (inbox.parent / "processed").iterdir()] == ["a.xml"]


def test_fingerprints_are_those_of_openssh() -> None:
    text = (
        "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACCzPq7zfqLffKoBDe/eo04kH2XxtSmk\n"
        "9D7RQyf1xUqrYgAAAJgAIAxdACAMXQAAAAtzc2gtZWQyNTUxOQAAACCzPq7zfqLffKoBDe/eo04kH2XxtSmk9D7RQyf1xUqrYgAAAEC2BsIi0QwW\n"
        "2uFscKTUUXNHLsYX4FxlaSDSblbAj7WR7bM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqtiAAAAEHVzZXJAZXhhbXBsZS5jb20BAgMEBQ==\n"
        "-----END OPENSSH PRIVATE KEY-----\n"
    )
    key = paramiko.Ed25519Key.from_private_key(io.StringIO(text))
    assert sftp.fingerprint(key) == "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ"
