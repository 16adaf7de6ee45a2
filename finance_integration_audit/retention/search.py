"""Finds who is named inside of stored files: a stream is read once, in pieces, whatever its size.

Text is found as it is, in other cases, as characters of XML and HTML, and account numbers also where they are written
in groups. UTF-8, UTF-16 and Latin-1 are read; members of ZIP archives (spreadsheets, too) are read one by one. What is
drawn (PDF, pictures) or encoded once more is not read.
"""

from __future__ import annotations

import gzip
import html
import re
import zlib
from collections.abc import Iterable
from typing import BinaryIO

PIECE = 1 << 16
_GROUPED = re.compile(r"[\s.\-/]+")
_SPACE = re.compile(r"\s+")


class Words:
    """What names a person.

    :param words: names, addresses, numbers; those of fewer than four characters name nobody
    """

    def __init__(self, words: Iterable[str]) -> None:
        kept = {_SPACE.sub(" ", word.strip()).casefold() for word in words if word}
        self.words = sorted(word for word in kept if len(word) > 3)
        # an account number in groups of four, a telephone number with strokes
        self.numbers = sorted({_GROUPED.sub("", word) for word in self.words if _is_number(word)})
        self._overlap = 8 * max((len(word) for word in self.words), default=0)

    def __bool__(self) -> bool:
        return bool(self.words)

    def in_text(self, text: str) -> bool:
        """Say whether a text names the person."""
        folded = _SPACE.sub(" ", text).casefold()
        if any(word in folded for word in self.words):
            return True
        if not self.numbers:
            return False
        joined = _GROUPED.sub("", folded)
        return any(number in joined for number in self.numbers)

    def in_stream(self, stream: BinaryIO) -> bool:
        """Say whether bytes name the person; the end of a piece is looked at once more with the next."""
        before = b""
        while piece := stream.read(PIECE):
            if self._in_bytes(before + piece):
                return True
            before = (before + piece)[-self._overlap :] if self._overlap else b""
        return False

    def in_gzip(self, stream: BinaryIO) -> bool:
        """Say whether what was compressed names the person.

        :raise ValueError: it is broken
        """
        try:
            with gzip.GzipFile(fileobj=stream, mode="rb") as clear:
                return self.in_stream(clear)  # type: ignore[arg-type]
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError("not compressed, or broken") from error

    def _in_bytes(self, data: bytes) -> bool:
        texts = {data.decode("utf-8", "ignore"), data.decode("latin-1")}
        if b"\0" in data:
            texts |= {data.decode("utf-16-le", "ignore"), data[1:].decode("utf-16-le", "ignore")}
        return any(self.in_text(one) for text in texts for one in {text, html.unescape(text)})


def _is_number(word: str) -> bool:
    joined = _GROUPED.sub("", word)
    return joined.isalnum() and sum(one.isdigit() for one in joined) >= 5
