"""BAI2 files without line ends: records of one length, as mainframes write them, or with a slash between them.

A line end is put where a record ends; every other file is read as it is.
"""

from __future__ import annotations

import re
from typing import BinaryIO

#: physical record length, which the file header may tell
_LENGTH = re.compile(rb"01,(?:[^,/]*,){5}\s*([0-9]{1,4})\s*[,/]")
_USUAL_LENGTH = 80
_CODE = rb"(?:(?:01|02|03|49|88|98|99),|16,\s*[0-9]{3},)"
_RECORD = re.compile(_CODE)
_END = re.compile(rb"/\s*(?=" + _CODE + rb")")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class OnLines:
    """Reads a file, with a line end after each record."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._is_first = True
        #: length of a record; 0 where a slash ends it, None where line ends do
        self._length: int | None = None
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Read about ``size`` bytes, none at the end."""
        while chunk := self._stream.read(size):
            if self._is_first:
                self._is_first = False
                self._length = _length_of(chunk)
            if self._length is None:
                return chunk
            if found := self._whole(self._rest + chunk):
                return found
        last, self._rest = self._rest, b""
        return last if self._length else _END.sub(b"/\n", last)

    def _whole(self, data: bytes) -> bytes:
        """Return the records that are whole; what is not waits for the next bytes."""
        if not self._length:
            whole = max(data.rfind(b"/"), 0)
            self._rest = data[whole:]
            return _END.sub(b"/\n", data[:whole])
        whole = len(data) // self._length * self._length
        self._rest = data[whole:]
        return b"".join(data[at : at + self._length] + b"\n" for at in range(0, whole, self._length))


def _length_of(chunk: bytes) -> int | None:
    """Tell how long the records of a file are by its first bytes: 0 for any length, None where lines end them."""
    if b"\n" in chunk or b"\r" in chunk or chunk.startswith(_UTF16):
        return None
    told = _LENGTH.match(chunk)
    for length in (int(told[1]) if told else 0, _USUAL_LENGTH):
        begins = range(0, len(chunk) - len(b"99,"), length) if length else ()
        if len(begins) > 1 and all(_RECORD.match(chunk, at) or not chunk[at : at + 3].strip() for at in begins):
            return length
    return 0
