"""A folder of the server (or of a share mounted there) that another system takes files from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..engine.errors import AuthNeededError, RejectedError, TransientError
from .deliver import Counted, Delivered, checked_name, is_leftover, taken, temporary_name
from .folder import within

#: bytes read at once
PIECE = 1 << 20


class OutFolder:
    """Delivers files into one folder.

    :param path: the folder, which must exist: a share that is not mounted is no empty folder
    :param roots: folders below which it must lie
    """

    def __init__(self, path: str, roots: list[Path]) -> None:
        self.path = Path(path)
        if not path or not within(self.path, roots):
            allowed = ", ".join(str(root) for root in roots) or "none"
            raise RejectedError(
                f"The folder {path or '(none)'} is outside of what this server allows ({allowed}). "
                "Ask the system administrator to extend FINANCE_FOLDER_ROOTS.",
                reason="folder_not_allowed",
            )

    def check(self) -> None:
        """:raise RejectedError: the folder does not exist
        :raise AuthNeededError: it cannot be written
        """
        if not self.path.is_dir():
            raise RejectedError(f"The folder {self.path} does not exist. Create it first.", reason="folder_missing")
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise AuthNeededError(
                f"The server may not write into {self.path}. Correct the permissions of the folder.",
                reason="folder_denied",
            )

    def put(self, name: str, pieces: Iterable[bytes]) -> Delivered:
        """Deliver a file; see :mod:`.deliver`.

        :raise RejectedError: no such folder, no name for a file, or another file has it
        :raise AuthNeededError: the folder cannot be written
        :raise TransientError: it cannot be written now; nothing was delivered
        """
        name = checked_name(name)
        self.check()
        content = Counted(pieces)
        temporary = self.path / temporary_name(name)
        try:
            self._write(temporary, content)
            was_there = not self._name(temporary, self.path / name)
        except OSError as error:
            raise TransientError(f"{name} cannot be written to {self.path}: {error.strerror}.") from error
        finally:
            with suppress(OSError):
                temporary.unlink()
        # public: digests of a file that both sides have
        if was_there and self._digest(self.path / name) != content.sha256:
            raise taken(name)
        self._sweep(name)
        return Delivered(name=name, size=content.size, sha256=content.sha256, was_there=was_there)

    def _write(self, path: Path, content: Counted) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        with os.fdopen(descriptor, "wb") as stream:
            for piece in content:
                stream.write(piece)
            stream.flush()
            # what is told as delivered survives a power cut
            os.fsync(descriptor)

    def _name(self, temporary: Path, final: Path) -> bool:
        """:return: False where the name is taken"""
        try:
            os.link(temporary, final)
        except FileExistsError:
            return False
        except OSError:
            # a share without hard links
            if final.exists():
                return False
            temporary.rename(final)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return True

    def _digest(self, path: Path) -> str:
        digest = hashlib.sha256()
        try:
            with path.open("rb") as stream:
                while piece := stream.read(PIECE):
                    digest.update(piece)
        except OSError as error:
            raise TransientError(f"{path} cannot be compared: {error.strerror}.") from error
        return digest.hexdigest()

    def _sweep(self, name: str) -> None:
        """Remove what attempts that were killed have left."""
        with suppress(OSError):
            for entry in os.scandir(self.path):
                if is_leftover(entry.name, name):
                    os.unlink(entry.path)
