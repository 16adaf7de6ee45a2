"""What every file transport offers, and the rules all of them share."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

#: names of uploads in progress, by the habits of common clients
UNFINISHED = ("*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", ".*", "~*")


class FileUnreadable(Exception):
    """One file cannot be read; the others may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file waiting on the other side.

    :param name: as listed there; never used as a local path
    :param size: bytes at the time of listing
    :param modified: modification time there, seconds since 1970 by their clock
    :param open: gives the content as a binary stream, closed on exit;
        raises :class:`FileUnreadable`, or TransientError when the line is cut
    """

    name: str
    size: int
    modified: float
    open: Callable[[], AbstractContextManager[BinaryIO]]

    @property
    def stamp(self) -> list[float]:
        """Size and time; a file whose stamp still changes is being written."""
        return [float(self.size), self.modified]


def wanted(name: str, pattern: str) -> bool:
    """Say whether a listed name is to be fetched.

    :param pattern: shell patterns separated by commas, e.g. ``*.xml,*.zip``; empty takes all
    """
    if any(fnmatch.fnmatch(name.lower(), unfinished) for unfinished in UNFINISHED):
        return False
    patterns = [part.strip().lower() for part in pattern.split(",") if part.strip()]
    return not patterns or any(fnmatch.fnmatch(name.lower(), part) for part in patterns)


def archived_name(name: str, taken: Callable[[str], bool]) -> str:
    """Give the name under which a processed file is kept: a used name gets a number.

    :param taken: says whether a name exists in the archive folder
    """
    if not taken(name):
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    number = 2
    while taken(candidate := f"{stem}.{number}{dot}{suffix}"):
        number += 1
    return candidate
