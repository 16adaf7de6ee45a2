"""What it means to deliver a file: complete under its name or not at all, never over another one, once.

The file is written beside its place under a name that nobody takes for a file (``.name.token.part``), then given
its name in one step that fails where the name is taken. Cut before that step, nothing was delivered; cut in
that step, it is not known. Delivered again under its name it is recognised and left alone.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..engine.errors import RejectedError

#: bytes of a name that file systems take, less what the temporary name adds
LONGEST_NAME = 200
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ +=@,()-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A file in its place on the other side.

    :param sha256: of its content, in hexadecimal digits
    :param was_there: an earlier attempt had delivered it
    """

    name: str
    size: int
    sha256: str
    was_there: bool = False


class Counted:
    """Passes content through and keeps its size and digest."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._hash = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._hash.update(piece)
            self.size += len(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """Of what has passed so far."""
        return self._hash.hexdigest()


def checked_name(name: str) -> str:
    """:return: the name, when it is one that every side can take
    :raise RejectedError: it could lead elsewhere, hide, or surprise a shell
    """
    if not _PLAIN.fullmatch(name) or len(name) > LONGEST_NAME:
        raise RejectedError(
            f"{name[:LONGEST_NAME]!r} is no name for a file that is delivered. Use letters, digits and . _ - only.",
            reason="file_name",
        )
    return name


def temporary_name(name: str) -> str:
    """A name that no receiver takes for a file, another one each time."""
    return f".{name}.{secrets.token_hex(4)}.part"


def is_leftover(found: str, name: str) -> bool:
    """Say whether a listed name is what an attempt to deliver ``name`` has left behind."""
    return re.fullmatch(rf"\.{re.escape(name)}\.[0-9a-f]{{8}}\.part", found) is not None


def taken(name: str) -> RejectedError:
    """The error for a name under which another file lies."""
    return RejectedError(
        f"Another file of the name {name} is there already. Nothing was written. Ask the other side about it.",
        reason="file_name_taken",
        params={"name": name},
    )
