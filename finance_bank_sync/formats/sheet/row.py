"""One row of a bank's table as a booking, as its profile says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from ..model import Detail, FormatError
from ..text_values import Invalid, currency_code, new_money, reference
from .booking import Row
from .detail import Details
from .profile import MARKED, ON_TOP, TWO_COLUMNS, SheetProfile
from .values import Dates, Numbers, looks_like_number
from .words import PENDING_WORDS, VOID_WORDS, hints_at_balance, is_balance, is_weak_balance, plain

_HAS_DECIMALS = re.compile(r"[0-9][.,][0-9]{2}\b", re.ASCII)
_NUMBERS = ("amount", "debit", "credit")
#: only a payment has another side
_OTHER_SIDE = ("party", "party_account", "end_to_end_id")
_NEEDED = frozenset(("date", "amount", "debit", "credit", "marker", "balance", "fee", "currency"))


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, profile: SheetProfile, places: Mapping[str, int], texts: Sequence[int]) -> None:
        self.profile = profile
        self.places = places
        self._places = tuple(places.items())
        #: places of the text columns, in the order of the file
        self._texts = tuple(texts)
        self._date = Dates(profile.date_format)
        self._number = Numbers(profile.decimal_mark, profile.thousands_mark)
        self._debits = frozenset(text.casefold() for text in profile.debit_markers)
        self._credits = frozenset(text.casefold() for text in profile.credit_markers)
        self._currencies: dict[str, str] = {}
        self._detail = Details(self._number, self._currency)
        self._numbers = tuple(role for role in _NUMBERS if role in places)
        #: whether debits in a column of their own have a sign, once one was seen
        self._signed_debits: bool | None = None
        self._part_at = places.get("detail_amount", -1)
        self._is_first = True
        self._is_doubtful = False

    def continued(self, cells: Sequence[str]) -> str | None:
        """:return: the text of a row that only goes on with the text of the row above, else None"""
        for role, place in self._places:
            if role not in ("account", "currency") and place < len(cells) and cells[place].strip():
                return None
        return self._text(cells) or None

    def part(self, line: int, cells: Sequence[str], whole: Row) -> Detail | None:
        """:return: the payment that a row tells of the collective booking above it, or None for another kind of row
        :raise FormatError: it does not fit the profile
        """
        if self._part_at < 0 or self._part_at >= len(cells) or not cells[self._part_at].strip():
            return None
        values = {role: cells[place].strip() for role, place in self._places if 0 <= place < len(cells)}
        if any(values.get(role) for role in (*_NUMBERS, "balance")):
            return None
        try:
            currency = self._currency(values.get("currency") or whole.currency)
            amount = self._number(values["detail_amount"], currency)
            if self.profile.inverted:
                amount = _negated(amount)
            return self._detail(values, self._text(cells), new_money(amount=amount, currency=currency), Decimal(0))
        except Invalid as error:
            raise FormatError(
                error.code, error.message, place=f"line {line}, column {self._column('detail_amount')}",
                value=error.value,
            ) from None  # fmt: skip

    def read(self, line: int, cells: Sequence[str]) -> Row:
        """Read a row.

        :raise FormatError: it does not fit the profile
        """
        role = ""
        self._is_doubtful = False
        try:
            values: dict[str, str] = {}
            for role, place in self._places:
                if 0 <= place < len(cells):
                    cell = cells[place].strip()
                    values[role] = cell if cell[:2] != '="' else cell[2:].rstrip('"')
                elif role in _NEEDED or place < 0:
                    raise Invalid("cell_missing", "The row has no such column")
            text = self._text(cells)
            role = "balance"
            row = self._balance_row(line, values, text, cells)
            self._is_first = False
            if row is not None:
                return row
            role = "currency"
            currency = self._currency(values.get("currency") or self.profile.currency)
            role = "date"
            status, booked = self._day(values)
            role = "value_date"
            value = self._date(values["value_date"]) if values.get("value_date") else None
            role = "amount" if "amount" in values else "debit/credit"
            amount = self._signed(values, currency)
            role = "fee"
            fee = self._fee(values, currency)
            if fee and self.profile.fees == ON_TOP:
                amount -= fee
            role = "balance"
            balance = self._number(values["balance"], currency) if values.get("balance") else None
            role = "original_amount"
            detail = self._detail(values, text, new_money(amount=amount, currency=currency), fee)
        except Invalid as error:
            raise FormatError(
                error.code, error.message, place=f"line {line}, column {self._column(role)}", value=error.value
            ) from None
        return Row(
            line=line,
            account=values.get("account") or self.profile.account,
            currency=currency,
            balance=balance,
            detail=detail,
            status=status,
            booked=booked,
            value=value,
            bank_reference=reference(values.get("reference")),
            is_doubtful=self._is_doubtful,
        )

    def _column(self, role: str) -> str:
        place = self.profile.columns.get(role)
        return f"{role} ({place})" if place else role

    def _text(self, cells: Sequence[str]) -> str:
        if len(self._texts) == 1:
            place = self._texts[0]
            return " ".join(cells[place].split()) if place < len(cells) else ""
        return " ".join(" ".join(cells[place] for place in self._texts if place < len(cells)).split())

    def _currency(self, text: str) -> str:
        known = self._currencies.get(text)
        if known is None:
            known = self._currencies[text] = currency_code(text.upper())
        return known

    def _day(self, values: Mapping[str, str]) -> tuple[str, date | None]:
        """:return: status and booking date; what is not booked may have no day yet, or say so in its place"""
        text = values["date"]
        status = _status(values.get("status", ""))
        if status != "BOOK" and not text:
            return status, None
        try:
            return status, self._date(text)
        except Invalid:
            if text and plain(text) in PENDING_WORDS:
                return "PDNG" if status == "BOOK" else status, None
            raise

    def _balance_row(self, line: int, values: Mapping[str, str], text: str, cells: Sequence[str]) -> Row | None:
        """Read a row that holds a balance and no booking: the first or the last one of many tables."""
        told = [values[role] for role in self._numbers if values[role]]
        balance = values.get("balance", "")
        if told and not hints_at_balance("\n".join(cells)):
            return None
        # whatever column it stands in: a reference, the other party, the amount
        names = [cell for cell in (text, *cells) if is_balance(cell)]
        is_named = bool(names)
        told = [figure for figure in told if not is_balance(figure)]
        if told and any(values.get(role) and not is_balance(values[role]) for role in _OTHER_SIDE):
            return None
        if (
            is_named
            and told
            and not balance
            and not self._is_first
            and all(map(is_weak_balance, filter(is_balance, names)))
        ):
            # somebody may have written that for a payment
            self._is_doubtful = True
            return None
        if not is_named and (told or not balance or self._has_other_figure(cells)):
            return None
        currency = values.get("currency") or self.profile.currency
        numbers = [self._number(figure, currency) for figure in told]
        figure = self._number(balance, currency) if balance else None
        is_as_amount = figure is None
        if figure is None:
            numbers = [number for number in numbers if number] or numbers
            if len(numbers) != 1 or "balance" in values and self.profile.amounts == TWO_COLUMNS:
                return None
            signed = self._signed_debits
            figure = self._signed(values, currency)
            self._signed_debits = signed  # how a balance is written says nothing about the debits
        elif any(number and number.copy_abs() != figure.copy_abs() for number in numbers):
            return None
        day = self._date(values["date"]) if values["date"] and not is_balance(values["date"]) else None
        return Row(
            line=line,
            account=values.get("account") or self.profile.account,
            currency=self._currency(currency) if currency else "",
            balance=figure,
            booked=day,
            is_named=is_named,
            is_as_amount=is_as_amount,
            column=self._column("amount" if "amount" in values else "debit/credit"),
        )

    def _has_other_figure(self, cells: Sequence[str]) -> bool:
        """An amount in a column that the profile does not name is a booking that it does not understand; so is one that
        stands alone in a column of texts."""
        known = {place for _role, place in self._places}
        return any(
            looks_like_number(cell) and any(char in "123456789" for char in cell)
            for place, cell in enumerate(cells)
            if place not in known and (place not in self._texts or _HAS_DECIMALS.search(cell))
        )

    def _signed(self, values: Mapping[str, str], currency: str) -> Decimal:
        profile = self.profile
        if profile.amounts == TWO_COLUMNS:
            amount = self._of_two(values, currency)
        else:
            amount = self._number(values["amount"], currency)
            if profile.amounts == MARKED:
                marker = values["marker"].casefold()
                if marker in self._debits:
                    amount = _negated(amount)
                elif marker not in self._credits:
                    raise Invalid(
                        "marker_invalid", "The marker is neither of a debit nor of a credit", values["marker"]
                    )
        return _negated(amount) if profile.inverted else amount

    def _of_two(self, values: Mapping[str, str], currency: str) -> Decimal:
        debit, credit = (self._number(values[role], currency) if values[role] else None for role in ("debit", "credit"))
        if debit and credit:
            raise Invalid("amount_invalid", "The row has a debit and a credit", values["debit"])
        if debit is None and credit is None:
            raise Invalid("amount_missing", "The row has neither a debit nor a credit")
        if self.profile.inverted:  # cards: what was spent is positive, what was paid back has a sign
            return debit or credit or Decimal(0)
        if not debit:
            return credit or Decimal(0)
        # some banks write the debits with a sign, too; one among others is money that came back, or a mistake
        if self._signed_debits is None:
            self._signed_debits = debit < 0
        elif self._signed_debits is not (debit < 0):
            raise Invalid("debit_sign", "Some debits have a sign and others have none", values["debit"])
        return _negated(debit.copy_abs())

    def _fee(self, values: Mapping[str, str], currency: str) -> Decimal:
        """:return: what the bank took, negative for what it gave back"""
        text = values.get("fee")
        if not text:
            return Decimal(0)
        fee = self._number(text, currency)
        return _negated(fee) if self.profile.fees_negative else fee


def _negated(number: Decimal) -> Decimal:
    return number.copy_negate() if number else number


def _status(text: str) -> str:
    """:return: what the bank's word for the state of a row means; most words mean that it is booked"""
    word = plain(text) if text else ""
    return "PDNG" if word in PENDING_WORDS else "INFO" if word in VOID_WORDS else "BOOK"
