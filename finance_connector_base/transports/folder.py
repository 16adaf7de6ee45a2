"""A watched folder of the server (or of a share mounted there)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ..engine.errors import AuthNeededError, RejectedError, TransientError
from .files import FileRules, FileUnreadable, Listed, RemoteFile, archived_name, arrange, remote_file


def within(path: Path, roots: list[Path]) -> bool:
    """Say whether a path, links resolved, lies below one of the roots the server allows."""
    resolved = path.resolve()
    return any(resolved == root.resolve() or root.resolve() in resolved.parents for root in roots)


class Folder:
    """Lists, reads and archives files of one folder.

    :param path: folder to watch
    :param processed: folder that takes what was stored; made when missing
    :param roots: folders below which both must lie
    """

    def __init__(self, path: str, processed: str, roots: list[Path]) -> None:
        self.path = Path(path)
        # a relative one lies inside the watched folder
        self.processed = self.path / (processed or "processed")
        self._roots = roots
        for folder in (self.path, self.processed):
            self._allowed(folder)
        if self.processed.resolve() == self.path.resolve():
            raise RejectedError(
                f"Processed files cannot stay in the watched folder {self.path}. Name another folder for them.",
                reason="connection_incomplete",
            )

    def _allowed(self, folder: Path) -> Path:
        if not within(folder, self._roots):
            allowed = ", ".join(str(root) for root in self._roots) or "none"
            raise RejectedError(
                f"The folder {folder} is outside of what this server allows ({allowed}). "
                "Ask the system administrator to extend FINANCE_FOLDER_ROOTS.",
                reason="folder_not_allowed",
            )
        return folder

    def check(self) -> int:
        """:return: number of files waiting
        :raise RejectedError: the folder does not exist
        :raise AuthNeededError: it cannot be read or written
        """
        if not self.path.is_dir():
            raise RejectedError(f"The folder {self.path} does not exist. Create it first.", reason="folder_missing")
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise AuthNeededError(
                f"The server may not read and move files in {self.path}. Correct the permissions of the folder.",
                reason="folder_denied",
            )
        return sum(1 for _file in self.waiting(""))

    def waiting(self, pattern: str, rules: FileRules | None = None) -> Iterator[RemoteFile]:
        """Yield the files that wait, oldest first; links and folders are left alone."""
        found = []
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        found.append(Listed(name=entry.name, size=status.st_size, modified=status.st_mtime))
        except FileNotFoundError as error:
            raise RejectedError(f"The folder {self.path} does not exist.", reason="folder_missing") from error
        except OSError as error:
            raise TransientError(f"The folder {self.path} cannot be listed: {error.strerror}.") from error
        for one in arrange(found, pattern, rules or FileRules()):
            yield remote_file(one, lambda name, _size: partial(self._open, name))

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        try:
            # a link put in place of the file since it was listed is not followed out of the folder
            descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise FileUnreadable("It is no regular file.")
                yield stream
        except OSError as error:
            raise FileUnreadable(f"The file cannot be read: {error.strerror}.") from error

    def archive(self, stamps: dict[str, list[float]], into: str = "") -> list[str]:
        """Move files to the processed folder, or to another one.

        :param stamps: name -> size and time when it was read; a file that changed since stays
        :param into: the other folder; a relative one lies inside the watched one
        :return: names moved
        """
        moved = []
        processed = self._allowed(self.path / into) if into else self.processed
        try:
            processed.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TransientError(f"The folder {processed} cannot be made: {error.strerror}.") from error
        for name, stamp in stamps.items():
            source = self.path / name
            try:
                status = source.stat(follow_symlinks=False)
                if [float(status.st_size), status.st_mtime] != stamp:
                    continue
                target = processed / archived_name(name, lambda n: (processed / n).exists())
                source.rename(target)
                moved.append(name)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise TransientError(f"{name} cannot be moved to {processed}: {error.strerror}.") from error
        return moved
