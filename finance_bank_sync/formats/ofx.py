"""Open Financial Exchange 1.x and 2.x: bank and card statements (specs/mt940_ofx_bai2.md section B).

A file tells the ledger balance at the time of the download and no opening balance, so it cannot be
proved and is not: nothing is computed backwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import BinaryIO

from odoo.addons.finance_connector_base.engine.drafts import draft

from .model import (
    NO_CURRENCY,
    Account,
    Balance,
    Detail,
    Entry,
    Exchange,
    FormatError,
    Party,
    References,
    StatementEnd,
    StatementEvent,
    StatementStart,
    TransactionCode,
)
from .ofx_tokens import ROOT, Tokens
from .text_values import Invalid, compact, currency_code, is_iban, new_money, plain_decimal, reference, without_spaces

_new_entry = draft(Entry)
_new_detail = draft(Detail)
_new_party = draft(Party)
_new_references = draft(References)

#: tags that hold tags; every other tag holds a text or nothing, and need not be closed
_AGGREGATES = frozenset(
    "OFX SIGNONMSGSRSV1 SONRS BANKMSGSRSV1 CREDITCARDMSGSRSV1 INVSTMTMSGSRSV1 STMTTRNRS CCSTMTTRNRS INVSTMTTRNRS STATUS"
    " STMTRS CCSTMTRS INVSTMTRS BANKACCTFROM CCACCTFROM BANKACCTTO CCACCTTO BANKTRANLIST BANKTRANLISTP STMTTRN STMTTRNP"
    " INVTRANLIST INVBANKTRAN LEDGERBAL AVAILBAL BALLIST BAL PAYEE CURRENCY ORIGCURRENCY".split()
)
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
_TRANSACTIONS = frozenset({"STMTTRN", "STMTTRNP"})
_DATE = re.compile(r"(\d{8})(?:\d{0,6}(?:\.\d{1,6})?)?\s*(?:\[[^\]]{0,20}\]|:\d{1,6})?", re.ASCII)
_HEADER = re.compile(r"[A-Z]{4,20}:[^<>:]{1,40}")
#: what the card statement of an Australian bank is ended by
_ENDED_AS = {"STMTRS": "CCSTMTRS", "STMTTRNRS": "CCSTMTTRNRS"}
_NUMBER = re.compile(r"([+-]?)([0-9][0-9.,]*|[.,][0-9]+)", re.ASCII)
_MOST_FIELDS = 200
_PERIOD = "period_unreadable"


class Ofx:
    """OFX, QFX and QBO files."""

    code = "ofx"
    name = "OFX / QFX / QBO"

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the file begins with an OFX header or the element."""
        text = head.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip().upper()
        if text.startswith(("OFXHEADER:", "<?OFX")) or ROOT.match(text):
            return True
        if text.startswith("<?XML"):
            return re.search(r"<\?OFX\s|<OFX\s*>", text) is not None
        # some programs write only a few lines of the header
        root = ROOT.search(text)
        return root is not None and all(_HEADER.fullmatch(line) for line in text[: root.start()].split())

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Stream the statements of a file.

        :raise FormatError: a tag or a value is missing or not valid, or the file ends too early
        """
        return _Run(stream).events()


class _Run:
    """One pass over one file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._tokens = Tokens(stream)
        self._stack: list[str] = []
        self._statement: _Statement | None = None
        #: texts of the transaction, and of what stands in it as ``PAYEE/NAME``
        self._values: dict[str, str] | None = None
        self._values_depth = 0
        self._began = 0
        self._count = 0
        self._refusals: list[str] = []
        #: line of the first investment statement
        self._investments = 0
        self._complete = False
        #: whether transactions are ended by a tag; some banks end none of them, and no file does both
        self._ends_transactions: bool | None = None
        self._last_status: dict[str, str] = {}

    def events(self) -> Iterator[StatementEvent]:
        """Give the events; what the file holds besides its statements is told with the end of the last one."""
        end: StatementEnd | None = None
        for event in self._events():
            if end is not None:
                yield end
            end = event if isinstance(event, StatementEnd) else None
            if end is None:
                yield event
        if end is not None and self._investments:
            end = replace(end, warnings=(*end.warnings, ("investment_left_out", f"line {self._investments}")))
        if end is not None:
            yield end

    def _events(self) -> Iterator[StatementEvent]:
        for line, name, is_end, text in self._tokens:
            try:
                if name == "PAYEE" and (text if not is_end else self._stack[-1:] != [name]):
                    # some banks write the payee's name where his address belongs, with or without an end tag
                    if not is_end:
                        self._value(name, text)
                elif name in _AGGREGATES:
                    if self._stack and self._stack[-1] in _TRANSACTIONS:
                        yield from self._end_transaction(name, is_end) or ()
                    if is_end:
                        yield from self._close(name) or ()
                    else:
                        self._open(name, line)
                elif not is_end:
                    self._value(name, text)
            except Invalid as error:
                began = self._began if self._values is not None else line
                raise FormatError(
                    error.code,
                    error.message,
                    place=f"line {error.line or began}, {self._path(name)}",
                    value=error.value,
                ) from None
        if not self._complete:
            raise FormatError("truncated", "The file ends before </OFX>", place="end of file")
        if not self._count:
            if self._refusals:
                raise FormatError("bank_error", f"The bank sent no statement: {'; '.join(self._refusals)[:200]}")
            other = "an investment statement, and " if self._investments else ""
            raise FormatError("statement_missing", f"The file holds {other}no bank or card statement")

    def _path(self, name: str) -> str:
        where = f"statement {self._count}, " if self._statement else ""
        number = f"[{self._statement.position + 1}]" if self._statement and self._values is not None else ""
        return f"{where}{'/'.join(self._stack[-2:])}{number}/{name}"

    def _end_transaction(self, name: str, is_end: bool) -> Iterator[StatementEvent] | None:
        """Look at a tag in a transaction, and end the transaction where the tag cannot stand in it.

        A file ends all of its transactions, or none: where it does both, something is missing.
        """
        if is_end and name == self._stack[-1]:
            if self._ends_transactions is False:
                raise Invalid("ofx_syntax", "Not every transaction before this one was ended", name)
            self._ends_transactions = True
            return None
        is_outside = name in self._stack[:-1] if is_end else name in _TRANSACTIONS
        if self._ends_transactions or not is_outside or self._statement is None:
            return None
        self._ends_transactions = False
        self._statement.warn("transaction_without_end")
        return self._close(self._stack[-1])

    def _open(self, name: str, line: int) -> None:
        if self._complete:
            raise Invalid("ofx_syntax", "Something follows the end of the file's contents", name)
        stack = self._stack
        if not stack and name != "OFX":
            raise Invalid("ofx_syntax", "The first tag is not <OFX>", name)
        if name in stack:
            raise Invalid("ofx_syntax", f"<{name}> stands inside of another one", name)
        if stack and stack[-1] == "BANKTRANLIST" and name in ("LEDGERBAL", "AVAILBAL") and self._statement is not None:
            # one bank leaves the end of the list out; nothing but its own contents can stand in it
            self._statement.warn("list_without_end")
            stack.pop()
        stack.append(name)
        if name == "INVSTMTRS":
            self._investments = self._investments or line
        elif name in _STATEMENTS:
            self._count += 1
            self._statement = _Statement(self._count)
        elif name in _TRANSACTIONS and self._statement is not None:
            self._values, self._began, self._values_depth = {}, line, len(stack)
        elif self._statement is not None and name == "LEDGERBAL":
            self._statement.once(name)

    def _close(self, name: str) -> Iterator[StatementEvent] | None:
        stack = self._stack
        if stack and stack[-1] == _ENDED_AS.get(name):
            name = stack[-1]
        if not stack or stack[-1] != name:
            raise Invalid("ofx_syntax", f"</{name}> does not end what was opened last", name)
        statement = self._statement
        event: Iterator[StatementEvent] | None = None
        if statement is not None:
            if name in _TRANSACTIONS and self._values is not None:
                event = iter(list(statement.entry(self._values, pending=name == "STMTTRNP")))
                self._values = None
            elif name in _STATEMENTS:
                event = iter(list(statement.close(self._tokens.warnings())))
                self._statement = None
            elif self._values is None and name in ("LEDGERBAL", "AVAILBAL"):
                statement.balance(name)
        if name == "STATUS":
            self._status()
        stack.pop()
        if not stack:
            self._complete = True
        return event

    def _value(self, name: str, text: str) -> None:
        stack = self._stack
        if not text or not stack:
            return
        if self._values is not None:
            key = name if len(stack) == self._values_depth else f"{stack[-1]}/{name}"
            if key in self._values and key in ("TRNAMT", "DTPOSTED", "FITID"):
                raise Invalid("element_repeated", f"{key} stands there twice", text)
            if len(self._values) >= _MOST_FIELDS:
                raise Invalid("entry_too_large", f"A transaction has more than {_MOST_FIELDS} values")
            self._values[key] = text
        elif stack[-1] == "STATUS":
            self._last_status[name] = text
        elif self._statement is not None:
            self._statement.value(stack[-1], name, text)

    def _status(self) -> None:
        status, self._last_status = self._last_status, {}
        code = status.get("CODE", "0")
        if code.strip("0"):
            self._refusals.append(f"{status.get('SEVERITY', 'ERROR')} {code} {status.get('MESSAGE', '')}".strip())


