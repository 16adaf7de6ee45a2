"""A proposal of how a table of a bank is written, made from a sample for a person to look at.

Files are never read by what is guessed here: a person sees how the first rows are read, corrects it, and saves it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, product

from ..model import FormatError
from .booking import Row
from .chain import has_three_decimals, is_newest_first, steps_of
from .columns import Columns, column
from .content import MARKS, by_content, start_of
from .dates import choose, looks_like_date
from .header import by_names
from .kinds import first_rows, kinds
from .profile import INSIDE, ON_TOP, SIGNED, TWO_COLUMNS, XLSX, Cells, SheetProfile
from .reader import Sheet
from .sections import is_further_text
from .values import looks_like_number
from .words import CARD_PAYMENT, PENDING_WORDS, is_balance, is_total, marker_words, plain
from .workbook import Values, Workbook

#: rows by which the way to split a file is chosen, and by which the rest is
_FIRST = 100
ROWS = 5000
_NET = frozenset(
    ("net", "net amount", "netto", "nettobetrag", "netto betrag", "montant net", "importe neto", "netto bedrag")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a sample shows.

    :param header: the cells of the header row, or of the first row where none was recognised
    :param columns: role to the name of its column, or to its number where no name tells it
    :param unsure_of_days: the dates could as well be written with the month first
    :param unproved_fee: a column of fees of which nothing proves whether the amount holds them
    :param is_undirected: no amount has a sign, and nothing else tells what came in and what went out
    :param is_assumed: nothing proves which column is the amount and which one the balance
    """

    profile: SheetProfile
    header: tuple[str, ...]
    debit_marker: str = ""
    credit_marker: str = ""
    unsure_of_days: bool = False
    unproved_fee: str = ""
    is_assumed: bool = False
    is_undirected: bool = False
    columns: Mapping[str, str | int] = field(default_factory=dict)


def guess(content: bytes, part: tuple[SheetProfile, list[Cells]] | None = None) -> Guess | None:
    """Look at a sample.

    :param part: how it is split, and the rows of it that are looked at, where they are not all
    :return: the proposal, or None where the file is no table
    """
    best: tuple[tuple[int, int, int], SheetProfile, Columns | None, Cells] | None = None
    for profile, rows in [(part[0], part[1][:_FIRST])] if part else kinds(content, _FIRST):
        columns = by_names(rows)
        is_named = columns is not None and ("amount" in columns.places or "debit" in columns.places)
        columns = columns if is_named else by_content(rows) or columns
        width = max(len(cells) for _line, cells in rows)
        rank = (
            2 if is_named else 1 if columns else 0,
            len(columns.places) + len(columns.texts) if columns else 0,
            width,
        )
        if best is None or rank > best[0]:
            best = (rank, profile, columns, rows[0])
    if best is None:
        return None
    _rank, profile, columns, first = best
    if columns is None:
        return Guess(profile=profile, header=tuple(first[1]))
    return _Table(content, profile, columns, part[1] if part else None).guess()


