"""The server: users, host keys, listening, and the commands that make it misbehave."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncssh

from sandbox.control import ControlError, hold_port
from sandbox.sftp.faults import Faults, Journal, changed
from sandbox.sftp.files import Files

#: Folders of every user.
FOLDERS = ("inbox", "processed", "outgoing")

#: Names that are allowed on a disk and surprise a client.
WEIRD_NAMES: tuple[bytes, ...] = (
    b"with several  spaces .xml",
    "Kontoauszüge März €.xml".encode(),
    "明細書.xml".encode(),
    "u\u0308mlaut-decomposed.xml".encode(),
    b"latin1-\xe9.xml",
    b"x" * 251 + b".xml",
    b"-rf.xml",
    b"semi;touch pwned.xml",
    b"$(touch pwned).xml",
    b"new\nline.xml",
    b"quote'\".xml",
    b"UPPER.XML",
    b".hidden.xml",
    b"no-extension",
    b"half.xml.part",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who may log in, and how."""

    name: str
    password: str | None = None
    #: public keys in OpenSSH format
    keys: tuple[str, ...] = ()


class World:
    """What all connections share."""

    def __init__(self, root: Path, users: Sequence[User]) -> None:
        self.root = root
        self.users = {user.name: user for user in users}
        self.faults = Faults()
        self.journal = Journal()
        self.connections: set[asyncssh.SSHServerConnection] = set()
        for user in users:
            for name in FOLDERS:
                self.folder(user.name, name).mkdir(parents=True, exist_ok=True)

    def folder(self, user: str, name: str = "") -> Path:
        """A folder of a user, on the disk."""
        return self.root / user / name


class _Door(asyncssh.SSHServer):
    """Lets users in."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._world.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._world.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        user = self._world.users.get(username)
        right = user is not None and user.password is not None and user.password == password
        return self._answer("password", username, right)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        user = self._world.users.get(username)
        known = [asyncssh.import_public_key(text).public_data for text in user.keys] if user else []
        return self._answer("key", username, key.public_data in known)

    def _answer(self, how: str, username: str, right: bool) -> bool:
        right = right and not self._world.faults.auth_fails
        self._world.journal.note(f"login by {how}", "done" if right else "denied", user=username)
        return right


def load_host_key(path: Path, kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """The host key of a file; a new one is made and kept there, so that restarts show the same key."""
    if path.exists():
        return asyncssh.read_private_key(str(path))
    key = asyncssh.generate_private_key(kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(key.export_private_key())
    return key


class SftpServer:
    """The stand-in, for use inside an event loop."""

    def __init__(
        self,
        root: Path,
        users: Sequence[User],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        host_key: asyncssh.SSHKey | None = None,
    ) -> None:
        self.world = World(root, users)
        self.host, self.port = host, port
        self.host_key = host_key or asyncssh.generate_private_key("ssh-ed25519")
        self._other_key = asyncssh.generate_private_key("ssh-ed25519")
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._holder: socket.socket | None = None
        self._uploads: set[asyncio.Task[None]] = set()

    def ready(self) -> dict[str, Any]:
        """What a client must know."""
        return {
            "ready": "sftp",
            "host": self.host,
            "port": self.port,
            "host_key": self.host_key.export_public_key().decode().strip(),
            "fingerprint": self.host_key.get_fingerprint(),
            "users": list(self.world.users),
            "root": str(self.world.root),
        }

    async def start(self) -> None:
        """Listen; a port of 0 becomes a free one and stays the same afterwards."""
        faults = self.world.faults
        if self._holder is not None:
            self._holder.close()
            self._holder = None
        self._acceptor = await asyncssh.listen(
            self.host,
            self.port,
            server_factory=lambda: _Door(self.world),
            server_host_keys=[self._other_key if faults.other_host_key else self.host_key],
            sftp_factory=lambda chan: Files(chan, self.world),
            allow_scp=False,
            reuse_address=True,
        )
        self.port = self._acceptor.get_port()

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        self._silence()
        for upload in self._uploads:
            upload.cancel()
        self.drop()
        if self._holder is not None:
            self._holder.close()

    def _silence(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
            self._acceptor = None
            self._holder = hold_port(self.host, self.port)

    def drop(self) -> int:
        """Cut all connections; returns how many there were."""
        connections = list(self.world.connections)
        for connection in connections:
            connection.abort()
        return len(connections)

    async def set_faults(self, faults: Faults) -> None:
        """From now on these are wrong. Open connections go on; :meth:`drop` ends them."""
        before, self.world.faults = self.world.faults, faults
        listens = (before.refuse, before.other_host_key) != (faults.refuse, faults.other_host_key)
        if listens:
            self._silence()
            if not faults.refuse:
                await self.start()

    def upload(self, user: str, path: str, data: bytes, *, pieces: int = 10, interval: float = 0.2) -> None:
        """Let a file appear under its final name and grow to its size, as careless senders do."""
        target = self.world.folder(user) / path
        target.write_bytes(b"")

        async def grow() -> None:
            for index in range(pieces):
                with target.open("ab") as stream:
                    stream.write(data[len(data) * index // pieces : len(data) * (index + 1) // pieces])
                await asyncio.sleep(interval)

        task = asyncio.ensure_future(grow())
        self._uploads.add(task)
        task.add_done_callback(self._uploads.discard)

    def weird(self, user: str, data: bytes) -> list[str]:
        """Put a file under every weird name into the inbox, and one beside it that ``../`` would reach."""
        for name in WEIRD_NAMES:
            (self.world.folder(user, "inbox") / os.fsdecode(name)).write_bytes(data)
        (self.world.folder(user) / "escape.xml").write_bytes(data)
        return [os.fsdecode(name).encode("utf-8", "backslashreplace").decode() for name in WEIRD_NAMES]

    async def command(self, method: str, path: str, body: Any) -> Any:
        """The control port: see sandbox/README.md."""
        values = body or {}
        if (method, path) == ("PUT", "/faults"):
            await self.set_faults(changed(Faults(), values))
        elif (method, path) == ("DELETE", "/faults"):
            await self.set_faults(Faults())
        elif (method, path) == ("GET", "/journal"):
            return list(self.world.journal.lines)
        elif (method, path) == ("DELETE", "/journal"):
            self.world.journal.lines.clear()
        elif (method, path) == ("POST", "/drop"):
            return {"dropped": self.drop()}
        elif (method, path) == ("POST", "/upload"):
            data = Path(values["source"]).read_bytes()
            options = {name: values[name] for name in ("pieces", "interval") if name in values}
            self.upload(values["user"], values["path"], data, **options)
        elif (method, path) == ("POST", "/weird"):
            names = self.weird(values["user"], values.get("content", "<Document/>").encode())
            await self.set_faults(changed(self.world.faults, {"phantoms": ["../escape.xml"]}))
            return {"names": names, "phantoms": ["../escape.xml"]}
        elif (method, path) != ("GET", "/"):
            raise ControlError(f"no such command: {method} {path}")
        return {"faults": asdict(self.world.faults), "connections": len(self.world.connections)}
