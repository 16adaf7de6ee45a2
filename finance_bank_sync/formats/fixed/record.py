"""A record of a file of records of one length: its fields stand at fixed places, counted from 1."""

from __future__ import annotations

from typing import NamedTuple

from ..text_values import Invalid


class Record(NamedTuple):
    """One record, filled up with blanks."""

    line: int
    text: str

    def raw(self, first: int, last: int) -> str:
        """Return the characters from place ``first`` to ``last``."""
        return self.text[first - 1 : last]

    def word(self, first: int, last: int) -> str:
        """Return a field without the blanks around it."""
        return self.text[first - 1 : last].strip()

    def number(self, first: int, last: int) -> int:
        """Read a count."""
        digits = self.raw(first, last)
        if not (digits.isascii() and digits.isdigit()):
            raise Invalid("number_invalid", "This is not a number", digits, self.line)
        return int(digits)
