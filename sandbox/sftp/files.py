"""The files a client sees: its folder on the disk, with the faults in between."""

from __future__ import annotations

import asyncio
import inspect
import os
import posixpath
import stat
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import asyncssh

if TYPE_CHECKING:
    from sandbox.sftp.server import World

T = TypeVar("T")

_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<Document>'


def _name(path: bytes) -> str:
    return posixpath.normpath("/" + os.fsdecode(path)).lstrip("/")


class _Endless:
    """A file without an end, made while it is read."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, offset: int, size: int) -> bytes:
        size = max(0, min(size, self.size - offset))
        head = _HEAD[offset : offset + size]
        return head + b" " * (size - len(head))

    def close(self) -> None:
        pass


def _attributes(size: int) -> asyncssh.SFTPAttrs:
    return asyncssh.SFTPAttrs(
        size=size, uid=0, gid=0, permissions=stat.S_IFREG | 0o644, atime=1_767_600_000, mtime=1_767_600_000
    )


class Files(asyncssh.SFTPServer):
    """One SFTP session of a user."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], world: World) -> None:
        self._world = world
        self._user = str(chan.get_extra_info("username"))
        self._sent = 0
        super().__init__(chan, chroot=os.fsencode(world.folder(self._user)))

    # --- faults -----------------------------------------------------------------------------------

    def _cut(self) -> asyncssh.SFTPError:
        self.connection.abort()
        return asyncssh.SFTPConnectionLost("connection cut")

    async def _do(
        self, operation: str, path: bytes, effect: Callable[[], Any], *, quiet: bool = False, to: bytes | None = None
    ) -> Any:
        """Run an operation unless a fault is set on it, and write it down."""
        faults, name = self._world.faults, _name(path)
        note = partial(self._world.journal.note, operation, user=self._user, path=name)
        if to is not None:
            note = partial(note, to=_name(to))
        if operation in faults.hang:
            note(outcome="hangs")
            await asyncio.Event().wait()
        if operation in faults.cut_before:
            note(outcome="cut before")
            raise self._cut()
        if operation in faults.deny:
            note(outcome="denied")
            raise asyncssh.SFTPPermissionDenied("permission denied")
        if operation in faults.fail:
            note(outcome="failed")
            raise asyncssh.SFTPFailure("failure")
        try:
            result = effect()
            if inspect.isawaitable(result):
                result = await result
        except (OSError, asyncssh.SFTPError) as error:
            note(outcome=type(error).__name__)
            raise
        if operation in faults.cut_after_effect:
            note(outcome="cut after")
            raise self._cut()
        if not quiet:
            note(outcome="done")
        return result

    def _is_endless(self, path: bytes) -> bool:
        return bool(self._world.faults.endless) and _name(path) == _name(os.fsencode(self._world.faults.endless))

    # --- operations -------------------------------------------------------------------------------

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List a folder, with the endless file and the phantoms."""
        await self._do("list", path, lambda: None)
        async for item in super().scandir(path):
            yield item
        faults = self._world.faults
        if faults.endless and posixpath.dirname(_name(os.fsencode(faults.endless))) == _name(path):
            name = os.fsencode(posixpath.basename(faults.endless))
            yield asyncssh.SFTPName(name, attrs=_attributes(faults.endless_claims))
        for phantom in faults.phantoms:
            yield asyncssh.SFTPName(os.fsencode(phantom), attrs=_attributes(100))

    async def stat(self, path: bytes) -> Any:
        """Attributes of a file, following links."""
        return await self._do("stat", path, lambda: self._attributes_of(path, super(Files, self).stat), quiet=True)

    async def lstat(self, path: bytes) -> Any:
        """Attributes of a file."""
        return await self._do("stat", path, lambda: self._attributes_of(path, super(Files, self).lstat), quiet=True)

    def _attributes_of(self, path: bytes, of_disk: Callable[[bytes], Any]) -> Any:
        return _attributes(self._world.faults.endless_claims) if self._is_endless(path) else of_disk(path)

    async def fstat(self, file_obj: object) -> Any:
        """Attributes of an open file."""
        if isinstance(file_obj, _Endless):
            return _attributes(self._world.faults.endless_claims)
        return super().fstat(file_obj)

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file."""
        if self._is_endless(path):
            return await self._do("open", path, lambda: _Endless(self._world.faults.endless_bytes))
        return await self._do("open", path, lambda: super(Files, self).open(path, pflags, attrs))

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read a piece of an open file, slowly or up to a point if told so.

        A piece is never shortened: clients take a short answer for the end of the file.
        """
        data = cast(bytes, await self._do("read", b"", lambda: self._piece(file_obj, offset, size), quiet=True))
        faults = self._world.faults
        if 0 <= faults.cut_after < self._sent + len(data):
            self._world.journal.note("read", f"cut after {self._sent} bytes", user=self._user)
            raise self._cut()
        self._sent += len(data)
        if faults.rate:
            await asyncio.sleep(len(data) / faults.rate)
        return data

    def _piece(self, file_obj: object, offset: int, size: int) -> Any:
        return file_obj.read(offset, size) if isinstance(file_obj, _Endless) else super().read(file_obj, offset, size)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write a piece of an open file."""
        return cast(
            int, await self._do("write", b"", lambda: super(Files, self).write(file_obj, offset, data), quiet=True)
        )

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file; the new name must be free."""
        await self._do("rename", oldpath, lambda: super(Files, self).rename(oldpath, newpath), to=newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file over another."""
        await self._do("rename", oldpath, lambda: super(Files, self).posix_rename(oldpath, newpath), to=newpath)

    async def remove(self, path: bytes) -> None:
        """Remove a file."""
        await self._do("remove", path, lambda: super(Files, self).remove(path))

    def close(self, file_obj: object) -> Any:
        """Close a file."""
        return file_obj.close() if isinstance(file_obj, _Endless) else super().close(file_obj)
