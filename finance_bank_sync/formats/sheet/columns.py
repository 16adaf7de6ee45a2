"""The columns of a table, and what a column holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .dates import looks_like_date
from .profile import SIGNED, Cells
from .values import looks_like_number
from .words import CREDIT_WORDS, DEBIT_WORDS

#: rows among which the header row is looked for
HEAD = 60


@dataclass(slots=True, kw_only=True)
class Columns:
    """Columns of a table, by their place."""

    #: place of the header row among the rows; -1 where there is none
    header_at: int
    header: tuple[str, ...]
    #: role to place
    places: dict[str, int]
    texts: list[int]
    amounts: str = SIGNED
    #: other columns that may be the amount, and be the balance
    other_amounts: list[int] = field(default_factory=list)
    other_balances: list[int] = field(default_factory=list)
    #: nothing proves which column is the amount
    is_assumed: bool = False
    #: place of the balance before each booking; -1 where there is none
    before: int = -1

    def name(self, place: int) -> str | int:
        """How a column is named in a profile: by its name, or its number where no name tells it."""
        if self.header_at < 0 or place >= len(self.header):
            return place + 1
        name = self.header[place]
        return name if name and self.header.count(name) == 1 else place + 1


def column(rows: list[Cells], place: int) -> list[str]:
    """:return: the cells of a column"""
    return [cells[place].strip() if place < len(cells) else "" for _line, cells in rows]


def are_dates(cells: list[str]) -> bool:
    given = [cell for cell in cells if cell]
    # beside dates a short table may hold totals, balances and notes
    return not cells or sum(map(looks_like_date, given)) * 10 >= len(given) * 3 > 0


def are_numbers(cells: list[str]) -> bool:
    given = [cell for cell in cells if cell]
    return sum(map(looks_like_number, given)) * 2 >= len(given) and (bool(given) or not cells)


def _are_numbers_or_none(cells: list[str]) -> bool:
    return not any(cells) or are_numbers(cells)


def are_currencies(cells: list[str]) -> bool:
    """Say whether cells hold codes of currencies."""
    given = [cell for cell in cells if cell]
    return not cells or bool(given) and all(len(cell) == 3 and cell.isalpha() and cell.isascii() for cell in given)


def are_accounts(cells: list[str]) -> bool:
    given = [cell for cell in cells if cell]
    return not given or any(any(char.isdecimal() for char in cell) for cell in given)


def is_constant(cells: list[str]) -> bool:
    return bool(cells) and bool(cells[0]) and len(set(cells)) == 1


def is_marker(cells: list[str]) -> bool:
    """Say whether cells tell debit or credit."""
    words = {cell.casefold() for cell in cells if cell}
    return bool(words) and words <= DEBIT_WORDS | CREDIT_WORDS


FITS: dict[str, Callable[[list[str]], bool]] = {
    "date": are_dates, "value_date": are_dates, "currency": are_currencies, "original_currency": are_currencies,
    "amount": are_numbers, "balance": are_numbers, "fee": are_numbers, "original_amount": are_numbers,
    "detail_amount": are_numbers,
    "debit": _are_numbers_or_none, "credit": _are_numbers_or_none, "party_account": are_accounts,
}  # fmt: skip
