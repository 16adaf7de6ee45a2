"""Checksums that are delivered beside a file, as ``sha256sum``, ``md5sum`` and their relatives write them.

They tell a damaged or unfinished transfer, not who sent it: whoever can change the file can change its checksum. So
MD5, which banks still write, is good enough here.
"""

from __future__ import annotations

import hashlib
import re
from typing import BinaryIO

#: ending of the name -> algorithm
SIDECARS = {".sha256": "sha256", ".sha512": "sha512", ".md5": "md5"}
#: bytes of such a file that are read; a list of some hundred files fits
MOST_BYTES = 65536
_LENGTHS = {"sha256": 64, "sha512": 128, "md5": 32}
_PLAIN = re.compile(r"\\?([0-9A-Fa-f]+)(?:\s+\*?(.+))?")
_TAGGED = re.compile(r"[A-Z0-9-]+ ?\((.+)\) ?= ?([0-9A-Fa-f]+)")


def algorithm_of(name: str) -> str | None:
    """:return: the algorithm of a checksum file by its name, None for any other file"""
    return next((algorithm for ending, algorithm in SIDECARS.items() if name.lower().endswith(ending)), None)


def read_checksum(content: bytes, name: str, algorithm: str) -> str:
    """Find the checksum of a file in what was delivered beside it.

    :param name: of the file it is about
    :return: hexadecimal, lower case
    :raise ValueError: there is none, or it is about another file
    """
    text = content.decode("utf-8-sig", "replace")
    found: list[tuple[str, str | None]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        tagged, plain = _TAGGED.fullmatch(line), _PLAIN.fullmatch(line)
        if tagged:
            found.append((tagged[2], tagged[1]))
        elif plain:
            found.append((plain[1], plain[2]))
        else:
            raise ValueError("it is not a checksum")
    fitting = [digest for digest, about in found if about is None or _base(about) == _base(name)]
    if len(fitting) != 1:
        raise ValueError("it names another file" if found and not fitting else "it does not tell one checksum")
    if len(fitting[0]) != _LENGTHS[algorithm]:
        raise ValueError(f"it is not a checksum of the kind {algorithm}")
    return fitting[0].lower()


def _base(path: str) -> str:
    return re.split(r"[/\\]", path.strip())[-1]


class Digesting:
    """A stream that computes the checksum of what is read through it."""

    def __init__(self, stream: BinaryIO, algorithm: str) -> None:
        self._stream = stream
        self._hash = hashlib.new(algorithm, usedforsecurity=False)

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self._hash.update(piece)
        return piece

    def hexdigest(self) -> str:
        """:return: of everything read so far, hexadecimal, lower case"""
        return self._hash.hexdigest()
