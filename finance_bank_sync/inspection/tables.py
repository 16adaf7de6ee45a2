"""A table without its profile, read as the form would propose it.

In Odoo a table is read by what a person saved. Here nothing is booked, and a person who looks into a file wants to see
what it holds: the proposal is used, and said to be one.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any, NamedTuple

from ..formats.model import NO_CURRENCY, StatementFormat
from ..formats.sheet import CSV, ROLES, SheetProfile
from ..formats.sheet_guess import Guess, cells_of, first_rows, guess
from ..formats.sheet_words import plain
from ..formats.text_values import compact, is_iban
from ..formats.workbook import sheet_of

#: what is read in one piece; a profile of Odoo streams what is larger
MOST_BYTES = 8 * 1024**2
#: stands for the account of a file that names none
NO_ACCOUNT = "0"
_CODE_IN_NAME = re.compile(r"[(\[ ]([A-Z]{3})[)\]]?$", re.ASCII)
_SIGNS = {"€": "EUR", "£": "GBP", "euros": "EUR"}
#: what stands alone above the header row, or in a second column of that name
_CURRENCIES = frozenset(
    "EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN ISK CAD AUD NZD JPY CNY HKD SGD INR ZAR BRL MXN TRY AED".split()
)
_OWN_ACCOUNT = frozenset(
    "account|auftragskonto|iban auftragskonto|rekening|rekeningnummer|iban bban|account number|konto|kontonummer|iban"
    "|compte|numero de compte|cuenta|conto|card no|account id".split("|")
)
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.ASCII)
_AMOUNTS = ("amount", "debit", "credit")


class Table(NamedTuple):
    """What a table is read by."""

    format: StatementFormat
    profile: SheetProfile
    #: the dates could as well be written with the month first
    unsure_of_days: bool

    def about(self) -> dict[str, Any]:
        """Return the proposal, for the output."""
        columns = self.profile.columns
        return {
            "columns": {role: columns[role] for role in ROLES if role in columns},
            "dates": self.profile.date_format,
            "decimal_mark": self.profile.decimal_mark,
        }

    def warnings(self) -> list[list[str]]:
        """Return what a person should look at."""
        notes = [["columns_proposed", "header row"]]
        return notes + [["date_order_proposed", self.profile.date_format]] * self.unsure_of_days


def propose(content: bytes, filename: str) -> Table | None:
    """Say how a table may be read; None where it shows no date or no amount."""
    found = guess(content) if len(content) <= MOST_BYTES else None
    if found is None or "date" not in found.columns or not any(role in found.columns for role in _AMOUNTS):
        return None
    columns = dict(found.profile.columns)
    above = _above(content, found.profile)
    rows = [cells for _line, cells in first_rows(content, cells_of(found.profile))]
    account = _own_column(found, rows)
    currency = _currency([str(columns[role]) for role in _AMOUNTS if role in columns], above)
    if "currency" not in columns and currency == NO_CURRENCY:
        place = _currency_column(rows)
        columns |= {"currency": place} if place else {}
    profile = replace(
        found.profile,
        columns=columns | ({"account": account} if account else {}),
        account=_account(above, filename) or NO_ACCOUNT,
        currency=currency,
    )
    if profile.problem() is not None:
        return None
    return Table(sheet_of(profile), profile, found.unsure_of_days)


def _above(content: bytes, profile: SheetProfile) -> list[str]:
    """Return the lines above the header row."""
    lines = io.BytesIO(content).readlines()[: profile.skip_lines] if profile.kind == CSV else []
    return [line.decode(profile.encoding, "replace") for line in lines]


def _own_column(found: Guess, rows: list[list[str]]) -> str | None:
    """Take the column that names the account of the statement: the same number in every row."""
    taken = set(found.columns.values())
    for place, name in enumerate(found.header):
        if name not in taken and plain(name) in _OWN_ACCOUNT and found.header.count(name) == 1:
            numbers = {cells[place].strip() if place < len(cells) else "" for cells in rows[1:]}
            if len(numbers) == 1 and any(char.isdigit() for char in min(numbers)):
                return name
    return None


def _currency_column(rows: list[list[str]]) -> int | None:
    """Take the column, by its number, that holds a currency in every row."""
    for place, cells in enumerate(zip(*rows[1:], strict=False), 1):
        if set(cells) <= _CURRENCIES:
            return place
    return None


def _currency(names: list[str], above: list[str]) -> str:
    """Take the currency that stands in the name of a column of amounts ("Amount (EUR)"), or above the header row."""
    for name in names:
        match = _CODE_IN_NAME.search(name)
        if match is not None:
            return match[1]
        for sign, code in _SIGNS.items():
            if sign in name:
                return code
    cells = {cell.strip(' "=\r\n') for line in above for cell in re.split("[;,\t]", line)}
    found = cells & _CURRENCIES
    return found.pop() if len(found) == 1 else NO_CURRENCY


def _account(above: list[str], filename: str) -> str | None:
    """Take the IBAN that stands above the header row, or in the name of the file."""
    for text in (*above, filename.upper()):
        for candidate in _IBAN.findall(text):
            number = compact(candidate)
            if is_iban(number):
                return number
    return None