class _Statement:
    """One ``STMTRS`` or ``CCSTMTRS``."""

    def __init__(self, number: int) -> None:
        self.position = 0
        self._number = number
        self._started = False
        self._values: dict[str, str] = {}
        self._balances: list[Balance] = []
        self._seen: set[str] = set()
        self._warnings: dict[str, int] = {}

    def once(self, name: str) -> None:
        if name in self._seen:
            raise Invalid("element_repeated", f"{name} stands there twice")
        self._seen.add(name)

    def value(self, parent: str, name: str, text: str) -> None:
        """Take a text of the header or a balance."""
        self._values[f"{parent}/{name}"] = text

    def _text(self, *paths: str) -> str | None:
        for path in paths:
            if self._values.get(path):
                return self._values[path]
        return None

    @property
    def _currency(self) -> str:
        """The one of the statement; small banks leave it out, and nothing else in the file tells it."""
        text = self._text("STMTRS/CURDEF", "CCSTMTRS/CURDEF")
        return NO_CURRENCY if text is None else currency_code(text.upper())

    def balance(self, name: str) -> None:
        amount = self._values.pop(f"{name}/BALAMT", None)
        day = self._values.pop(f"{name}/DTASOF", None)
        if amount is None:
            self.warn("balance_empty")
            return
        self._balances.append(
            Balance(
                code="CLBD" if name == "LEDGERBAL" else "CLAV",
                money=new_money(amount=_amount(amount), currency=self._currency),
                date=self._told(day, "balance_date_unreadable"),
            )
        )

    def warn(self, code: str) -> None:
        """Count a lenient reading."""
        self._warnings[code] = self._warnings.get(code, 0) + 1

    def _start(self) -> Iterator[StatementEvent]:
        if self._started:
            return
        self._started = True
        number = compact(self._text("BANKACCTFROM/ACCTID", "CCACCTFROM/ACCTID") or "")
        if not number:
            raise Invalid("account_missing", "The statement names no account (ACCTID)")
        iban = is_iban(number)
        self._account = Account(
            iban=number if iban else None,
            number=None if iban else number,
            currency=None if self._currency == NO_CURRENCY else self._currency,
        )
        begin, end = self._text("BANKTRANLIST/DTSTART"), self._text("BANKTRANLIST/DTEND")
        yield StatementStart(
            format="ofx", account=self._account, from_date=self._told(begin, _PERIOD), to_date=self._told(end, _PERIOD)
        )

    def _told(self, text: str | None, warning: str) -> date | None:
        """Read a date by which nothing is booked (of the period, of a balance): a misspelling refuses no statement."""
        try:
            return _date(text) if text else None
        except Invalid:
            self.warn(warning)
            return None

    def entry(self, values: dict[str, str], *, pending: bool) -> Iterator[StatementEvent]:
        """Give the transaction whose texts were collected."""
        yield from self._start()
        get = values.get
        text = get("TRNAMT")
        if text is None:
            raise Invalid("amount_missing", "The transaction has no amount (TRNAMT)")
        day = get("DTPOSTED") or (get("DTTRAN") if pending else None)
        if day is None:
            raise Invalid("date_missing", "The transaction has no date (DTPOSTED)")
        currency = self._account.currency or NO_CURRENCY
        if "CURRENCY/CURSYM" in values:  # the amount is in this currency, not in the account's
            currency = currency_code(values["CURRENCY/CURSYM"].upper())
        status = "PDNG" if pending else "BOOK"
        if not text.strip(".,+- "):
            # a note in the place of a transaction (the balance of a day): there is nothing to book
            text, status = "0", "INFO"
            self.warn("transaction_without_amount")
        money = new_money(amount=_amount(text), currency=currency)
        if "CORRECTFITID" in values:
            # it replaces or deletes what was booked before: a person has to decide
            status = "INFO"
            self.warn("correction_not_booked")
        exchange = None
        if "ORIGCURRENCY/CURSYM" in values:
            rate = get("ORIGCURRENCY/CURRATE")
            exchange = Exchange(
                source_currency=currency_code(values["ORIGCURRENCY/CURSYM"].upper()),
                target_currency=currency,
                rate=_rate(rate) if rate else None,
            )
        self.position += 1
        kind = get("TRNTYPE")
        yield _new_entry(
            position=self.position,
            money=money,
            status=status,
            booking_date=_date(day),
            value_date=_date(values["DTAVAIL"]) if "DTAVAIL" in values else None,
            account_servicer_reference=reference(get("FITID")),
            transaction_code=TransactionCode(proprietary=kind, issuer="OFX") if kind else None,
            exchange=exchange,
            details=(
                _new_detail(
                    money=money,
                    exchange=exchange,
                    references=_new_references(
                        cheque_number=reference(get("CHECKNUM")), transaction_id=reference(get("REFNUM"))
                    ),
                    counterparty=_party(values),
                    remittance=_clean(get("MEMO")),
                ),
            ),
        )

    def close(self, notes: tuple[tuple[str, str], ...]) -> Iterator[StatementEvent]:
        yield from self._start()
        warnings = [(code, f"statement {self._number}, {count} times") for code, count in self._warnings.items()]
        yield StatementEnd(balances=tuple(self._balances), warnings=(*warnings, *notes))


