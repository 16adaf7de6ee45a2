"""SFTP client over paramiko: host key pinned, time limits everywhere, no agent, no local files."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

import paramiko
from paramiko.sftp import CMD_CLOSE, CMD_NAME, CMD_OPENDIR, CMD_READDIR

from ..engine.errors import AmbiguousError, AuthNeededError, RejectedError, TransientError
from ..engine.work import note_reached, pass_gate
from .deliver import Counted, Delivered, checked_name, taken, temporary_name
from .files import FileRules, FileUnreadable, Listed, RemoteFile, archived_name, arrange, remote_file
from .http_address import check_listed

CONNECT_TIMEOUT = 15.0
#: seconds without a byte
READ_TIMEOUT = 60.0
#: bytes a second that a transfer must reach, once it has had so many seconds
SLOWEST = 1024
GRACE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpServer:
    """Where and as whom.

    :param host_key: ``SHA256:...`` fingerprint as OpenSSH prints it, or ``type base64`` public key
    :param hosts: hosts that may be reached, see ``http_address.is_listed``; None: any
    :param private_key: PEM or OpenSSH text; wins over the password
    """

    host: str
    port: int
    username: str
    host_key: str
    password: str | None = None
    private_key: str | None = None
    passphrase: str | None = None
    hosts: frozenset[str] | None = None

    @property
    def endpoint(self) -> str:
        """What circuits and limits call this place."""
        return f"{self.host}:{self.port}"


def fingerprint(key: paramiko.PKey) -> str:
    """OpenSSH style fingerprint: ``SHA256:`` and unpadded base64."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


def host_key_matches(pinned: str, key: paramiko.PKey) -> bool:
    """Compare what the server shows with what was pinned, in either notation."""
    pinned = pinned.strip()
    if pinned.startswith("SHA256:"):
        return pinned.rstrip("=") == fingerprint(key)
    return pinned.split()[:2] == [key.get_name(), key.get_base64()]


def _private_key(text: str, passphrase: str | None) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException as error:
            raise AuthNeededError("The private key needs its passphrase.", reason="secret_missing") from error
        except (paramiko.SSHException, ValueError):
            continue
    raise AuthNeededError(
        "The private key cannot be read. Supply an Ed25519, ECDSA or RSA key in OpenSSH or PEM format, "
        "and its passphrase if it has one.",
        reason="secret_broken",
    )


@contextmanager
def session(server: SftpServer) -> Iterator[SftpSession]:
    """Open a session, verified before anything secret is sent.

    One session is one call for the circuit of this server and the limits of the connection.

    :raise NotNowError: our own brakes let nothing through
    :raise RejectedError: the host is not among those that may be reached
    :raise TransientError: not reachable, or cut
    :raise AuthNeededError: host key differs from the pinned one, or the login is refused
    """
    check_listed(server.host, server.hosts)
    pass_gate(server.endpoint, "/")
    transport: paramiko.Transport | None = None
    try:
        connection = socket.create_connection((server.host, server.port), timeout=CONNECT_TIMEOUT)
        transport = paramiko.Transport(connection)
        transport.banner_timeout = CONNECT_TIMEOUT
        transport.auth_timeout = CONNECT_TIMEOUT
        transport.start_client(timeout=CONNECT_TIMEOUT)
        shown = transport.get_remote_server_key()
        note_reached(server.endpoint)
        if not server.host_key:
            raise AuthNeededError(
                f"No host key is pinned. The server shows {fingerprint(shown)}; compare it with what the bank "
                "published, then enter it on the connection.",
                reason="host_key_missing",
            )
        if not host_key_matches(server.host_key, shown):
            raise AuthNeededError(
                f"The server shows another host key ({fingerprint(shown)}) than the pinned one. Nothing was sent. "
                "Ask the bank whether it changed its key before you enter the new one.",
                reason="host_key_changed",
            )
        if server.private_key:
            transport.auth_publickey(server.username, _private_key(server.private_key, server.passphrase))
        else:
            transport.auth_password(server.username, server.password or "")
        client = _Client.from_transport(transport)
        if client is None:
            raise TransientError("The server closed the session.", endpoint=server.endpoint)
        channel = client.get_channel()
        if channel is not None:
            channel.settimeout(READ_TIMEOUT)
        yield SftpSession(client, server.endpoint)
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():
            # it did not say no, it said nothing
            raise TransientError(
                f"{server.endpoint} does not answer the login of {server.username}.", endpoint=server.endpoint
            ) from error
        raise AuthNeededError(
            f"{server.host} refuses the login of {server.username}. Check user, password or key.",
            reason="login_refused",
        ) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        text = str(error) or error.__class__.__name__
        raise TransientError(
            f"{server.endpoint} cannot be reached or cut the connection: {text}.", endpoint=server.endpoint
        ) from error
    finally:
        if transport is not None:
            transport.close()


