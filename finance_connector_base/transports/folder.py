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
from .files import FileUnreadable, RemoteFile, archived_name, wanted


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
        for folder in (self.path, self.processed):
            if not within(folder, roots):
                allowed = ", ".join(str(root) for root in roots) or "none"
                raise RejectedError(
                    f"The folder {folder} is outside of what this server allows ({allowed}). "
                    "Ask the system administrator to extend FINANCE_FOLDER_ROOTS.",
                    reason="folder_not_allowed",
                )
        if self.processed.resolve() == self.path.resolve():
            raise RejectedError(
                f"Processed files cannot stay in the watched folder {self.path}. Name another folder for them.",
                reason="connection_incomplete",
            )

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

    def waiting(self, pattern: str) -> Iterator[RemoteFile]:
        """Yield the files that wait, oldest first; links and folders are left alone."""
        found = []
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if wanted(entry.name, pattern) and entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        found.append((status.st_mtime, entry.name, status.st_size))
        except FileNotFoundError as error:
            raise RejectedError(f"The folder {self.path} does not exist.", reason="folder_missing") from error
        except OSError as error:
            raise TransientError(f"The folder {self.path} cannot be listed: {error.strerror}.") from error
        for modified, name, size in sorted(found):
            yield RemoteFile(name=name, size=size, modified=modified, open=partial(self._open, name))

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

    def archive(self, stamps: dict[str, list[float]]) -> list[str]:
        """Move stored files to the processed folder.

        :param stamps: name -> size and time when it was read; a file that changed since stays
        :return: names moved
        """
        moved = []
        try:
            self.processed.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TransientError(f"The folder {self.processed} cannot be made: {error.strerror}.") from error
        for name, stamp in stamps.items():
            source = self.path / name
            try:
                status = source.stat(follow_symlinks=False)
                if [float(status.st_size), status.st_mtime] != stamp:
                    continue
                target = self.processed / archived_name(name, lambda n: (self.processed / n).exists())
                source.rename(target)
                moved.append(name)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise TransientError(f"{name} cannot be moved to {self.processed}: {error.strerror}.") from error
        return moved
