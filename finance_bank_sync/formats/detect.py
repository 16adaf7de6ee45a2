"""Which format a file is written in: asked of every format, answered by exactly one."""

from __future__ import annotations

from collections.abc import Iterable

from .model import StatementFormat
from .text_lines import as_utf8

#: how much of a file the formats get to see
HEAD_SIZE = 8192


class UnknownFormat(Exception):
    """No format knows the file. A file that is of a format but broken is not unknown: it is
    detected, and its ``parse`` raises ``FormatError``."""


class AmbiguousFormat(Exception):
    """Several formats claim the file; choosing one would be a guess."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        super().__init__("Several formats claim the file: " + ", ".join(self.codes))


def detect(formats: Iterable[StatementFormat], head: bytes, filename: str = "") -> StatementFormat:
    """Return the one format that knows the file.

    :param head: the first bytes of the file, :data:`HEAD_SIZE` of them
    :param filename: the name the file came under; formats may ignore it
    :raise UnknownFormat: no format knows it
    :raise AmbiguousFormat: more than one claims it
    """
    found = claims(formats, head, filename)
    if not found:
        raise UnknownFormat("No format knows the file")
    if len(found) > 1:
        raise AmbiguousFormat(candidate.code for candidate in found)
    return found[0]


def claims(formats: Iterable[StatementFormat], head: bytes, filename: str = "") -> list[StatementFormat]:
    """Return every format that knows the file; the parameters are those of :func:`detect`."""
    head = as_utf8(head[:HEAD_SIZE])
    return [candidate for candidate in formats if candidate.identify(head, filename)]
