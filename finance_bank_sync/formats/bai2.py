"""BAI2 cash management reports, also in the Australian (NAI) way of writing them.

specs/mt940_ofx_bai2.md section C. A statement is one account record (03) of one group (02). The
control totals (49, 98, 99) are verified: a file that is not what it says it is is refused. Counts of
records are compared too, but banks count them differently: they are told as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import BinaryIO

from odoo.addons.finance_connector_base.engine.drafts import draft

from .bai2_records import Record, amount_of, cents, is_count, places, records
from .model import (
    INTERIM,
    STATEMENT,
    Account,
    Balance,
    Detail,
    Entry,
    FormatError,
    Money,
    Party,
    References,
    StatementEnd,
    StatementEvent,
    StatementStart,
    Summary,
    TransactionCode,
)
from .text_lines import TextLines
from .text_values import Invalid, compact, currency_code, is_iban, new_money, reference, short_date

_new_entry = draft(Entry)
_new_detail = draft(Detail)

_HEAD = re.compile(r"01,[^,/\r\n]{0,40},[^,/\r\n]{0,40}[,/]")
_TYPE = re.compile(r"\d{3}", re.ASCII)
_BALANCES = {"010": "OPBD", "015": "CLBD", "040": "OPAV", "045": "CLAV", "060": "ITAV"}
_FUNDS = frozenset({"", "0", "1", "2", "S", "V", "D", "Z"})
#: who started a payment of the US clearing house (ACH), as most banks there write it into the text
_ORIGINATOR = re.compile(r"\bORIG CO NAME[:=]\s*([^;/]{1,60}?)\s*(?=;|/|ORIG ID|DESC DATE|CO ENTRY|SEC:|TRACE|$)")
#: named values that some banks write into the text
_NAMED = re.compile(r"(EREF|REMI|CRNM|DBNM|CACT|DACT):\s*(.*)")
_DEFAULT_CURRENCY = "USD"
_CHEQUES = frozenset({"175", "475", "476", "477"})
#: of the codes of loans (700 to 799), those of bookings: what a payment paid, and what was lent
_LOAN_CREDITS = frozenset({"706", "708", *(str(code) for code in range(720, 729))})
_LOAN_DEBITS = frozenset({"760"})
_RETURNS = frozenset({"555", "557", "558", "559", "257", "258", "252", "255"})


class Bai2:
    """BAI2, from 01 to 99."""

    code = "bai2"
    name = "BAI2"

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the file begins with a file header record."""
        text = head.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip()
        return _HEAD.match(text) is not None and re.search(r"(?:^|[\r\n/])\s*(?:02|88),", text) is not None

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Stream the statements of a file.

        :raise FormatError: a record or a field is not valid, a control total differs, the file ends too early
        """
        return _Run(TextLines(stream)).events()


class _Run:
    """One pass over one file: file, group, account."""

    def __init__(self, text: TextLines) -> None:
        self._text = text
        self._file = ""
        self._open = ""  # the deepest record that is open: "", 01, 02 or 03
        self._group_currency: str | None = None
        self._group_date: date | None = None
        self._interim = False
        self._account: _Account | None = None
        self._totals = {"03": 0, "02": 0, "01": 0}
        self._counts = {"03": 0, "02": 0, "01": 0}
        self._members = {"02": 0, "01": 0}
        self._seen: dict[tuple[str, date | None], int] = {}
        self._found = 0
        self._warned: dict[str, int] = {}
        self._nai = False
        self._stated = 0

    def events(self) -> Iterator[StatementEvent]:
        where = 0
        code = ""
        try:
            for record in records(self._text):
                where, code = record.line, record.code
                yield from self._record(record)
        except Invalid as error:
            raise FormatError(
                error.code, error.message, place=f"line {error.line or where}, record {code or '?'}", value=error.value
            ) from None
        if self._open:
            raise FormatError("truncated", "The file ends before its record 99", place="end of file")
        if not self._found:
            raise FormatError("statement_missing", "The file holds no account")

    def _record(self, record: Record) -> Iterator[StatementEvent]:
        code = record.code
        expected = {
            "01": ("",),
            "02": ("01",),
            "03": ("02",),
            "16": ("03",),
            "49": ("03",),
            "98": ("02",),
            "99": ("01",),
        }
        if self._open not in expected[code]:
            raise Invalid("record_order", f"A record {code} cannot stand here", code)
        for level in self._counts:
            self._counts[level] += record.physical
        if code == "01":
            self._begin_file(record)
        elif code == "02":
            self._begin_group(record)
        elif code == "03":
            self._begin_account(record)
            account = self._account
            assert account is not None
            self._members["02"] += 1
            yield account.start(self._interim, self._group_date, self._identification(account))
        elif code == "16":
            assert self._account is not None
            yield from self._account.entry(record, self._group_date)
        elif code == "49":
            assert self._account is not None
            self._check(record, "03", self._account.control)
            self._totals["02"] += self._account.stated
            yield self._account.end(self._warnings())
            self._account = None
            self._open = "02"
        elif code == "98":
            self._check(record, "02", self._totals["02"])
            self._totals["01"] += self._stated
            self._members["01"] += 1
            self._open = "01"
        else:
            self._check(record, "01", self._totals["01"])
            self._open = ""

    def _begin_file(self, record: Record) -> None:
        sender, receiver, day, _time, number = (record.take() or "" for _ in range(5))
        self._file = "-".join(part for part in (sender or receiver, day, number) if part)
        self._open = "01"
        self._totals["01"] = 0
        self._counts["01"] = record.physical

    def _begin_group(self, record: Record) -> None:
        _receiver, _originator, status, day, _time, currency, modifier = (record.take() or "" for _ in range(7))
        if status in ("2", "4"):
            raise Invalid(
                "group_status",
                "The group deletes what was sent before" if status == "2" else "The group is a test",
                status,
            )
        if status not in ("1", "3", ""):
            raise Invalid("group_status", "There is no such group status", status)
        if status == "3":
            self._warn("group_correction")
        self._group_date = short_date(day) if day else None
        if self._group_date is None:
            raise Invalid("date_missing", "The group tells no date")
        self._group_currency = currency_code(currency) if currency else None
        self._interim = modifier == "3"
        self._open = "02"
        self._totals["02"] = self._members["02"] = 0
        self._counts["02"] = record.physical

    def _begin_account(self, record: Record) -> None:
        number = compact(record.take() or "")
        if not number:
            raise Invalid("account_missing", "The record names no account")
        text = record.take()
        currency = currency_code(text) if text else self._group_currency
        if currency is None:
            self._warn("currency_assumed")
            currency = _DEFAULT_CURRENCY
        self._account = _Account(number, currency, record, self._warn)
        self._nai = self._nai or self._account.in_pairs
        self._found += 1
        self._open = "03"
        self._counts["03"] = record.physical

    def _identification(self, account: _Account) -> str:
        """Name the statement; an account can come again in one file, even for the same day."""
        key = (account.number, self._group_date)
        self._seen[key] = self._seen.get(key, 0) + 1
        again = f"/{self._seen[key]}" if self._seen[key] > 1 else ""
        return f"{self._file}{again}"

    def _check(self, record: Record, level: str, counted: int) -> None:
        """Compare a trailer with what was read."""
        text = record.take()
        stated = cents(text, signed=True) if text else counted
        self._stated = stated
        if level == "03" and self._account is not None:
            self._account.stated = stated
        if stated != counted:
            raise Invalid(
                "control_total", f"The control total is {stated}, but the amounts add up to {counted}", str(stated)
            )
        numbers = []
        while (text := record.take()) is not None:
            numbers.append(text)
        count = numbers[-1] if numbers and level == "03" else numbers[1] if len(numbers) > 1 else ""
        if self._nai or not is_count(count):
            return  # the Australian way has other figures there
        if int(count) != self._counts[level]:
            self._warn("record_count_differs")
        members = numbers[0] if len(numbers) > 1 else ""
        if level in self._members and is_count(members) and int(members) != self._members[level]:
            self._warn("member_count_differs")

    def _warn(self, code: str) -> None:
        self._warned[code] = self._warned.get(code, 0) + 1

    def _warnings(self) -> tuple[tuple[str, str], ...]:
        found = tuple((code, f"{count} times") for code, count in self._warned.items())
        self._warned = {}
        return (*found, *self._text.warnings())


class _Account:
    """One record 03 and what belongs to it."""

    def __init__(self, number: str, currency: str, record: Record, warn: Callable[[str], None]) -> None:
        self.number = number
        self._currency = currency
        self._places = places(currency)
        self._position = 0
        #: algebraic sum of every amount, as the control total has it
        self.control = 0
        self.stated = 0
        self.in_pairs = False
        self._balances: list[Balance] = []
        self._credits: tuple[int | None, int] | None = None
        self._debits: tuple[int | None, int] | None = None
        self._has_current = False
        self._day: date | None = None
        self._read_totals(record, warn)

    def _money(self, number: int) -> Money:
        return new_money(amount=amount_of(number, self._places), currency=self._currency)

    def _read_totals(self, record: Record, warn: Callable[[str], None]) -> None:
        fields = []
        while (field := record.take()) is not None:
            fields.append(field)
        groups = _groups(fields)
        if groups is None:
            groups = _pairs(fields)
            if groups is None:
                raise Invalid("totals_invalid", "The amounts of the account cannot be read", ",".join(fields))
            self.in_pairs = True
            warn("amounts_in_pairs")
        for code, amount, count in groups:
            if not amount:
                continue
            number = cents(amount, signed=True)
            self.control += number
            if code in _BALANCES:
                self._balances.append(Balance(code=_BALANCES[code], money=self._money(number)))
            elif code == "030":
                self._balances.append(Balance(code="INFO", money=self._money(number)))
                self._has_current = True
            elif code == "100":
                self._credits = (int(count) if is_count(count) else None, number)
            elif code == "400":
                self._debits = (int(count) if is_count(count) else None, number)

    def start(self, interim: bool, day: date | None, identification: str) -> StatementStart:
        self._day = day
        codes = {balance.code for balance in self._balances}
        # the current balance and not the closing one: a day that goes on
        interim = interim or ("CLBD" not in codes and (self._has_current or "ITAV" in codes))
        iban = is_iban(self.number)
        self._balances = [Balance(code=balance.code, money=balance.money, date=day) for balance in self._balances]
        return StatementStart(
            format="bai2",
            account=Account(
                iban=self.number if iban else None, number=None if iban else self.number, currency=self._currency
            ),
            identification=identification,
            from_date=day,
            to_date=day,
            balances=tuple(self._balances),
            purpose=INTERIM if interim else STATEMENT,
        )

    def entry(self, record: Record, day: date | None) -> Iterator[Entry]:
        code = record.take() or ""
        if not _TYPE.fullmatch(code):
            raise Invalid("type_invalid", "This is not a type code", code)
        text = record.take()
        if code == "890" and not text:  # a text for a person, no booking
            return
        number = cents(text, signed=False)
        self.control += number
        value_date = _funds(record)
        bank, customer = record.take(), record.take()
        told = record.rest()
        if customer and not told and "  " in customer:
            # the Australian way leaves the references out
            told, customer = [" ".join(customer.split())], None
        self._position += 1
        negative = _is_debit(code)
        named = {match[1]: match[2].strip() for line in told if (match := _NAMED.match(line))}
        remittance = " ".join(told)
        money = self._money(-number if negative and number else number)
        own = reference(customer)
        cheque = own if code in _CHEQUES else None
        yield _new_entry(
            position=self._position,
            money=money,
            status="BOOK",
            booking_date=day,
            value_date=value_date,
            account_servicer_reference=reference(bank),
            is_reversal=code in _RETURNS,
            transaction_code=TransactionCode(proprietary=code, issuer="BAI"),
            details=(
                _new_detail(
                    money=money,
                    references=References(
                        end_to_end_id=reference(named.get("EREF")) or (None if cheque else own), cheque_number=cheque
                    ),
                    counterparty=_party(named, negative) or _originator(remittance),
                    remittance=remittance or None,
                ),
            ),
        )

    def end(self, warnings: tuple[tuple[str, str], ...]) -> StatementEnd:
        summary = None
        if (self._credits or self._debits) and not self.in_pairs:
            credit, debit = self._credits, self._debits
            summary = Summary(
                credit_count=credit[0] if credit else None,
                credit_sum=amount_of(credit[1], self._places) if credit else None,
                debit_count=debit[0] if debit else None,
                debit_sum=amount_of(debit[1], self._places) if debit else None,
            )
        return StatementEnd(balances=tuple(self._balances), summary=summary, warnings=warnings)


def _groups(fields: list[str]) -> list[tuple[str, str, str]] | None:
    """Read type, amount, item count and funds type, as the standard has them; None when they are not."""
    found: list[tuple[str, str, str]] = []
    at = 0
    while at < len(fields):
        code = fields[at]
        if not code:  # one comma too many at the end of a line, or an empty group
            at += 1
            continue
        if not _TYPE.fullmatch(code):
            return None
        amount, count, funds = (fields[index] if index < len(fields) else "" for index in (at + 1, at + 2, at + 3))
        if funds not in _FUNDS or (count and not is_count(count)):
            return None
        at += 4
        if funds == "S":
            at += 3
        elif funds == "V":
            at += 2
        elif funds == "D":
            number = fields[at] if at < len(fields) else ""
            if not is_count(number) or len(number) > 3:
                return None
            at += 1 + 2 * int(number)
        found.append((code, amount, count))
    return found


def _pairs(fields: list[str]) -> list[tuple[str, str, str]] | None:
    """Read type and amount alone, as the Australian way has them."""
    if len(fields) % 2 or not all(_TYPE.fullmatch(code) for code in fields[::2]):
        return None
    return [(code, amount, "") for code, amount in zip(fields[::2], fields[1::2], strict=True)]


def _funds(record: Record) -> date | None:
    """Read the funds type with what belongs to it.

    :return: the value date, if it is one
    """
    funds = record.take() or ""
    if funds not in _FUNDS:
        raise Invalid("funds_invalid", "There is no such funds type", funds)
    if funds == "S":
        for _ in range(3):
            record.take()
    elif funds == "V":
        day = record.take()
        record.take()
        return short_date(day) if day else None
    elif funds == "D":
        number = record.take() or ""
        if not is_count(number) or len(number) > 3:
            raise Invalid("funds_invalid", "The number of availability days is not valid", number)
        for _ in range(2 * int(number)):
            record.take()
    return None


def _is_debit(code: str) -> bool:
    """Tell the direction, which the type code alone has."""
    number = int(code)
    if code in _LOAN_CREDITS:
        return False
    if code in _LOAN_DEBITS:
        return True
    if 100 <= number <= 399 or 920 <= number <= 959:
        return False
    if 400 <= number <= 699 or 960 <= number <= 999:
        return True
    raise Invalid("type_unknown", "This type code tells neither credit nor debit", code)


def _originator(text: str) -> Party | None:
    match = _ORIGINATOR.search(text) if "ORIG CO NAME" in text else None
    return Party(name=" ".join(match[1].split())) if match is not None and match[1].strip() else None


def _party(named: dict[str, str], negative: bool) -> Party | None:
    name, account = ("CRNM", "CACT") if negative else ("DBNM", "DACT")
    if not (named.get(name) or named.get(account)):
        return None
    return Party(name=named.get(name) or None, account_number=named.get(account) or None)
