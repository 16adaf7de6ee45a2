"""SWIFT customer statements: MT940 and MT950 (booked), MT942 (what happened so far today).

specs/mt940_ofx_bai2.md section A. A file holds any number of messages; each is a statement, or one
page of it (balances with M instead of F). A message without an opening balance is never taken for
a statement, whatever it calls itself: it proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ..model import FormatError, StatementEvent
from ..text_lines import TextLines
from ..text_values import Invalid
from .fields import END, START, Field, fields
from .message import Message

_FIRST = re.compile(r"(?:\{1:|:(?:20|21|25P?|28C?|13D?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS):)", re.ASCII)
_REFERENCE = re.compile(r"(?:^|[\r\n\x01]|@@|\{4:)[ \t]*:20:", re.ASCII)
_ACCOUNT = re.compile(r"(?:[\r\n]|@@)[ \t]*:(?:25P?|28C?|60[FM]|61):", re.ASCII)
#: the first fields of a message of a Dutch bank, which leaves the reference out
_UNREFERENCED = re.compile(
    r"(?:[\r\n]|@@)[ \t]*:25P?:[^\r\n]{1,60}(?:[\r\n]+|@@):28C?:[^\r\n]{1,40}(?:[\r\n]+|@@):60[FM]:", re.ASCII
)


class Swift:
    """MT940, MT942 and MT950, bare or enveloped, in the dialects of many banks."""

    code = "mt940"
    name = "SWIFT MT940 / MT942"

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the file begins with a field of these messages, or has their first ones."""
        text = head.decode("latin-1").removeprefix("\xef\xbb\xbf")
        start = text.lstrip("\x00\x01\x02\x03\x04 \t\r\n@")
        if _FIRST.match(start) is not None:
            return True
        if _UNREFERENCED.search(text) is not None:
            return True
        return _REFERENCE.search(text) is not None and _ACCOUNT.search(text) is not None

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Stream the statements of a file.

        :raise FormatError: a field is missing or not valid, or the file ends too early
        """
        # a file can be one line whose lines are told by @@; it begins with that, or ends a field with it
        text = TextLines(stream, also=b"@@")
        return _Run(text).events()


class _Run:
    """One pass over one file."""

    def __init__(self, text: TextLines) -> None:
        self._text = text
        self._type = ""
        self._message: Message | None = None
        self._count = 0

    def events(self) -> Iterator[StatementEvent]:
        for field in fields(self._text):
            try:
                yield from self._field(field)
            except Invalid as error:
                raise self._error(error, field.line, field.tag) from None
        if self._message is not None:
            yield from self._close(ended=False, line=0)
        if not self._count:
            raise FormatError("statement_missing", "The file holds no message")

    def _field(self, field: Field) -> Iterator[StatementEvent]:
        if field.tag == START:
            if self._message is not None:
                yield from self._close(ended=False, line=field.line)
            self._type = field.lines[0] if field.lines else self._type
            return
        if field.tag == END:
            if self._message is not None:
                yield from self._close(ended=True, line=field.line)
            self._type = ""
            return
        if field.tag == "20" and self._message is not None and (self._message.tags or not self._message.reference):
            kind = self._type
            yield from self._close(ended=False, line=field.line)
            self._type = kind
        if self._message is None:
            self._message = Message(self._type)
            self._count += 1
        yield from self._message.take(field)

    def _close(self, *, ended: bool, line: int) -> Iterator[StatementEvent]:
        message, self._message = self._message, None
        assert message is not None
        try:
            yield from message.close(ended=ended, notes=self._text.warnings())
        except Invalid as error:
            place = f"line {line}" if line else "end of file"
            if message.pending is not None:
                raise self._error(error, message.pending.line, "61") from None
            raise FormatError(error.code, error.message, place=place, value=error.value) from None

    def _error(self, error: Invalid, line: int, tag: str) -> FormatError:
        if error.line:
            line, tag = error.line, "61"
        return FormatError(
            error.code, error.message, place=f"line {line}, message {self._count}, :{tag}:", value=error.value
        )