def _party(values: dict[str, str]) -> Party | None:
    name = _clean(values.get("EXTDNAME") or values.get("PAYEE/NAME") or values.get("NAME") or values.get("PAYEE"))
    number = compact(values.get("BANKACCTTO/ACCTID") or values.get("CCACCTTO/ACCTID") or "")
    if not name and not number:
        return None
    iban = is_iban(number)
    return _new_party(name=name, iban=number if iban else None, account_number=number if number and not iban else None)


def _clean(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


@lru_cache(maxsize=2048)
def _date(text: str) -> date:
    """Read the calendar date as it is written; time and zone never move it."""
    match = _DATE.fullmatch(text.strip()) if len(text) < 60 else None
    if match is None:
        raise Invalid("date_invalid", "This is not a valid date", text)
    digits = match[1]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise Invalid("date_invalid", "There is no such day", text) from None


@lru_cache(maxsize=4096)
def _amount(text: str) -> Decimal:
    """Read a signed amount: decimal point or comma, and the other one between thousands."""
    match = _NUMBER.fullmatch(without_spaces(text)) if len(text) < 60 else None
    if match is None:
        raise Invalid("amount_invalid", "This is not a valid amount", text)
    digits = match[2]
    mark = max(digits.rfind("."), digits.rfind(","))
    whole, fraction = (digits, "") if mark < 0 else (digits[:mark], digits[mark + 1 :])
    if "." in whole or "," in whole:
        other = "," if digits[mark] == "." else "."
        groups = whole.split(other)
        if not all(group.isdigit() for group in groups) or any(len(group) != 3 for group in groups[1:]):
            raise Invalid("amount_invalid", "This is not a valid amount", text)
        whole = "".join(groups)
    number = plain_decimal(whole, fraction, text)
    return number.copy_negate() if match[1] == "-" and number else number


def _rate(text: str) -> Decimal | None:
    """Read a rate, which is only shown."""
    match = re.fullmatch(r"([0-9]{1,12})(?:[.,]([0-9]{1,12}))?", text.strip(), re.ASCII)
    return Decimal(f"{match[1]}.{match[2] or '0'}") if match else None