class _Table:
    """A table whose columns are proposed: how it is written, told by its rows."""

    def __init__(
        self, content: bytes, profile: SheetProfile, columns: Columns, part: list[Cells] | None = None
    ) -> None:
        self.columns = columns
        # a workbook is read once; its dates and numbers are written anew for each profile that is tried
        self._book: list[Values] | None = None
        if profile.kind == XLSX:
            self._book = list(islice(Workbook(profile).values(io.BytesIO(content)), part[-1][0] if part else ROWS))
            if part is not None:
                lines = {line for line, _cells in part}
                self._book = [row for row in self._book if row[0] in lines]
            rows = list(Workbook(profile).texts(self._book))
        else:
            rows = first_rows(content, profile) if part is None else part
        at = columns.header_at
        start = at + 1 if at >= 0 else start_of(rows)
        self.rows = rows
        self.body = rows[start:]
        line = rows[at][0] if at >= 0 else rows[start][0]
        self.profile = replace(profile, has_header=at >= 0, skip_lines=line - 1, amounts=columns.amounts)
        # a long table is tried with its first rows; where it ends is looked at in any case
        self.is_whole = self._book is None or len(rows) < ROWS
        self._tried = rows if len(rows) <= ROWS else rows[:ROWS]
        self.unproved_fee = ""
        self._reached = 0
        self.is_undirected = False

    def guess(self) -> Guess:
        columns = self.columns
        footer = self._footer()
        body = self.body[: len(self.body) - footer]
        days, unsure = self._dates(body)
        self.profile = replace(
            self.profile,
            columns=self._named(columns.places),
            footer_rows=footer,
            more_texts=tuple(columns.name(place) for place in columns.texts[1:]),
            date_format=days or self.profile.date_format,
        )
        debit, credit = marker_words(column(body, columns.places["marker"]) if "marker" in columns.places else [])
        if debit and credit:
            self.profile = replace(self.profile, debit_markers=(debit,), credit_markers=(credit,))
        if self.profile.problem() is None:
            self._values()
        return Guess(
            profile=self.profile,
            header=columns.header,
            columns=self.profile.columns,
            debit_marker=debit,
            credit_marker=credit,
            unsure_of_days=unsure,
            unproved_fee=self.unproved_fee,
            is_assumed=columns.is_assumed,
            is_undirected=self.is_undirected,
        )

    def _named(self, places: Mapping[str, int]) -> dict[str, str | int]:
        columns = {role: self.columns.name(place) for role, place in places.items()}
        if self.columns.texts:
            columns["text"] = self.columns.name(self.columns.texts[0])
        return columns

    # -- days -----------------------------------------------------------------------------

    def _footer(self) -> int:
        """Count the rows at the end that are no bookings: totals and notes without a date."""
        if not self.is_whole:
            return 0
        footer = 0
        at = self.columns.places["date"]
        for _line, cells in reversed(self.body):
            day = cells[at].strip() if at < len(cells) else ""
            if footer == len(self.body) - 1 or self._is_row(day, cells):
                break
            footer += 1
        # what goes on with the text of the last booking is none of it
        while footer and self._is_text(self.body[-footer][1]):
            footer -= 1
        return footer

    def _is_text(self, cells: list[str]) -> bool:
        return is_further_text(cells) and all(
            place in self.columns.texts for place, cell in enumerate(cells) if cell.strip()
        )

    def _is_row(self, day: str, cells: list[str]) -> bool:
        if looks_like_date(day) or plain(day) in PENDING_WORDS:
            return True
        if any(map(is_total, cells)):
            return False
        roles = ("amount", "debit", "credit", "detail_amount", "balance")
        places = [self.columns.places[role] for role in roles if role in self.columns.places]
        figures = [place for place in places if place < len(cells) and looks_like_number(cells[place].strip())]
        if not figures or day and not is_balance(day):
            return False
        # an amount with a text is a booking that lacks its day, and will be refused; figures alone are a total
        is_alone = figures == places[-1:] and "balance" in self.columns.places
        return is_alone or any(
            any(char.isalpha() for char in cell) for at, cell in enumerate(cells) if at not in figures
        )

    def _dates(self, body: list[Cells]) -> tuple[str, bool]:
        """:return: how dates are written, and whether day and month could be the other way round"""
        places = self.columns.places
        days = [day for day in column(body, places["date"])
                if day and plain(day) not in PENDING_WORDS and not is_balance(day)]  # fmt: skip
        if "value_date" in places:
            # one format reads both; days that are written in another way are not read
            values = [day for day in column(body, places["value_date"]) if day]
            found = choose(days + values) if values else None
            if found is None or choose(values) is None:
                del places["value_date"]
            else:
                return choose(days)[0] if not found[1] and choose(days) is None else found[0], found[1]  # type: ignore[index]
        # where one does not fit, the format of the others names it
        found = choose(days) or choose([day for day in days if looks_like_date(day)]) or choose(days[:1])
        return found or ("", False)

    # -- amounts --------------------------------------------------------------------------

    def _try(self, profile: SheetProfile) -> list[Row] | None:
        """:return: all rows, or None where one does not fit; then :attr:`_reached` is the number of those before it"""
        rows: list[Row] = []
        try:
            if len(self._tried) < len(self.rows):
                profile = replace(profile, footer_rows=0)
            if self._book is not None:
                book = Workbook(profile)
                rows.extend(book.rows_of(book.texts(self._book)))
            else:
                rows.extend(Sheet(profile).rows_of(self._tried))
        except (FormatError, ValueError):
            self._reached = len(rows)
            return None
        return rows

    def _values(self) -> None:
        """Find marks, the column of the amount, its fee, and the order by what reads and proves every row."""
        base = replace(self.profile, columns={r: c for r, c in self.profile.columns.items() if r != "fee"})
        fee = self.profile.columns.get("fee")
        self.profile = base
        best: tuple[bool, SheetProfile, list[Row]] | None = None
        reach = -1
        for decimal, thousands in MARKS:
            tried = replace(base, decimal_mark=decimal, thousands_mark=thousands)
            rows = self._try(tried)
            is_odd = rows is not None and has_three_decimals(rows) and not self._has_decimals(decimal)
            if rows is not None and (best is None or best[0] and not is_odd):
                best = (is_odd, tried, rows)
            elif best is None and self._reached > reach:
                # no way reads all rows: the one that comes furthest will name the row that does not fit
                reach, self.profile = self._reached, tried
        if best is None:
            return
        _odd, profile, rows = best
        profile, rows = self._amount(profile, rows)
        if fee is not None:
            profile, rows = self._fee(profile, rows, fee)
        self.profile = replace(self._with_thousands(profile), newest_first=is_newest_first(rows))
        amounts = [row.amount for row in rows if row.detail is not None]
        self.is_undirected = (
            profile.amounts == SIGNED and len(amounts) > 1 and min(amounts) >= 0 and not steps_of(rows).is_proof
        )

    def _has_decimals(self, mark: str) -> bool:
        """Say whether rates have a mark before other than three digits: then it stands before decimals in all rows."""
        at = self.columns.places.get("rate")
        rates = column(self.body, at) if at is not None else []
        return any(whole.isdecimal() and part.isdecimal() and len(part) != 3
                   for whole, found, part in (rate.partition(mark) for rate in rates) if found)  # fmt: skip

    def _with_thousands(self, profile: SheetProfile) -> SheetProfile:
        """Take the other mark for thousands where none of the sample's amounts has some: one of the next file may."""
        places = [self.columns.places[role] for role in ("amount", "debit", "credit") if role in self.columns.places]
        mark = profile.decimal_mark
        cells = [cell for place in places for cell in column(self.body, place)]
        if profile.thousands_mark or not any(mark in cell[-3:-1] for cell in cells):
            return profile
        return replace(profile, thousands_mark="," if mark == "." else ".")

    def _amount(self, profile: SheetProfile, rows: list[Row]) -> tuple[SheetProfile, list[Row]]:
        """Choose another column where the balances prove that one instead."""
        columns = self.columns
        if steps_of(rows).is_proof:
            return profile, rows
        if self._is_card(profile, rows):
            profile = replace(profile, inverted=True)
            return profile, self._try(profile) or rows
        balances = [columns.places["balance"]] if "balance" in columns.places else []
        amounts = [columns.places.get("amount", -1), *columns.other_amounts]
        for inverted, balance, amount in product((False, True), [*balances, *columns.other_balances], amounts):
            roles = dict(profile.columns) | {"balance": columns.name(balance)}
            if amount >= 0:
                roles["amount"] = columns.name(amount)
            tried = replace(profile, columns=roles, inverted=inverted)
            read = self._try(tried)
            if read is None or not steps_of(read).is_proof:
                continue
            if not inverted or steps_of(read).goes_with([row.booked for row in read if row.booked]):
                return tried, read
        return profile, rows

    def _is_card(self, profile: SheetProfile, rows: list[Row]) -> bool:
        """Say whether what was spent is positive: payments to the card, and they alone, have the other sign."""
        booked = [row for row in rows if row.detail is not None and row.amount]
        if "balance" in profile.columns or profile.amounts not in (SIGNED, TWO_COLUMNS) or len(booked) < 2:
            return False
        if profile.amounts == TWO_COLUMNS:
            debits, credits = (column(self.body, self.columns.places[role]) for role in ("debit", "credit"))
            signed = [cell for cell in credits if looks_like_number(cell)]
            return bool(signed) and all("-" in cell for cell in signed) and not any("-" in cell for cell in debits)
        paid = [CARD_PAYMENT.search(row.detail.remittance or "") is not None for row in booked if row.detail]
        if not any(paid):
            return False
        if any("card" in words or "karte" in words or "carte" in words or "carta" in words
               for words in (plain(name).split() for name in self.columns.header)):  # fmt: skip
            # beside payments to the card there may be what shops paid back
            back = sum(row.amount < 0 for row, is_payment in zip(booked, paid, strict=True) if not is_payment)
            of_card = all(row.amount < 0 for row, is_payment in zip(booked, paid, strict=True) if is_payment)
            return of_card and back * 3 <= len(booked) - sum(paid)
        return [row.amount < 0 for row in booked] == paid

    def _fee(self, profile: SheetProfile, rows: list[Row], fee: str | int) -> tuple[SheetProfile, list[Row]]:
        """Say where the fee is: a column of net amounts holds it; else the balances prove it, or nothing does."""
        place = self.columns.places["fee"]
        net = [at for at, name in enumerate(self.columns.header) if plain(name) in _NET]
        cost = sum(1 if cell.strip(" +").startswith(("-", "\u2212", "(")) else -1
                   for cell in column(self.body, place) if any(char in "123456789" for char in cell))  # fmt: skip
        if not cost and not any(char in "123456789" for cell in column(self.body, place) for char in cell):
            return profile, rows
        with_fee = replace(profile, columns={**profile.columns, "fee": fee}, fees_negative=cost > 0)
        if net and "amount" in profile.columns:
            with_fee = replace(with_fee, columns={**with_fee.columns, "amount": self.columns.name(net[0])})
            read = self._try(with_fee)
            return (with_fee, read) if read is not None else (profile, rows)
        ways = [replace(with_fee, fees=way, fees_negative=negative)
                for way, negative in ((INSIDE, cost > 0), (ON_TOP, False), (ON_TOP, True))]  # fmt: skip
        told = [(steps_of(read), way, read) for way in ways if (read := self._try(way)) is not None]
        told.sort(key=lambda one: one[0].best, reverse=True)
        if told and told[0][0].is_proof and (len(told) < 2 or told[0][0].best > told[1][0].best):
            return told[0][1], told[0][2]
        self.unproved_fee = str(fee)
        return profile, rows
