"""What a person knows about the tables of one bank: which column is what, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: what a column can hold
ROLES = (
    "date",
    "value_date",
    "amount",
    "debit",
    "credit",
    "marker",
    "fee",
    "balance",
    "currency",
    "account",
    "party",
    "party_account",
    "text",
    "reference",
    "end_to_end_id",
    "type",
    "status",
    "original_amount",
    "original_currency",
    "rate",
    "detail_amount",
)
#: a signed amount; an amount and a column that says which way; one column a direction
SIGNED, MARKED, TWO_COLUMNS = "signed", "marked", "two_columns"
#: the amount holds the fee already; the fee moves the balance besides the amount
INSIDE, ON_TOP = "inside", "on_top"
#: kinds of files
CSV, XLSX = "csv", "xlsx"
ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1253", "cp1254",
    "cp437", "cp850", "cp852", "gb18030", "big5", "cp932", "euc_kr",
)  # fmt: skip
MOST_COLUMNS = 200
#: number and cells of a row
Cells = tuple[int, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetProfile:
    """How the files of one bank are written."""

    name: str
    #: CSV or XLSX
    kind: str = CSV
    #: name of the sheet of a workbook; empty for its first one
    sheet: str = ""
    #: role to the name of the column in the header row, or to its position counted from 1
    columns: Mapping[str, str | int]
    #: further columns of the text, each a name or a position; all are joined in the order of the file
    more_texts: tuple[str | int, ...] = ()
    #: constants, where no column tells them
    account: str = ""
    currency: str = ""
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    #: lines before the header row, or before the first row when there is none
    skip_lines: int = 0
    has_header: bool = True
    #: the last rows that are no bookings
    footer_rows: int = 0
    #: as :meth:`datetime.strptime` has it
    date_format: str = "%Y-%m-%d"
    decimal_mark: str = "."
    #: between thousands; empty for none
    thousands_mark: str = ""
    amounts: str = SIGNED
    #: texts of the marker column, compared without regard to case
    debit_markers: tuple[str, ...] = ("D",)
    credit_markers: tuple[str, ...] = ("C",)
    #: the bank writes what goes out as positive (credit cards)
    inverted: bool = False
    #: INSIDE or ON_TOP, where a column tells fees
    fees: str = INSIDE
    #: a fee that costs is written as a negative number
    fees_negative: bool = False
    #: the first row is the newest
    newest_first: bool = False
    #: text of file names, else every file with the header is of this profile
    file_names: tuple[str, ...] = field(default=())
    #: text above the table, or in the name of its sheet, where a file holds tables of several accounts
    title: str = ""
    #: two balances above or below the rows prove them
    told_balances: bool = True
    #: what the sample showed: the names of its columns, or without a header row what each of them holds
    layout: tuple[str, ...] = ()

    def problem(self) -> str | None:
        """Say in one sentence why nothing can be read with it, or None."""
        return self._problem_of_columns() or self._problem_of_writing()

    def _problem_of_columns(self) -> str | None:
        unknown = sorted(set(self.columns) - set(ROLES))
        if unknown:
            return f"There is no such column role: {', '.join(unknown)}"
        needed = {
            SIGNED: ("date", "amount"),
            MARKED: ("date", "amount", "marker"),
            TWO_COLUMNS: ("date", "debit", "credit"),
        }.get(self.amounts)
        if needed is None:
            return f"There is no such way to write amounts: {self.amounts}"
        missing = [role for role in needed if role not in self.columns]
        if missing:
            return f"No column is named for: {', '.join(missing)}"
        if not self.currency and "currency" not in self.columns:
            return "Neither a column nor the profile tells the currency"
        if not self.account and "account" not in self.columns:
            return "Neither a column nor the profile tells the account"
        if not self.has_header and any(isinstance(place, str) for place in (*self.columns.values(), *self.more_texts)):
            return "Without a header row columns are named by their position"
        return None

    def _problem_of_writing(self) -> str | None:
        if len(self.delimiter) != 1 or len(self.quote) > 1 or self.delimiter == self.quote:
            return "The delimiter has to be one character, and another one than the quote"
        if self.kind not in (CSV, XLSX):
            return f"There is no such kind of file: {self.kind}"
        if self.encoding not in ENCODINGS:
            return f"There is no such encoding: {self.encoding}"
        if self.decimal_mark == self.thousands_mark or not self.decimal_mark:
            return "The decimal mark and the mark between thousands have to differ"
        if self.fees not in (INSIDE, ON_TOP):
            return f"There is no such way to tell fees: {self.fees}"
        return None


def numbered(place: str, *, has_header: bool) -> str | int:
    """Read how a person names a column.

    ``#5`` is the fifth column; without a header row so are ``5`` and ``E``.
    """
    bare = place.removeprefix("#")
    if (bare != place or not has_header) and bare.isascii():
        if bare.isdecimal() and len(bare) <= 3:
            return int(bare)
        if not has_header and bare.isalpha() and len(bare) <= 2:
            number = 0
            for letter in bare.upper():
                number = number * 26 + ord(letter) - ord("A") + 1
            return number
    return place
