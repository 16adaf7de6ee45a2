"""The one entrance for foreign ZIP archives.

Banks and portals deliver one XML per account and day in a ZIP, often under a ``.xml`` name,
so content decides (:func:`is_archive`), never the name. Nothing is ever written to disk and a
member's name is only shown to people, with its folders removed.

The whole archive is refused (:class:`~.errors.SafetyError`) before its first member is given
out when its directory is broken or too large (``archive_broken``, ``archive_too_many``), or when
any member is encrypted (``archive_encrypted``), leaves its folder (``archive_name``), is a link
or device (``archive_link``), uses an unusual compression (``archive_method``) or is an archive
itself (``archive_nested``). While a member is read, ``archive_bomb`` stops it at the limits, whatever
its headers say, and ``archive_size`` when they lied.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .errors import SafetyError

_LOCAL_HEADER = b"PK\x03\x04"
_EMPTY_ARCHIVE = b"PK\x05\x06"
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_MAX_16 = 0xFFFF
_MAX_32 = 0xFFFFFFFF
#: general purpose bits: 0 encrypted, 6 strongly encrypted, 13 masked headers (APPNOTE 4.4.4)
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DRIVE = re.compile("[A-Za-z]:")
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """How much one archive may ask for."""

    #: members, folders included
    entries: int = 1000
    #: bytes of the directory at the end of the archive
    directory: int = 1024**2
    #: unpacked bytes of one member
    member: int = 2 * 1024**3
    #: unpacked bytes of all members together
    total: int = 4 * 1024**3
    #: unpacked bytes per packed byte, once a member is larger than ``ratio_from``.
    #: Repetitive XML reaches 60; the method itself ends at 1032.
    ratio: int = 200
    ratio_from: int = 4 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive: a name to show, and its bytes as a stream."""

    name: str
    stream: BinaryIO


def is_archive(head: bytes) -> bool:
    """Say whether a file with these first bytes is a ZIP archive, whatever its name is."""
    return head.startswith((_LOCAL_HEADER, _EMPTY_ARCHIVE))


class Archive:
    """A checked archive::

        with Archive(stream) as archive:
            for member in archive:
                handle(member.name, member.stream)

    A member's stream is valid until the next one is asked for.
    """

    def __init__(self, stream: BinaryIO, limits: ArchiveLimits | None = None) -> None:
        self._limits = limits or ArchiveLimits()
        _check_directory(stream, self._limits)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeDecodeError) as error:
            raise _broken() from error
        infos = self._zip.infolist()
        if len(infos) > self._limits.entries:
            raise _too_many(self._limits)
        #: files of operating systems that are not part of the delivery (display names)
        self.ignored: list[str] = []
        self._infos: list[zipfile.ZipInfo] = []
        for info in infos:
            self._examine(info)
        if not self._infos:
            raise SafetyError("archive_empty", "The archive holds no file")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._zip.close()

    def __len__(self) -> int:
        return len(self._infos)

    def __iter__(self) -> Iterator[Member]:
        used = 0
        for info in self._infos:
            name = display_name(info.filename)
            with self._open(info) as raw:
                capped = _CappedStream(raw, info, name, self._limits, self._limits.total - used)
                yield Member(name=name, stream=io.BufferedReader(capped, _CHUNK))
                used += capped.given

    def _examine(self, info: zipfile.ZipInfo) -> None:
        """Refuse the archive for what a member's directory entry or first bytes show."""
        name = display_name(info.filename)
        _check_name(info, name)
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise SafetyError("archive_link", "The archive holds a link or a device", name)
        if info.flag_bits & _ENCRYPTED:
            raise SafetyError("archive_encrypted", "The archive is protected by a password", name)
        if info.filename.endswith(("/", "\\")):
            return
        if _is_system_file(info.filename):
            self.ignored.append(name)
            return
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SafetyError("archive_method", "The archive uses an unusual compression", name)
        if info.file_size > self._limits.member:
            raise _bomb(name)
        with self._open(info) as raw:
            try:
                head = raw.read(len(_LOCAL_HEADER))
            except _READ_ERRORS as error:
                raise _broken(name) from error
        if is_archive(head):
            raise SafetyError("archive_nested", "The archive holds another archive", name)
        self._infos.append(info)

    def _open(self, info: zipfile.ZipInfo) -> BinaryIO:
        try:
            return self._zip.open(info)  # type: ignore[return-value]
        except (*_READ_ERRORS, RuntimeError, ValueError) as error:
            raise _broken(display_name(info.filename)) from error


_READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)


class _CappedStream(io.RawIOBase):
    """Counts what a member really gives and stops it at the limits."""

    def __init__(self, raw: BinaryIO, info: zipfile.ZipInfo, name: str, limits: ArchiveLimits, left: int) -> None:
        super().__init__()
        self._raw = raw
        self._size = info.file_size
        self._name = name
        self._cap = min(limits.member, left)
        by_ratio = max(limits.ratio_from, info.compress_size * limits.ratio)
        self._cap = min(self._cap, by_ratio)
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._raw.read(len(buffer))
        except _READ_ERRORS as error:
            # a wrong checksum too: the directory promised another content or size
            raise _broken(self._name) from error
        self.given += len(data)
        if self.given > self._cap:
            raise _bomb(self._name)
        if not data and self.given != self._size:
            raise SafetyError("archive_size", "A member is not as large as the archive says", self._name)
        buffer[: len(data)] = data
        return len(data)


def display_name(name: str) -> str:
    """Return the base name of a member, safe to show: no folders, no control characters."""
    base = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(character if character.isprintable() else "_" for character in base)
    return shown[:120] or "unnamed"


def _check_name(info: zipfile.ZipInfo, name: str) -> None:
    # orig_filename: zipfile cuts the name at a NUL
    for raw in (info.filename, info.orig_filename):
        parts = raw.replace("\\", "/").split("/")
        if ".." in parts or not parts[0] or "\0" in raw or _DRIVE.match(raw):
            raise SafetyError("archive_name", "The archive holds a name that leaves its folder", name)


def _is_system_file(name: str) -> bool:
    """macOS and Windows add these by themselves when a person packs a folder."""
    path = name.replace("\\", "/")
    return path.startswith("__MACOSX/") or path.rpartition("/")[2] in (".DS_Store", "Thumbs.db", "desktop.ini")


def _check_directory(stream: BinaryIO, limits: ArchiveLimits) -> None:
    """Read the end record (APPNOTE 4.3.16) before zipfile loads the whole directory into memory."""
    size = stream.seek(0, os.SEEK_END)
    tail = min(size, _END_OF_DIRECTORY.size + _MAX_16)
    stream.seek(size - tail)
    data = stream.read(tail)
    position = data.rfind(b"PK\x05\x06")
    stream.seek(0)
    if position < 0 or len(data) - position < _END_OF_DIRECTORY.size:
        raise _broken()
    _signature, _disk, _start, _here, entries, directory, offset, _comment = _END_OF_DIRECTORY.unpack_from(
        data, position
    )
    if entries == _MAX_16 or _MAX_32 in (directory, offset):
        # ZIP64 starts at 65,535 members or 4 GiB
        raise _too_many(limits)
    if entries > limits.entries or directory > limits.directory:
        raise _too_many(limits)


def _too_many(limits: ArchiveLimits) -> SafetyError:
    return SafetyError("archive_too_many", f"The archive has more than {limits.entries} members or is too large")


def _bomb(name: str) -> SafetyError:
    return SafetyError("archive_bomb", "The archive unpacks to more than is allowed", name)


def _broken(name: str = "") -> SafetyError:
    return SafetyError("archive_broken", "The archive is damaged", name)
