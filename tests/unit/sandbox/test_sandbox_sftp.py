"""The SFTP stand-in with a real client: what works, and every fault."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import pytest

from sandbox.process import StandIn, StandInError

T = TypeVar("T")

CONTENT = b"<Document>" + b"x" * 200_000 + b"</Document>"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("sftp")
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(folder / "id"))
    os.chmod(folder / "id", 0o600)
    key.write_public_key(str(folder / "id.pub"))
    arguments = ("--root", str(folder / "root"), "--user", "bank:secret", "--user", "other:else")
    with StandIn("sandbox.sftp", *arguments, "--authorized-key", f"bank={folder / 'id.pub'}") as stand_in:
        stand_in.ready["key_file"] = str(folder / "id")
        yield stand_in


@pytest.fixture
def sftp(running: StandIn) -> Iterator[StandIn]:
    """The server without faults, with one file in the inbox of ``bank``."""
    root = Path(running.ready["root"])
    shutil.rmtree(root / "bank")
    for name in ("inbox", "processed", "outgoing"):
        (root / "bank" / name).mkdir(parents=True)
    (root / "bank" / "inbox" / "one.xml").write_bytes(CONTENT)
    running.control("DELETE", "/journal")
    yield running
    running.control("DELETE", "/faults")
    running.control("POST", "/drop")


@asynccontextmanager
async def client(stand_in: StandIn, **options: Any) -> AsyncIterator[asyncssh.SFTPClient]:
    ready = stand_in.ready
    known = asyncssh.import_known_hosts(f"[{ready['host']}]:{ready['port']} {ready['host_key']}\n")
    access: dict[str, Any] = {"username": "bank", "password": "secret", "client_keys": None, "known_hosts": known}
    access.update(options)
    async with asyncssh.connect(ready["host"], ready["port"], config=None, agent_path=None, **access) as connection:
        try:
            yield await connection.start_sftp_client()
        finally:
            connection.abort()  # a server that hangs does not answer a polite goodbye


def use(stand_in: StandIn, work: Callable[[asyncssh.SFTPClient], Awaitable[T]], **options: Any) -> T:
    """Connect, do the work, and give up after ten seconds."""

    async def run() -> T:
        async with client(stand_in, **options) as session:
            return await work(session)

    return asyncio.run(asyncio.wait_for(run(), 10))


async def read(session: asyncssh.SFTPClient, path: str) -> bytes:
    async with session.open(path, "rb") as stream:
        return await stream.read()


def outcomes(stand_in: StandIn, operation: str) -> list[str]:
    return [line["outcome"] for line in stand_in.control("GET", "/journal") if line["operation"] == operation]


def inbox(stand_in: StandIn) -> Path:
    return Path(stand_in.ready["root"]) / "bank" / "inbox"


# --- what works -----------------------------------------------------------------------------------


def test_fetch_and_move(sftp: StandIn) -> None:
    async def work(session: asyncssh.SFTPClient) -> bytes:
        assert sorted(await session.listdir("inbox")) == [".", "..", "one.xml"]
        assert (await session.stat("inbox/one.xml")).size == len(CONTENT)
        data = await read(session, "inbox/one.xml")
        await session.rename("inbox/one.xml", "processed/one.xml")
        return data

    assert use(sftp, work) == CONTENT
    assert not (inbox(sftp) / "one.xml").exists()
    assert (inbox(sftp).parent / "processed" / "one.xml").read_bytes() == CONTENT
    assert outcomes(sftp, "rename") == ["done"]
    assert [line["to"] for line in sftp.control("GET", "/journal") if "to" in line] == ["processed/one.xml"]


def test_deliver_and_remove(sftp: StandIn) -> None:
    async def work(session: asyncssh.SFTPClient) -> None:
        async with session.open("outgoing/.pain.part", "wb") as stream:
            await stream.write(b"pain")
        await session.posix_rename("outgoing/.pain.part", "outgoing/pain.xml")
        await session.remove("inbox/one.xml")

    use(sftp, work)
    assert (inbox(sftp).parent / "outgoing" / "pain.xml").read_bytes() == b"pain"
    assert list(inbox(sftp).iterdir()) == []


def test_key_instead_of_password(sftp: StandIn) -> None:
    names = use(sftp, lambda session: session.listdir("."), password=None, client_keys=[sftp.ready["key_file"]])
    assert {"inbox", "processed", "outgoing"} <= set(names)
    assert "done" in outcomes(sftp, "login by key")


def test_users_see_only_their_own_folder(sftp: StandIn) -> None:
    async def work(session: asyncssh.SFTPClient) -> list[str]:
        assert await session.exists("../../bank/inbox/one.xml") is False
        return list(await session.listdir("/"))

    assert set(use(sftp, work, username="other", password="else")) == {".", "..", "inbox", "processed", "outgoing"}


@pytest.mark.parametrize("options", [{"password": "wrong"}, {"username": "nobody"}])
def test_strangers_stay_outside(sftp: StandIn, options: dict[str, Any]) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        use(sftp, lambda session: session.listdir("."), **options)


def test_the_host_key_survives_a_restart(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with StandIn("sandbox.sftp", "--root", str(tmp_path)) as stand_in:
            seen.append((stand_in.ready["host_key"], stand_in.ready["fingerprint"], stand_in.ready["users"]))
    assert seen[0] == seen[1]
    assert seen[0][1].startswith("SHA256:") and seen[0][2] == ["bank"]


@pytest.mark.skipif(not shutil.which("sftp"), reason="no OpenSSH client on this machine")
def test_the_openssh_client(sftp: StandIn, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"[{sftp.ready['host']}]:{sftp.ready['port']} {sftp.ready['host_key']}\n", encoding="utf-8")
    batch = tmp_path / "batch"
    batch.write_text(f"ls -l inbox\nget inbox/one.xml {tmp_path}/got.xml\nrename inbox/one.xml processed/one.xml\n")
    options = [f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "BatchMode=yes"]
    command = ["sftp", "-F", "/dev/null", "-P", str(sftp.ready["port"]), "-i", sftp.ready["key_file"]]
    command += [part for option in options for part in ("-o", option)]
    done = subprocess.run(
        [*command, "-b", str(batch), f"bank@{sftp.ready['host']}"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got.xml").read_bytes() == CONTENT
    assert "one.xml" in done.stdout and not (inbox(sftp) / "one.xml").exists()


# --- what goes wrong ------------------------------------------------------------------------------


def test_refuse_and_come_back_on_the_same_port(sftp: StandIn) -> None:
    sftp.control("PUT", "/faults", {"refuse": True})
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sftp.ready["host"], sftp.ready["port"]), timeout=5)
    sftp.control("DELETE", "/faults")
    assert use(sftp, lambda session: read(session, "inbox/one.xml")) == CONTENT


def test_another_host_key(sftp: StandIn) -> None:
    sftp.control("PUT", "/faults", {"other_host_key": True})
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        use(sftp, lambda session: session.listdir("."))
    sftp.control("DELETE", "/faults")
    use(sftp, lambda session: session.listdir("."))


def test_nobody_gets_in(sftp: StandIn) -> None:
    sftp.control("PUT", "/faults", {"auth_fails": True})
    with pytest.raises(asyncssh.PermissionDenied):
        use(sftp, lambda session: session.listdir("."))
    assert "done" not in outcomes(sftp, "login by password")


def test_slow_drip(sftp: StandIn) -> None:
    (inbox(sftp) / "one.xml").write_bytes(b"y" * 3000)
    sftp.control("PUT", "/faults", {"rate": 4000})
    start = time.monotonic()
    assert use(sftp, lambda session: read(session, "inbox/one.xml")) == b"y" * 3000
    assert time.monotonic() - start > 0.5


def test_cut_after_some_bytes(sftp: StandIn) -> None:
    sftp.control("PUT", "/faults", {"cut_after": 50_000})
    with pytest.raises((asyncssh.SFTPError, asyncssh.Error, OSError)):
        use(sftp, lambda session: read(session, "inbox/one.xml"))
    (outcome,) = outcomes(sftp, "read")
    assert int(outcome.split()[2]) <= 50_000


@pytest.mark.parametrize("operation", ["list", "stat", "open", "read", "rename", "remove", "write"])
@pytest.mark.parametrize("fault", ["deny", "fail", "cut_before"])
def test_any_operation_can_go_wrong(sftp: StandIn, fault: str, operation: str) -> None:
    sftp.control("PUT", "/faults", {fault: [operation]})

    async def write(session: asyncssh.SFTPClient) -> None:
        async with session.open("outgoing/two.xml", "wb") as stream:
            await stream.write(b"two")

    work: dict[str, Callable[[asyncssh.SFTPClient], Awaitable[Any]]] = {
        "list": lambda session: session.listdir("inbox"),
        "stat": lambda session: session.stat("inbox/one.xml"),
        "open": lambda session: read(session, "inbox/one.xml"),
        "read": lambda session: read(session, "inbox/one.xml"),
        "rename": lambda session: session.rename("inbox/one.xml", "processed/one.xml"),
        "remove": lambda session: session.remove("inbox/one.xml"),
        "write": write,
    }
    expected = {"deny": asyncssh.SFTPPermissionDenied, "fail": asyncssh.SFTPFailure}
    with pytest.raises(expected.get(fault, (asyncssh.Error, OSError))):
        use(sftp, work[operation])
    assert (inbox(sftp) / "one.xml").exists()


def test_cut_after_the_rename_took_effect(sftp: StandIn) -> None:
    sftp.control("PUT", "/faults", {"cut_after_effect": ["rename"]})
    with pytest.raises((asyncssh.Error, OSError)):
        use(sftp, lambda session: session.rename("inbox/one.xml", "processed/one.xml"))
    assert (inbox(sftp).parent / "processed" / "one.xml").exists()
    assert outcomes(sftp, "rename") == ["cut after"]


def test_an_operation_that_never_answers(sftp: StandIn) -> None:
    sftp.control("PUT", "/faults", {"hang": ["stat"]})

    async def work(session: asyncssh.SFTPClient) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(session.stat("inbox"), 0.3)

    use(sftp, work)
    assert outcomes(sftp, "stat") == ["hangs"]
    deadline = time.monotonic() + 5
    while sftp.control("GET")["connections"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sftp.control("GET")["connections"] == 0


def test_a_file_that_grows_under_its_final_name(sftp: StandIn, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(CONTENT)
    order = {"user": "bank", "path": "inbox/big.xml", "source": str(tmp_path / "source"), "pieces": 5, "interval": 0.1}
    sftp.control("POST", "/upload", order)
    sizes = set()
    deadline = time.monotonic() + 10
    while (size := (inbox(sftp) / "big.xml").stat().st_size) < len(CONTENT) and time.monotonic() < deadline:
        sizes.add(size)
        time.sleep(0.02)
    assert len(sizes) > 1
    assert (inbox(sftp) / "big.xml").read_bytes() == CONTENT


def test_a_file_without_an_end(sftp: StandIn) -> None:
    sftp.control("PUT", "/faults", {"endless": "inbox/endless.xml", "endless_claims": 1000})

    async def work(session: asyncssh.SFTPClient) -> None:
        assert "endless.xml" in await session.listdir("inbox")
        assert (await session.stat("inbox/endless.xml")).size == 1000
        async with session.open("inbox/endless.xml", "rb") as stream:
            assert (await stream.read(20)).startswith(b"<?xml")
            assert len(await stream.read(1000, 5 * 1024**3 - 400)) == 400
            assert len(await stream.read(30_000, 4 * 1024**3)) == 30_000

    use(sftp, work)


def test_weird_names(sftp: StandIn) -> None:
    answer = sftp.control("POST", "/weird", {"user": "bank", "content": "weird"})

    async def work(session: asyncssh.SFTPClient) -> set[bytes]:
        names = set(await session.listdir(b"inbox"))
        for name in names - {b".", b"..", b"one.xml"}:
            async with session.open(b"inbox/" + name, "rb") as stream:
                assert await stream.read() == b"weird"
        return names

    names = use(sftp, work)
    assert len(names) == len(answer["names"]) + 4
    assert b"../escape.xml" in names and b"latin1-\xe9.xml" in names and b"new\nline.xml" in names
    assert max(map(len, names)) == 255


def test_mistakes_are_named(sftp: StandIn) -> None:
    with pytest.raises(StandInError, match="no such fault: nonsense"):
        sftp.control("PUT", "/faults", {"nonsense": True})
    with pytest.raises(StandInError, match="no operation fly"):
        sftp.control("PUT", "/faults", {"deny": ["fly"]})
    with pytest.raises(StandInError, match="no such command"):
        sftp.control("GET", "/elsewhere")
    with pytest.raises(StandInError, match="did not get ready"):
        StandIn("sandbox.sftp", "--nonsense")


# --- behind the fault proxy -----------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"mode": "reset_after_bytes", "bytes": 60_000}, {"mode": "truncate", "bytes": 9000}])
def test_41_a_transfer_breaks_at_a_byte(sftp: StandIn, fault: dict[str, Any]) -> None:
    with StandIn("sandbox.faultproxy", "--target", f"{sftp.ready['host']}:{sftp.ready['port']}") as proxy:
        front = {"host": proxy.ready["host"], "port": proxy.ready["port"]}
        original = dict(sftp.ready)
        sftp.ready.update(front)
        try:
            assert use(sftp, lambda session: read(session, "inbox/one.xml")) == CONTENT
            proxy.control("PUT", "/fault", fault)
            with pytest.raises((asyncssh.Error, OSError)):
                use(sftp, lambda session: read(session, "inbox/one.xml"))
        finally:
            sftp.ready.update(original)
    assert len(outcomes(sftp, "open")) == 2
