"""Heads that were kept outside, read back from the files they lie in."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

#: bytes of the largest head
LARGEST = 1 << 14


class _File(Protocol):
    @property
    def open(self) -> Opener: ...


class Opener(Protocol):
    """Opens a file for reading."""

    def __call__(self) -> AbstractContextManager[BinaryIO]: ...


def read_heads(files: Iterable[_File]) -> list[str]:
    """:return: what the files say; one that is no text says nothing"""
    texts = []
    for file in files:
        with file.open() as stream:
            texts.append(stream.read(LARGEST).decode("utf-8", "replace"))
    return texts
