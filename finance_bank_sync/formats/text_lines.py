"""Lines of text files (MT940, OFX, QIF, BAI2): one pass, bounded memory, one encoding a file.

None of these formats tells its encoding reliably. A file is read as UTF-8; when a line is not, and
everything before it was plain ASCII, the whole file is read as Windows-1252, the superset of what
the others mostly are, or as the encoding that its letters make likely (:mod:`.characters`), with a warning. A file that
was UTF-8 and then is not is refused. UTF-16 is told by its mark.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .characters import USUAL, is_utf8_by_chance, likely_encoding
from .model import FormatError

_CHUNK = 64 * 1024
#: bytes that are looked at to find out the encoding
_AHEAD = 256 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: no line of any of these formats is longer; what is longer is not held in memory
LONGEST_LINE = 64 * 1024
#: control characters that no text has; tab and the line ends stay, form feed is a blank
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
#: SOH, STX, ETX and EOT around a transmission, SUB at the end of a DOS file; NUL only as padding
_FRAME = dict.fromkeys((1, 2, 3, 4, 26))


class TextDecoder:
    """Decodes a file piece by piece; the first piece that is not UTF-8 decides for the rest."""

    def __init__(self, ahead: Callable[[], bytes]) -> None:
        """Begin with UTF-8.

        :param ahead: tells what is read now and what comes next, for the decision
        """
        self._ahead = ahead
        self._codec = "utf-8"
        self._ascii_so_far = True
        #: first line that was read in the assumed encoding
        self.assumed_from = 0

    def decode(self, raw: bytes, number: int) -> str:
        """Decode whole characters that begin in line ``number``.

        :raise FormatError: ``encoding_wrong`` or ``control_character``
        """
        if raw.isascii():
            text = raw.decode("ascii")
        else:
            text = self._decode(raw, number)
        # most lines are printable, and Python knows that sooner than an expression finds nothing
        if not text.isprintable() and _CONTROL.search(text):
            text = text.strip("\x00").translate(_FRAME)
            if _CONTROL.search(text):
                raise FormatError("control_character", "The line holds a control character", place=f"line {number}")
        return text

    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Return the lenient readings of the whole file."""
        if not self.assumed_from:
            return ()
        if self._codec == USUAL:
            return (("encoding_assumed", f"line {self.assumed_from}"),)
        return (("encoding_guessed", f"line {self.assumed_from}, {self._codec}"),)

    def _decode(self, raw: bytes, number: int) -> str:
        if self._codec == "utf-8":
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                if not self._ascii_so_far:
                    raise FormatError(
                        "encoding_wrong", "The file is UTF-8 up to here, but not here", place=f"line {number}"
                    ) from None
            else:
                if not (self._ascii_so_far and is_utf8_by_chance(raw, self._ahead)):
                    self._ascii_so_far = False
                    return text
            self._codec = likely_encoding(self._ahead())
            self.assumed_from = number
        try:
            return raw.decode(self._codec)
        except UnicodeDecodeError:  # bytes that the encoding leaves out: five in Windows-1252
            return raw.decode("latin-1")


class TextLines:
    """Iterates ``(line number, text)``; the text has no line end."""

    def __init__(self, stream: BinaryIO, *, also: bytes = b"") -> None:
        """Start to read.

        :param also: bytes that end a line too, besides CR, LF and both
        """
        self._stream = Utf8Stream(stream)
        self._also = also
        self._decoder = TextDecoder(self._stream.ahead)
        #: afterwards: whether the last line had its line end
        self.last_is_complete = True

    def __iter__(self) -> Iterator[tuple[int, str]]:
        number = 0
        decode = self._decoder.decode
        for raw in self._raw():
            number += 1
            if number == 1 and raw.startswith(codecs.BOM_UTF8):
                raw = raw[3:]
            yield number, decode(raw, number)

    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Return the lenient readings of the whole file."""
        return self._decoder.warnings()

    def _raw(self) -> Iterator[bytes]:
        rest = b""
        count = 0
        while chunk := self._stream.read(_CHUNK):
            data = rest + chunk
            # what may be the first half of a line end waits for its second half
            tail = b""
            if data.endswith(b"\r") or (self._also and data.endswith(self._also[:1])):
                data, tail = data[:-1], data[-1:]
            if self._also:
                data = data.replace(self._also, b"\n")
            lines = data.splitlines(keepends=True)
            rest = b""
            if lines and not lines[-1].endswith((b"\n", b"\r")):
                rest = lines.pop()
            for line in lines:
                count += 1
                if len(line) > LONGEST_LINE:
                    raise _too_long(count)
                yield line.rstrip(b"\r\n")
            rest += tail
            if len(rest) > LONGEST_LINE:
                raise _too_long(count + 1)
        self.last_is_complete = not rest or rest == b"\r"
        if rest:
            yield rest.rstrip(b"\r")


def as_utf8(head: bytes) -> bytes:
    """Return the beginning of a file as UTF-8 where its mark says that it is UTF-16."""
    return head.decode("utf-16", "ignore").encode() if head.startswith(_UTF16) else head


class Utf8Stream:
    """Reads a stream; one that begins with the mark of UTF-16 is read as UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        self._is_first = True
        self._last = b""
        #: chunks that were read ahead
        self._next: deque[bytes] = deque()

    def read(self, size: int) -> bytes:
        """Read about ``size`` bytes, none at the end.

        :raise FormatError: ``encoding_wrong``
        """
        self._last = self._next.popleft() if self._next else self._read(size)
        return self._last

    def ahead(self) -> bytes:
        """Return what was read last, and what will be read next; as much as tells something."""
        size = len(self._last) + sum(map(len, self._next))
        while size < _AHEAD and (chunk := self._read(_CHUNK)):
            self._next.append(chunk)
            size += len(chunk)
        return b"".join((self._last, *self._next))

    def _read(self, size: int) -> bytes:
        chunk = self._stream.read(size)
        if self._is_first:
            self._is_first = False
            if chunk.startswith(_UTF16):
                self._decoder = codecs.getincrementaldecoder("utf-16")()
        if self._decoder is None:
            return chunk
        try:
            while True:
                text = self._decoder.decode(chunk, final=not chunk)
                if text or not chunk:
                    return text.encode()
                chunk = self._stream.read(size)
        except UnicodeDecodeError:
            raise FormatError("encoding_wrong", "The file is not valid UTF-16", place="end of file") from None


def _too_long(number: int) -> FormatError:
    return FormatError("line_too_long", f"The line has more than {LONGEST_LINE} characters", place=f"line {number}")
