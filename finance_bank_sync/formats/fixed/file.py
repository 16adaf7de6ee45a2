"""Records of one length (Norma 43, CFONB): a line each with or without its trailing blanks, or one after another."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, cast

from ..model import FormatError
from ..text_lines import TextDecoder, TextLines, Utf8Stream, as_utf8
from ..text_values import Invalid
from .record import Record

_CHUNK = 64 * 1024
_BOM = b"\xef\xbb\xbf"


class FixedRecords:
    """Iterates the records of a file, filled up to their length; empty lines are left out."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        """Look at the beginning, which tells whether records end with lines."""
        self._length = length
        head = b""
        # two bytes a character, and room for letters of two bytes
        while len(head) < 4 * length and (more := stream.read(4 * length - len(head))):
            head += more
        joined = cast(BinaryIO, _Joined(head, stream))
        beginning = as_utf8(head)[: 2 * length]
        #: what a place is called
        self.unit = "line" if b"\n" in beginning or b"\r" in beginning else "record"
        #: number of the record that was read last
        self.number = 0
        self._lines = TextLines(joined) if self.unit == "line" else None
        self._stream = Utf8Stream(joined)
        self._decoder = TextDecoder(self._stream.ahead)

    def __iter__(self) -> Iterator[Record]:
        for number, text in self._lines if self._lines is not None else self._blocks():
            self.number = number
            if not text or text.isspace():
                continue
            if len(text) > self._length:
                text = text.rstrip()
                if len(text) > self._length:
                    raise Invalid("line_too_long", f"The record has more than {self._length} characters")
            yield Record(number, text.ljust(self._length))

    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Return the lenient readings of the whole file."""
        return (self._lines or self._decoder).warnings()

    def refusal(self, error: Invalid) -> FormatError:
        """Return what is told of a value that cannot be read: it names its record, else the one read last."""
        place = f"{self.unit} {error.line or self.number}"
        return FormatError(error.code, error.message, place=place, value=error.value)

    def _blocks(self) -> Iterator[tuple[int, str]]:
        length, number, rest = self._length, 0, b""
        while chunk := self._stream.read(_CHUNK):
            data = rest + chunk.replace(b"\r", b"").replace(b"\n", b"")
            if not number:
                data = data.removeprefix(_BOM)
            if not data.isascii() and self._in_characters(data):
                yield from self._characters(data, number)
                return
            whole = len(data) - len(data) % length
            for first in range(0, whole, length):
                number += 1
                yield number, self._decoder.decode(data[first : first + length], number)
            rest = data[whole:]
        if rest:
            yield number + 1, self._decoder.decode(rest, number + 1)

    def _in_characters(self, data: bytes) -> bool:
        """Tell records that are counted in characters, of several bytes some of them: only so each begins rightly."""
        try:
            text, _end = codecs.utf_8_decode(data, "strict", False)
        except UnicodeDecodeError:
            return False
        starts = range(0, len(text) - 1, self._length)
        return all(text[first : first + 2].isdecimal() for first in starts) and not all(
            data[first : first + 2].isdigit() for first in range(0, len(data) - 1, self._length)
        )

    def _characters(self, data: bytes, number: int) -> Iterator[tuple[int, str]]:
        decoder, length, rest = codecs.getincrementaldecoder("utf-8")(), self._length, ""
        try:
            while data:
                text = rest + decoder.decode(data).replace("\r", "").replace("\n", "")
                whole = len(text) - len(text) % length
                for first in range(0, whole, length):
                    number += 1
                    yield number, self._decoder.decode(text[first : first + length].encode(), number)
                rest = text[whole:]
                data = self._stream.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise FormatError(
                "encoding_wrong", "The file is UTF-8 up to here, but not here", place=f"record {number + 1}"
            ) from None
        if rest:
            yield number + 1, self._decoder.decode(rest.encode(), number + 1)


class _Joined:
    """What was read already, and the rest."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int) -> bytes:
        """Read some bytes, none at the end."""
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._stream.read(size)
