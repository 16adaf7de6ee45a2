"""What every file transport offers, and the rules all of them share."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO

from . import checksums

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
    :param checksum: name of the checksum file beside it, if it is to be compared
    :param open_checksum: gives the content of that one
    :param companions: what belongs to it and goes where it goes: name -> stamp
    :param lacks: what is missing before it is complete: ``marker``, ``checksum``, or nothing
    """

    name: str
    size: int
    modified: float
    open: Callable[[], AbstractContextManager[BinaryIO]]
    checksum: str = ""
    open_checksum: Callable[[], AbstractContextManager[BinaryIO]] | None = None
    companions: dict[str, list[float]] = field(default_factory=dict)
    lacks: str = ""

    @property
    def stamp(self) -> list[float]:
        """Size and time; a file whose stamp still changes is being written."""
        return [float(self.size), self.modified]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRules:
    """When a file is complete.

    :param marker: ending of the file that says so, e.g. ``.done``; empty: none is waited for
    :param checksums: ``if_there``, ``required`` or ``never``
    """

    marker: str = ""
    checksums: str = "if_there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A name in a folder with its size and time."""

    name: str
    size: int
    modified: float

    @property
    def stamp(self) -> list[float]:
        return [float(self.size), self.modified]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A file with what was delivered beside it, see :class:`RemoteFile`."""

    file: Listed
    companions: tuple[Listed, ...] = ()
    checksum: Listed | None = None
    lacks: str = ""


def arrange(listed: Iterable[Listed], pattern: str, rules: FileRules) -> list[Arranged]:
    """Put files, checksums and markers of a folder together, oldest first.

    Checksums and markers are never files by themselves, also when what they belong to is not there yet.
    """
    by_name = {one.name: one for one in listed}
    found = []
    for one in sorted(by_name.values(), key=lambda item: (item.modified, item.name)):
        is_marker = bool(rules.marker) and one.name.lower().endswith(rules.marker.lower())
        if is_marker or checksums.algorithm_of(one.name) or not wanted(one.name, pattern):
            continue
        beside = [by_name[name] for ending in checksums.SIDECARS if (name := one.name + ending) in by_name]
        stem = one.name.rpartition(".")[0] or one.name
        markers = [
            by_name[name]
            for name in dict.fromkeys((one.name + rules.marker, stem + rules.marker))
            if rules.marker and name in by_name
        ]
        lacks = ""
        if rules.marker and not markers:
            lacks = "marker"
        elif rules.checksums == "required" and not beside:
            lacks = "checksum"
        found.append(
            Arranged(
                file=one,
                companions=(*beside, *markers),
                checksum=beside[0] if beside and rules.checksums != "never" else None,
                lacks=lacks,
            )
        )
    return found


def remote_file(
    arranged: Arranged, opened: Callable[[str, int], Callable[[], AbstractContextManager[BinaryIO]]]
) -> RemoteFile:
    """Give a file of a transport.

    :param opened: gives what opens a name of a size
    """
    one, checksum = arranged.file, arranged.checksum
    return RemoteFile(
        name=one.name,
        size=one.size,
        modified=one.modified,
        open=opened(one.name, one.size),
        checksum=checksum.name if checksum else "",
        open_checksum=opened(checksum.name, checksum.size) if checksum else None,
        companions={companion.name: companion.stamp for companion in arranged.companions},
        lacks=arranged.lacks,
    )


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
