"""Records of a BAI2 file: physical lines, continuations (88), fields (specs/mt940_ofx_bai2.md section C)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ..text_lines import TextLines
from ..text_values import MOST_DIGITS, Invalid, short_date

_CODE = re.compile(r"(01|02|03|16|49|88|98|99)[,:]")
#: several records on one physical line, each ended by a slash
_NEXT = re.compile(r"/\s+(?=(?:02|03|16|49|88|98|99),)")
_AMOUNT = re.compile(r"([+-]?)([0-9]{1,40})(-?)", re.ASCII)
#: a line that is as long as the standard allows, its code and the comma included
_PHYSICAL = 80
_CODE_LENGTH = 3
#: lines that one record may have
_MOST_LINES = 2000


class Record:
    """One logical record; its fields are taken from the front, its text is what is left."""

    def __init__(self, code: str, line: int, first: str) -> None:
        self.code = code
        self.line = line
        self.lines = [first]
        self._next_line = 0
        self._fields: list[str] = []
        self._at = 0
        self._ended = True

    @property
    def physical(self) -> int:
        """How many records the file counts for it: itself and its continuations."""
        return len(self.lines)

    def _refill(self) -> bool:
        if self._next_line >= len(self.lines):
            return False
        line = self.lines[self._next_line]
        self._next_line += 1
        self._ended = line.endswith("/")
        self._fields = (line[:-1] if self._ended else line).split(",")
        self._at = 0
        return True

    def take(self) -> str | None:
        """Return the next field, or None when there is none: continuations are taken in."""
        while self._at >= len(self._fields):
            if not self._refill():
                return None
        self._at += 1
        return self._fields[self._at - 1].strip()

    def peek(self) -> str | None:
        """Return the next field without taking it."""
        field = self.take()
        if field is not None:
            self._at -= 1
        return field

    def by_line(self) -> list[list[str]]:
        """Return the fields that are left, those of each continuation for themselves."""
        found: list[list[str]] = []
        while (field := self.take()) is not None:
            found.append([field])
            while self._at < len(self._fields) and (more := self.take()) is not None:
                found[-1].append(more)
        return found

    def rest(self) -> list[str]:
        """Return the text after the fields: of this line, and each continuation as it stands."""
        text = [",".join(self._fields[self._at :])] if self._at < len(self._fields) else []
        is_cut = bool(text) and len(self.lines[self._next_line - 1]) + _CODE_LENGTH == _PHYSICAL
        for line in self.lines[self._next_line :]:
            part = line[:-1] if line.endswith("/") else line
            if is_cut:
                text[-1] += part  # a line of full length was cut anywhere, also within a word
            else:
                text.append(part)
            is_cut = len(line) + _CODE_LENGTH == _PHYSICAL
        self._at, self._next_line = len(self._fields), len(self.lines)
        return [" ".join(part.split()) for part in text if part.strip()]


def records(text: TextLines) -> Iterator[Record]:
    """Yield the records of a file.

    A line that begins with no record code continues the text of the record before it, as a few
    banks write it without 88. What indents the first record indents all of them.
    """
    current: Record | None = None
    indent = ""
    for number, line in text:
        if current is None:
            indent = line[: len(line) - len(line.lstrip())]
        if indent:
            line = line.removeprefix(indent)
        for piece in _NEXT.split(line) if _NEXT.search(line) else (line,):
            last = piece.rstrip()
            if not last:
                continue
            # the slash was taken by the split where another record follows
            whole = last if last.endswith("/") or piece is line or line.endswith(piece) else last + "/"
            match = _CODE.match(whole)
            code, body = (match[1], whole[match.end() :]) if match else ("", whole)
            if code == "88" or not code:
                if current is None:
                    raise Invalid("record_unknown", "The file does not begin with a record 01", whole, number)
                if not code and re.match(r"\d\d,", whole):
                    raise Invalid("record_unknown", "There is no such record", whole, number)
                current.lines.append(body)
                if len(current.lines) > _MOST_LINES:
                    raise Invalid("record_too_long", f"The record has more than {_MOST_LINES} lines", "", number)
                continue
            if current is not None:
                yield current
            current = Record(code, number, body)
    if current is not None:
        yield current


def is_count(text: str) -> bool:
    """Say whether a field is a count; digits of other alphabets are none."""
    return text.isascii() and text.isdigit() and len(text) <= 15


def cents(text: str | None, *, signed: bool) -> int:
    """Read an amount without a decimal point."""
    match = _AMOUNT.fullmatch(text or "")
    if match is None or (match[1] and match[3]):
        raise Invalid("amount_invalid" if text else "amount_missing", "This is not a valid amount", text or "")
    if len(match[2].lstrip("0")) > MOST_DIGITS:
        raise Invalid("amount_invalid", f"The amount has more than {MOST_DIGITS} digits", text or "")
    negative = match[1] == "-" or bool(match[3])
    if negative and not signed:
        raise Invalid("amount_negative", "The amount is negative; its direction is told by its type", text or "")
    number = int(match[2])
    return -number if negative else number


def short_day(text: str) -> date:
    """Read YYMMDD; some write the century, too."""
    return short_date(text[2:] if len(text) == 8 and text.startswith("20") else text)


#: currencies without, or with three, decimal places; all others have two
_PLACES = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0) | dict.fromkeys(
    "BHD IQD JOD KWD LYD OMR TND".split(), 3
)


def places(currency: str) -> int:
    """Return how many decimal places an amount of the currency implies."""
    return _PLACES.get(currency, 2)


def amount_of(number: int, decimal_places: int) -> Decimal:
    """Set the implied decimal point."""
    return Decimal(number).scaleb(-decimal_places)
