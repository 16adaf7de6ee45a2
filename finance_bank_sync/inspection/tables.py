"""A table without its profile, read as the form would propose it.

In Odoo a table is read by what a person saved. Here nothing is booked, and a person who looks into a file wants to see
what it holds: the proposal is used, and said to be one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from ..formats.model import NO_CURRENCY, StatementEvent
from ..formats.sheet.around import ibans
from ..formats.sheet.guess import Guess
from ..formats.sheet.kinds import bare, first_rows
from ..formats.sheet.profile import ON_TOP, ROLES, SheetProfile
from ..formats.sheet.reader import Sheet
from ..formats.sheet.samples import Sample, samples
from ..formats.sheet.sections import Section
from ..formats.sheet.tables import NOT_READ, Tables
from ..formats.sheet.words import CURRENCIES, CURRENCY_SIGNS, named_currency
from ..formats.sheet.workbook import sheet_of
from ..formats.text_values import compact

#: what is read in one piece; a profile of Odoo streams what is larger
MOST_BYTES = 8 * 1024**2
#: stands for the account of a file that names none
NO_ACCOUNT = "0"
_CODE_IN_CELL = re.compile(r"^[^A-Za-z]*([A-Z]{3})[^A-Za-z]*$", re.ASCII)
_AMOUNTS = ("amount", "debit", "credit")


class Table(NamedTuple):
    """What a table is read by."""

    sheet: Sheet
    found: Guess
    #: where it is one of several in its file
    section: Section | None = None
    #: tables of the file that hold no bookings
    left: tuple[Section, ...] = ()

    @property
    def profile(self) -> SheetProfile:
        """The proposal."""
        return self.sheet.profile

    def parse(self, content: bytes) -> Iterator[StatementEvent]:
        """Give the statements of the table.

        :raise FormatError: a row does not fit the proposal
        """
        if self.section is None:
            return Tables([self.sheet]).parse(io.BytesIO(content))
        return Tables([self.sheet]).parse_section(io.BytesIO(content), self.section)

    def about(self) -> dict[str, Any]:
        """Return the proposal, for the output."""
        profile = self.profile
        columns: dict[str, Any] = {role: profile.columns[role] for role in ROLES if role in profile.columns}
        about: dict[str, Any] = {
            "columns": columns, "dates": profile.date_format, "decimal_mark": profile.decimal_mark,
            "header": profile.has_header, "encoding": profile.encoding,
        }  # fmt: skip
        if profile.more_texts:
            columns["text"] = [columns["text"], *profile.more_texts]
        if "fee" in columns:
            about["fees"] = "besides the amount" if profile.fees == ON_TOP else "inside of the amount"
        return about

    def warnings(self) -> list[list[str]]:
        """Return what a person should look at."""
        notes = [["columns_proposed", "header row" if self.profile.has_header else "no header row"]]
        if self.found.unsure_of_days:
            notes.append(["date_order_proposed", self.profile.date_format])
        if self.found.unproved_fee:
            notes.append(["fee_not_proved", self.found.unproved_fee])
        if self.found.is_undirected:
            notes.append(["direction_not_told", str(self.profile.columns["amount"])])
        if self.found.is_assumed:
            notes.append(["balance_column_assumed", str(self.profile.columns["balance"])])
        notes += [[NOT_READ, section.place] for section in self.left]
        return notes


def propose(content: bytes, filename: str) -> list[Table]:
    """Say how the tables of a file may be read; none where it shows no date or no amount."""
    found = samples(content) if len(content) <= MOST_BYTES else []
    tables = [table for sample in found if (table := _proposed(content, filename, sample)) is not None]
    read = [table.section for table in tables]
    left = tuple(sample.section for sample in found if sample.section and sample.section not in read)
    return [table._replace(left=left) for table in tables]


def _proposed(content: bytes, filename: str, sample: Sample) -> Table | None:
    found, section = sample.found, sample.section
    if found is None or "date" not in found.columns or not any(role in found.columns for role in _AMOUNTS):
        return None
    profile = found.profile
    columns = dict(found.columns)
    if section is None:
        rows = first_rows(content, replace(bare(profile.kind), sheet=profile.sheet, delimiter=profile.delimiter,
                                           encoding=profile.encoding))  # fmt: skip
        above = [cells for line, cells in rows if line <= profile.skip_lines]
        body = [cells for line, cells in rows if line > profile.skip_lines + profile.has_header]
    else:
        above, body = ([cells for _line, cells in some] for some in (section.above, section.rows[1:]))
        above = [[section.sheet], *above]
    number = _account(above, filename if section is None else "")
    if number is not None and "account" in columns and "party_account" not in columns:
        at = _place(found, columns["account"])
        if all(compact(cells[at]) != number for cells in body if at < len(cells)):
            columns["party_account"] = columns.pop("account")
    currency = _currency(found, columns, above, body)
    if "currency" not in columns and currency == NO_CURRENCY:
        place = _currency_column(body)
        columns |= {"currency": place} if place else {}
    profile = replace(profile, columns=columns, account=number or NO_ACCOUNT, currency=currency)
    if profile.problem() is not None:
        return None
    return Table(sheet_of(profile), found, section)


def _currency_column(body: list[list[str]]) -> int | None:
    """Take the column, by its number, that holds a currency in every row."""
    for place, cells in enumerate(zip(*body, strict=False), 1):
        if set(cells) <= CURRENCIES:
            return place
    return None


def _currency(found: Guess, columns: dict[str, str | int], above: list[list[str]], body: list[list[str]]) -> str:
    """Take the currency that stands in the name of a column of amounts ("Amount (EUR)"), or above the header row."""
    for name in [str(columns[role]) for role in (*_AMOUNTS, "balance") if role in columns]:
        code = named_currency(name)
        if code:
            return code
    cells = {cell.strip(' "=') for row in above for cell in row}
    named = cells & CURRENCIES
    if len(named) == 1:
        return named.pop()
    return _currency_in_cells(found, columns, body)


def _place(found: Guess, column: str | int) -> int:
    return column - 1 if isinstance(column, int) else found.header.index(column)


def _currency_in_cells(found: Guess, columns: dict[str, str | int], body: list[list[str]]) -> str:
    """Take the currency that stands beside every amount."""
    places = [_place(found, columns[role]) for role in _AMOUNTS if role in columns]
    texts = [cells[place].strip() for cells in body for place in places if place < len(cells) and cells[place].strip()]
    codes = {match[1] for text in texts if (match := _CODE_IN_CELL.match(text))} & CURRENCIES
    if len(codes) == 1:
        return codes.pop()
    for sign, code in CURRENCY_SIGNS.items():
        if not codes and any(sign in text for text in texts):
            return code
    return NO_CURRENCY


def _account(above: list[list[str]], filename: str) -> str | None:
    """Take the IBAN that stands above the header row, or in the name of the file."""
    return next(iter(ibans((*(cell for row in above for cell in row), filename))), None)