class _Client(paramiko.SFTPClient):
    """Takes names as the bytes they are: one name in another encoding must not hide the whole folder."""

    def list_folder(self, path: str) -> list[tuple[str, paramiko.SFTPAttributes]]:
        _kind, answer = self._request(CMD_OPENDIR, self._adjust_cwd(_raw(path)))  # type: ignore[attr-defined]
        handle = answer.get_binary()
        listed: list[tuple[str, paramiko.SFTPAttributes]] = []
        try:
            while True:
                try:
                    kind, answer = self._request(CMD_READDIR, handle)  # type: ignore[attr-defined]
                except EOFError:
                    return listed
                if kind != CMD_NAME:
                    raise paramiko.SFTPError("The server answers a listing with something else.")
                for _number in range(answer.get_int()):
                    name = answer.get_binary().decode("utf-8", "surrogateescape")
                    answer.get_binary()
                    attributes = paramiko.SFTPAttributes._from_msg(answer, name)  # type: ignore[attr-defined]
                    listed.append((name, attributes))
        finally:
            self._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


class SftpSession:
    """One open session."""

    def __init__(self, client: _Client, endpoint: str) -> None:
        self._client, self._endpoint = client, endpoint

    def waiting(self, folder: str, pattern: str, rules: FileRules | None = None) -> Iterator[RemoteFile]:
        """Yield the files of a folder, oldest first; links and folders are left alone."""
        try:
            listed = self._client.list_folder(folder)
        except FileNotFoundError as error:
            raise RejectedError(
                f"The folder {folder} does not exist on the server.", reason="folder_missing"
            ) from error
        except PermissionError as error:
            raise AuthNeededError(f"The server does not let us list {folder}.", reason="folder_denied") from error
        files = [
            Listed(name=name, size=entry.st_size or 0, modified=float(entry.st_mtime or 0))
            for name, entry in listed
            # a server that says nothing about the kind is taken at its word that it is a file
            if (entry.st_mode is None or stat.S_ISREG(entry.st_mode)) and "/" not in name
        ]
        for one in arrange(files, pattern, rules or FileRules()):
            yield remote_file(one, lambda name, size: partial(self._open, f"{folder.rstrip('/')}/{name}", size))

    @contextmanager
    def _open(self, path: str, size: int) -> Iterator[BinaryIO]:
        try:
            with self._client.open(_raw(path), "rb") as handle:
                # bounded: a lying size or an endless file must not fill memory with read-ahead
                handle.prefetch(size, max_concurrent_requests=64)
                yield cast(BinaryIO, _Watched(handle, self._endpoint))
        except FileNotFoundError as error:
            raise FileUnreadable("The file vanished while it was fetched.") from error
        except PermissionError as error:
            raise FileUnreadable("The server does not let us read the file.") from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            text = str(error) or error.__class__.__name__
            raise TransientError(f"The transfer was cut: {text}.", endpoint=self._endpoint) from error

    def archive(self, folder: str, processed: str, stamps: dict[str, list[float]]) -> list[str]:
        """Move files to another folder on the server.

        :param stamps: name -> size and time when it was read; a file that changed since stays
        :return: names moved
        :raise AuthNeededError: when the server does not let us
        """
        moved = []
        try:
            self._ensure_folder(processed)
            for name, stamp in stamps.items():
                source = f"{folder.rstrip('/')}/{name}"
                try:
                    status = self._client.lstat(_raw(source))
                except FileNotFoundError:
                    continue
                if [float(status.st_size or 0), float(status.st_mtime or 0)] != stamp:
                    continue
                target = archived_name(name, lambda n: self._exists(f"{processed.rstrip('/')}/{n}"))
                self._client.rename(_raw(source), _raw(f"{processed.rstrip('/')}/{target}"))
                moved.append(name)
        except PermissionError as error:
            raise AuthNeededError(
                f"The server does not let us move files from {folder} to {processed}.", reason="folder_denied"
            ) from error
        return moved

    def put(self, folder: str, name: str, pieces: Iterable[bytes]) -> Delivered:
        """Deliver a file into a folder on the server; see :mod:`.deliver`.

        :raise RejectedError: no such folder, no name for a file, or another file has it
        :raise AuthNeededError: the server does not let us write there
        :raise TransientError: cut before the file had its name; nothing was delivered
        :raise AmbiguousError: cut while it was given its name
        """
        name = checked_name(name)
        folder = folder.rstrip("/") or "/"
        temporary, final = f"{folder}/{temporary_name(name)}", f"{folder}/{name}"
        content = Counted(pieces)
        try:
            self._write(temporary, content)
        except FileNotFoundError as error:
            raise RejectedError(
                f"The folder {folder} does not exist on the server.", reason="folder_missing"
            ) from error
        except PermissionError as error:
            raise AuthNeededError(f"The server does not let us write to {folder}.", reason="folder_denied") from error
        try:
            # not posix_rename: this one fails where the name is taken
            self._client.rename(_raw(temporary), _raw(final))
        except PermissionError as error:
            raise AuthNeededError(
                f"The server does not let us rename files in {folder}.", reason="folder_denied"
            ) from error
        except FileNotFoundError as error:
            raise TransientError(f"{name} vanished before it had its name.", endpoint=self._endpoint) from error
        except (paramiko.SSHException, EOFError, TimeoutError) as error:
            raise self._unclear(name, error) from error
        except OSError as error:
            # an answer of the server has no number, an error of the line has one
            if error.errno is not None:
                raise self._unclear(name, error) from error
            return self._refused(temporary, final, name, content)
        return Delivered(name=name, size=content.size, sha256=content.sha256)

    def _write(self, path: str, content: Counted) -> None:
        started = time.monotonic()
        with self._client.open(_raw(path), "wx") as handle:
            handle.set_pipelined(True)
            for piece in content:
                handle.write(piece)
                _check_speed(started, content.size, self._endpoint)
        # answers to pipelined writes are read no later than here; a short file is never given its name
        if (self._client.stat(_raw(path)).st_size or 0) != content.size:
            raise TransientError("The server has kept another number of bytes than were sent.", endpoint=self._endpoint)

    def _refused(self, temporary: str, final: str, name: str, content: Counted) -> Delivered:
        """The server has answered the step that names the file with a failure."""
        try:
            is_same = self._is_same(final, content) if self._exists(final) else None
        except FileUnreadable as error:
            raise self._unclear(name, error) from error
        self._client.remove(_raw(temporary))
        if is_same:
            return Delivered(name=name, size=content.size, sha256=content.sha256, was_there=True)
        if is_same is None:
            raise RejectedError(f"The server does not let us name a file {name}.", reason="folder_denied")
        raise taken(name)

    def _is_same(self, path: str, content: Counted) -> bool:
        if (self._client.stat(_raw(path)).st_size or 0) != content.size:
            return False
        digest = hashlib.sha256()
        with self._open(path, content.size) as stream:
            while piece := stream.read(1 << 16):
                digest.update(piece)
        # public: digests of a file that both sides have
        return digest.hexdigest() == content.sha256

    def _unclear(self, name: str, error: Exception) -> AmbiguousError:
        text = str(error) or error.__class__.__name__
        return AmbiguousError(
            f"Whether {name} is there is not known: the step that gives it its name failed ({text}).",
            reason="delivery_unclear",
            endpoint=self._endpoint,
            params={"name": name},
        )

    def _exists(self, path: str) -> bool:
        try:
            self._client.stat(_raw(path))
        except FileNotFoundError:
            return False
        return True

    def _ensure_folder(self, folder: str) -> None:
        if not self._exists(folder):
            self._client.mkdir(folder)


class _Watched:
    """A stream that gives up on a transfer that drips."""

    def __init__(self, handle: paramiko.SFTPFile, endpoint: str) -> None:
        self._handle, self._endpoint = handle, endpoint
        self._started = time.monotonic()
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._handle.read(size)
        self._read += len(piece)
        _check_speed(self._started, self._read, self._endpoint)
        return piece


def _check_speed(started: float, count: int, endpoint: str) -> None:
    """:raise TransientError: so many bytes since then are too few"""
    seconds = time.monotonic() - started
    if seconds > GRACE and count < seconds * SLOWEST:
        raise TransientError(
            f"The transfer is too slow: {count} bytes in {seconds:.0f} seconds. It was given up.", endpoint=endpoint
        )
