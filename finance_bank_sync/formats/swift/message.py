"""One SWIFT message while it is read: account, balances, lines, control figures (specs/mt940 section A)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

from ..model import INTERIM, STATEMENT, Account, Balance, Entry, StatementEnd, StatementEvent, StatementStart, Summary
from ..text_values import (
    Invalid,
    comma_amount,
    compact,
    currency_code,
    is_iban,
    new_money,
    reference,
    short_date,
    with_comma,
)
from .entry import LineReader
from .fields import Field

#: messages that are read
_KINDS = frozenset({"940", "941", "942", "950"})
_BALANCE = re.compile(r"(R?[CD])(20\d{6}(?=[A-Z])|\d{6})([A-Z]{3})?[ ]?(-?)([\d,.]{1,40})", re.ASCII)
_SEQUENCE = re.compile(r"(\d{1,20})?(?:/(\d{1,20}))?", re.ASCII)
_MOMENT = re.compile(r"(\d{6})(\d{2})(\d{2})(?:([+-])(\d{2})(\d{2}))?", re.ASCII)
#: a German bank leaves the count of none out
_CONTROL = re.compile(r"(\d{0,5})([A-Z]{3})([\d,.]{1,40})", re.ASCII)
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
#: the fields that one message has only once
_ONCE = frozenset({"25", "28", "60", "62"})
#: how many lines one field 86 or one field 61 may have
_MOST_LINES = 500
_NUMBERED_PAGE = 99_999


class Message:
    """One message while it is read."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.tags: set[str] = set()
        self.reference: str | None = None
        self.pending: Field | None = None
        self._info: list[str] | None = None
        self._more: list[str] | None = None
        self._account: Account | None = None
        self._sequence: str | None = None
        self._page: int | None = None
        self._created: datetime | None = None
        self._opening: Balance | None = None
        self._closing: Balance | None = None
        self._balances: list[Balance] = []
        self._debit: tuple[int | None, Balance] | None = None
        self._credit: tuple[int | None, Balance] | None = None
        self._texts: list[str] = []
        self._warnings: list[tuple[str, str]] = []
        self._started = False
        self._position = 0
        self._lines = LineReader()

    # -- fields ------------------------------------------------------------------------

    def take(self, field: Field) -> Iterator[StatementEvent]:
        """Read one field."""
        tag, lines = field.tag, field.lines
        if len(lines) > _MOST_LINES:
            raise Invalid("field_too_long", f"The field has more than {_MOST_LINES} lines")
        if tag == "86" or tag == "NS":
            self._text(tag, lines)
            return
        if self.pending is not None:
            yield self._entry()
        if tag == "20":
            self.reference = reference(lines[0])
            return
        base = tag[:2]
        # the balance at the end of a page goes before the one at the end of all
        if base in _ONCE and base in self.tags and not (tag == "62F" and self._closing and self._closing.subtype):
            raise Invalid("field_repeated", f"Field {base} stands there twice in one message")
        self.tags.add(base)
        value = lines[0].strip()
        if tag == "61":
            if not self._started:
                yield self._start()
            self.pending = field
        elif base in ("60", "62", "64", "65"):
            self._take_balance(field)
        else:
            self._take_header(tag, value, field.line)

    def _take_header(self, tag: str, value: str, line: int) -> None:
        base = tag[:2]
        if base == "25":
            self._read_account(value)
        elif base == "28":
            self._read_sequence(value, line)
        elif base == "13":
            self._read_moment(value, line)
        elif base == "34":
            self._currency(value[:3])
        elif base == "90":
            self._read_control(tag, value)

    def _take_balance(self, field: Field) -> None:
        tag, lines = field.tag, field.lines
        if tag[:2] == "60":
            self._opening = self._balance(_joined(lines), "OPBD" if tag == "60F" else "ITBD", intermediate=tag == "60M")
            if self._started:
                raise Invalid("field_order", "The opening balance follows the first line")
            self._currency(self._opening.money.currency)
        elif tag[:2] == "62":
            self._closing = self._balance(_joined(lines), "CLBD" if tag == "62F" else "ITBD", intermediate=tag == "62M")
        else:
            try:
                self._balances.append(self._balance(_joined(lines), "CLAV" if tag == "64" else "FWAV"))
            except Invalid:
                self._warnings.append(("balance_unreadable", f"line {field.line}, :{tag}:"))

    def _text(self, tag: str, lines: list[str]) -> None:
        """Take a field 86 or NS: of the line before it, else of the message."""
        if self.pending is None:
            self._texts += lines
        elif tag == "86":
            self._info = lines if self._info is None else [*self._info, *lines]
        else:
            self._more = lines if self._more is None else [*self._more, *lines]

    def _entry(self) -> Entry:
        field = self.pending
        assert field is not None
        try:
            entry = self._lines.read(self._position + 1, field.lines, field.line, self._info, self._more)
        except Invalid as error:
            raise Invalid(error.code, error.message, error.value, field.line) from None
        self.pending = self._info = self._more = None
        self._position += 1
        return entry

    def _currency(self, text: str) -> None:
        self._lines.currency = currency_code(text)

    def _read_account(self, value: str) -> None:
        number = compact(value).lstrip("/")  # Polish banks begin with one, Austrian ones with two
        self._lines.names_first = value.startswith("//")
        if not number:
            raise Invalid("account_missing", "The message names no account")
        currency = bic = None
        first, slash, rest = number.partition("/")
        if slash and _BIC.fullmatch(first):
            bic, number = first, rest
        if number[-4:-3] == "/" and number[-3:].isalpha():
            number, currency = number[:-4], number[-3:].upper()
        elif not is_iban(number) and number[-3:].isalpha() and number[-4:-3].isdigit():
            number, currency = number[:-3], number[-3:].upper()
        if not number:
            raise Invalid("account_missing", "The message names no account", value)
        if currency and len(currency) == 3 and currency.isascii() and not self._lines.currency:
            self._lines.currency = currency
        iban = is_iban(number)
        self._lines.own = number
        self._account = Account(iban=number if iban else None, number=None if iban else number, bic=bic)

    def _read_sequence(self, value: str, line: int) -> None:
        match = _SEQUENCE.fullmatch(value.rstrip("/ "))
        if match is None:
            self._warnings.append(("sequence_unreadable", f"line {line}"))
            return
        number, page = match[1], match[2]
        self._sequence = number.lstrip("0") or None if number else None
        self._page = int(page) if page and int(page) <= _NUMBERED_PAGE else None

    def _read_moment(self, value: str, line: int) -> None:
        match = _MOMENT.match(value)
        try:
            if match is None:
                raise Invalid("date_invalid", "This is not a date and time", value)
            zone = None
            if match[4]:
                offset = timedelta(hours=int(match[5]), minutes=int(match[6]))
                zone = timezone(-offset if match[4] == "-" else offset)
            day = short_date(match[1])
            self._created = datetime(day.year, day.month, day.day, int(match[2]), int(match[3]), tzinfo=zone)
        except (Invalid, ValueError):
            # nothing depends on it
            self._warnings.append(("created_at_invalid", f"line {line}"))

    def _balance(self, value: str, code: str, *, intermediate: bool = False) -> Balance:
        match = _BALANCE.fullmatch(value)
        # a sign of its own, as a Dutch bank writes it: an overdrawn account that is called a credit
        if match is None or (match[4] and match[1] != "C"):
            raise Invalid("balance_invalid", "This is not a balance", value)
        number = comma_amount(with_comma(match[5]))
        currency = match[3] or self._lines.currency
        if not currency:
            raise Invalid("currency_missing", "The balance has no currency", value)
        if not match[3]:
            self._warnings.append(("balance_without_currency", code))
        if match[4]:
            self._warnings.append(("balance_with_sign", code))
        negative = bool(match[4]) or match[1] in ("D", "RC")
        return Balance(
            code=code,
            money=new_money(amount=number.copy_negate() if negative and number else number, currency=currency),
            date=self._balance_date(match[2], code),
            subtype="INTM" if intermediate else None,
        )

    def _balance_date(self, text: str, code: str) -> date | None:
        """Read a date; a program that does not know the day of the opening balance writes zeros."""
        if code == "OPBD" and not text.strip("0"):
            self._warnings.append(("balance_date_unreadable", code))
            return None
        return short_date(text[-6:])

    def _read_control(self, tag: str, value: str) -> None:
        match = _CONTROL.fullmatch(value)
        if match is None:
            raise Invalid("control_invalid", "This is not a count and a sum", value)
        count = int(match[1]) if match[1] else None
        stated = (
            count,
            Balance(code=tag, money=new_money(amount=comma_amount(with_comma(match[3])), currency=match[2])),
        )
        if tag == "90D":
            self._debit = stated
        else:
            self._credit = stated

    # -- the statement -----------------------------------------------------------------

    def _start(self) -> StatementStart:
        self._started = True
        if self._account is None:
            raise Invalid("account_missing", "The message names no account")
        interim = self._opening is None
        paged = self._opening is not None and self._opening.subtype == "INTM"
        account = self._account
        identification = self._sequence or self.reference
        if interim and self._created is not None:
            # a day has many reports, and not every bank counts them
            identification = f"{identification or ''} {self._created:%y%m%d%H%M}".strip()
        return StatementStart(
            format=self._format(interim),
            account=Account(
                iban=account.iban, number=account.number, currency=self._lines.currency or None, bic=account.bic
            ),
            identification=identification,
            electronic_sequence=self._sequence,
            message_id=self.reference,
            page_number=self._page if paged else None,
            created_at=self._created,
            balances=(self._opening,) if self._opening else (),
            purpose=INTERIM if interim else STATEMENT,
        )

    def _format(self, interim: bool) -> str:
        if self.kind in _KINDS:
            return f"mt{self.kind}"
        return "mt942" if interim and self.tags & {"34", "13", "90"} else "mt940"

    def close(self, *, ended: bool, notes: tuple[tuple[str, str], ...]) -> Iterator[StatementEvent]:
        """Read the end of the message.

        :param ended: the message said that it ends
        """
        if self.pending is not None:
            yield self._entry()
        if self._opening is not None and self._closing is None:
            code = "closing_missing" if ended else "truncated"
            raise Invalid(code, "The message ends before its closing balance")
        if self._opening is None and self._closing is not None:
            raise Invalid("opening_missing", "The message has a closing balance, but no opening balance")
        if not self.tags - {"20", "21", "25", "28"}:
            other = self.kind and self.kind not in _KINDS
            told = f"This is an MT{self.kind}, and no statement" if other else "The message holds no statement"
            raise Invalid("statement_missing", told)
        if not self._started:
            yield self._start()
        warnings = [*self._warnings, *notes]
        if self._opening is None and not self.tags & {"34", "13", "90"}:
            warnings.append(("balances_missing", "the message"))
        for code, (line, count) in self._lines.lenient.items():
            warnings.append((code, f"line {line}" + (f" and {count - 1} more" if count > 1 else "")))
        yield StatementEnd(
            balances=tuple(item for item in (self._opening, self._closing, *self._balances) if item is not None),
            summary=self._summary(),
            additional_information=" ".join(" ".join(self._texts).split()) or None,
            warnings=tuple(warnings),
        )

    def _summary(self) -> Summary | None:
        if self._debit is None and self._credit is None:
            return None
        debits = self._debit[0] if self._debit else None
        credits = self._credit[0] if self._credit else None
        return Summary(
            count=None if debits is None or credits is None else debits + credits,
            credit_count=credits,
            credit_sum=self._credit[1].money.amount if self._credit else None,
            debit_count=debits,
            debit_sum=self._debit[1].money.amount if self._debit else None,
        )


def _joined(lines: list[str]) -> str:
    """A balance may be followed by empty lines."""
    return "".join(line.strip() for line in lines)
