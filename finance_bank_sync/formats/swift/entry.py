"""Field 61, the statement line, with the field 86 that belongs to it (specs/mt940 section A3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import NO_REFERENCES, Charge, Detail, Entry, Exchange, Money, Party, References, TransactionCode
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
from .info import NOTHING, Info, read_info, read_lines, read_named, with_lines

_new_entry = draft(Entry)
_new_detail = draft(Detail)
_new_code = draft(TransactionCode)
_new_references = draft(References)

_LINE = re.compile(
    # value date, entry date, mark, funds code, amount, transaction type, references
    # (some banks write the year with four digits; neither six nor ten digits would be a date of theirs)
    # (and a mark in small letters stands in the examples of one)
    r"(20\d{6}(?=(?:\d{4})?[ ]*[CDREcd])|\d{6})(\d{4}|[ ]{4})?[ ]*(R[CD]|E[CD]|[CDcd])([A-Z])?[ ]*"
    r"([\d,.]{1,40})((?!NONREF)[A-Z][A-Z0-9 ]{3})?(.*)",
    re.ASCII | re.DOTALL,
)
#: credit of the account: C, and the reversal of a debit
_CREDITS = frozenset({"C", "RD", "EC", "c"})
_AMOUNT = re.compile(r"/(OCMT|CHGS)/([A-Z]{3})([\d,]{1,30})", re.ASCII)
_OTHER_AMOUNTS = frozenset({"OCMT/", "CHGS/"})
_RATE = re.compile(r"/EXCH/([0-9]{1,8}[,.][0-9]{1,10}|[0-9]{1,8})(?=/|$)", re.ASCII)
#: an account number of a Dutch bank, also one with wrong check digits
_DUTCH = re.compile(r"NL\d{2}[A-Z]{4}\d{10}", re.ASCII)
#: the type of a Dutch bank, and the account of a party that is named without one
_GIRO = re.compile(r"N\d{3}\d{9,10}", re.ASCII)
_CODED = re.compile(r"P\d{9}", re.ASCII)
#: the columns of a British bank below field 61: name, kind, and a reference that goes on in field 86 where it is full
_BRITISH = re.compile(r"(.{22})(BGC|CHQ|DEB|FPI|FPO|PAY|TFR| DD| SO)(.{0,9})")
_BRITISH_FULL = 9


class LineReader:
    """Reads the statement lines of one message."""

    def __init__(self) -> None:
        self.currency = ""
        #: account of the statement
        self.own = ""
        #: a text with the code 999 begins with the name of the other party
        self.names_first = False
        #: lenient readings: code to the first line and a count
        self.lenient: dict[str, list[int]] = {}

    def read(
        self, position: int, lines: Sequence[str], line: int, info: Sequence[str] | None, more: Sequence[str] | None
    ) -> Entry:
        """Read one line.

        :param info: lines of the field 86, if one follows
        :param more: lines of the field NS, if one follows
        """
        text = lines[0].rstrip()
        rest = [extra for extra in lines[1:] if extra.strip()] if len(lines) > 1 else []
        match = _LINE.match(text)
        if match is None and rest:  # some banks break the line before the amount
            text, rest = text + rest[0].rstrip(), rest[1:]
            match = _LINE.match(text)
        if match is None:
            raise Invalid("line_invalid", "This is not a statement line", text)
        day, entry_date, mark, _funds, amount, kind, after = match.groups()
        value = self._value_date(day[-6:], line)
        number = comma_amount(with_comma(amount) if "." in amount else amount)
        if "." in amount or "," not in amount:
            self._note("amount_with_point" if "." in amount else "amount_without_comma", line)
        if not self.currency:
            raise Invalid("currency_missing", "The message tells no currency")
        money = new_money(
            amount=number if mark in _CREDITS or not number else number.copy_negate(), currency=self.currency
        )
        own, servicer, rest = _two_references(after, rest)
        own_reference = reference(own)
        if own_reference in ("EREF", "PREF", "MARF", "KREF+", "EREF+"):  # "see field 86"
            own_reference = None
        other = name = None
        if own and info is not None and info[0].startswith(own) and (name := _repeated(own, rest, info[0])):
            other, own_reference, rest = own, None, rest[1:]
            while info and (info[0].startswith(own) or not info[0].strip()):
                info = info[1:]
        if len(rest) == 1 and len(rest[0]) >= 25 and (match := _BRITISH.fullmatch(rest[0])) is not None:
            name, rest, info = _columns(match, info)
        told = self._info(info or None, more, negative=money.amount < 0)
        party = told.party
        if party is None and told.code and rest and info and info[0][3:4] == "?":
            party = _before(told.remittance or "", " ".join("".join(rest).split()))
        if party is not None and info and party.iban == self.own and info[0].startswith(self.own):
            party = None  # a text that begins with our own account
        supplement, account = _supplement(rest)
        amounts = f"{supplement or ''}{told.amounts}"
        original, charges, exchange = _amounts(amounts, money) if "/" in amounts else (None, (), None)
        if name and (party is None or not party.name):
            party = replace(party, name=name) if party else Party(name=name)
        account = account or other
        if party is None or not (party.iban or party.account_number):
            if supplement and party and party.name and _GIRO.fullmatch(f"{kind}{supplement}"):
                account, supplement = supplement, None
            if account:
                party = _with_account(party, account)
        detail = _new_detail(
            money=money,
            original=original,
            exchange=exchange,
            references=_references(told, own_reference),
            counterparty=party,
            structured_references=told.structured,
            remittance=told.remittance,
            additional_information=told.text,
            purpose=told.purpose,
            charges=charges,
            return_reason=told.returned,
        )
        kind = kind.strip() if kind else ""
        code = f"{kind}+{told.code}" if kind and told.code else kind or told.code
        return _new_entry(
            position=position,
            money=money,
            status="PDNG" if mark in ("EC", "ED") else "BOOK",
            booking_date=_nearest(entry_date, value) if entry_date and entry_date.strip() else None,
            value_date=value,
            account_servicer_reference=reference(servicer),
            is_reversal=mark in ("RC", "RD"),
            transaction_code=_new_code(proprietary=code) if code else None,
            additional_information=supplement,
            charges=charges,
            original=original,
            exchange=exchange,
            details=(detail,),
        )

    def _info(self, info: Sequence[str] | None, more: Sequence[str] | None, *, negative: bool) -> Info:
        if info is not None:
            is_named = self.names_first and info[0][:3] == "999"
            told = read_named(info) if is_named else read_info(info, negative=negative)
            return told if more is None else with_lines(told, more)
        return read_lines(more) if more is not None else NOTHING

    def _note(self, code: str, line: int) -> None:
        self.lenient.setdefault(code, [line, 0])[1] += 1

    def _value_date(self, text: str, line: int) -> date:
        """Read the value date; German banks count interest by months of 30 days, February's too."""
        if text[2:4] == "02" and text[4:6] in ("29", "30"):
            try:
                return short_date(text)
            except Invalid:
                first_of_march = short_date(text[:2] + "0301")
                self._note("value_date_30_february", line)
                return date.fromordinal(first_of_march.toordinal() - 1)
        return short_date(text)


def _nearest(entry: str, value: date) -> date:
    """Read MMDD: in the year that brings it closest to the value date."""
    if not entry.isdigit():
        raise Invalid("date_invalid", "This is not a valid date", entry)
    month, day = int(entry[:2]), int(entry[2:])
    if month == value.month:
        try:
            return date(value.year, month, day)
        except ValueError:
            raise Invalid("date_invalid", "There is no such day", entry) from None
    candidates = []
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            candidates.append(date(year, month, day))
        except ValueError:
            continue
    if not candidates:
        raise Invalid("date_invalid", "There is no such day", entry)
    return min(candidates, key=lambda day: abs((day - value).days))


def _references(told: Info, own: str | None) -> References:
    """Complete the references of field 86 with the account owner's reference of field 61."""
    if own is None:
        return told.references or NO_REFERENCES
    if told.references is None:
        return _new_references(transaction_id=own)
    return replace(told.references, transaction_id=own)


def _repeated(own: str, rest: Sequence[str], first: str) -> str | None:
    """Return the name where account and name of the other party are reference and supplement, and again in field 86.

    Only what stands there twice is taken for it: a reference can begin a text, too.
    """
    name = first[len(own) :].strip()
    repeats = rest and name.casefold().startswith(rest[0].strip().casefold())
    return name if repeats and first[len(own)] == " " else None


def _two_references(text: str, rest: list[str]) -> tuple[str, str, list[str]]:
    """Read the end of the line: reference of the owner, reference of the bank, and what is left of the supplement."""
    own, _slashes, servicer = text.partition("//")
    if not servicer and rest and rest[0][:2] == "//":  # the line was broken before it
        return own, rest[0][2:], rest[1:]
    if servicer and servicer[:5] in _OTHER_AMOUNTS:
        return own, "", [f"/{servicer}", *rest]
    return own, servicer, rest


def _columns(match: re.Match[str], info: Sequence[str] | None) -> tuple[str | None, list[str], list[str]]:
    """Read name, kind and reference below field 61, where a British bank writes them in columns.

    :return: name of the other party, what is left of the supplement, lines of field 86 with the reference before them
    """
    name, kind, begin = match[1].strip(), match[2].strip(), match[3]
    lines = list(info or ())
    if len(begin) == _BRITISH_FULL and lines:
        lines[0] = begin + lines[0]
    elif begin.strip():
        lines.insert(0, begin)
    if name.endswith("A/C"):  # a transfer of our own, and no name
        return None, [f"{name} {kind}"], lines
    return name or None, [kind], lines


def _before(text: str, kind: str) -> Party | None:
    """Return the party of a Swiss bank: its name stands before what the payment is, which field 61 says, too."""
    name = text.removesuffix(kind).strip(" ;,") if kind and text.endswith(f" {kind}") else ""
    return Party(name=name) if name else None


def _supplement(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """Read what follows the line: the counterparty's account, or a text.

    :return: text, account number
    """
    if not lines:
        return None, None
    text = "".join(lines).strip()
    number = compact(text)
    if is_iban(number) or _DUTCH.fullmatch(number):
        return None, number
    if _CODED.fullmatch(number):
        return None, number[1:].lstrip("0")
    return " ".join(text.split()) or None, None


def _amounts(text: str, money: Money) -> tuple[Money | None, tuple[Charge, ...], Exchange | None]:
    """Read other amounts from the supplement of field 61, or from field 86.

    :return: original amount, charges, rate
    """
    original: Money | None = None
    charges: list[Charge] = []
    for kind, currency, amount in _AMOUNT.findall(text):
        number = comma_amount(amount.rstrip(",") if amount.count(",") > 1 else amount)
        if kind == "CHGS":
            charges.append(Charge(money=Money(amount=_minus(number), currency=currency_code(currency))))
        elif currency != money.currency:
            original = new_money(amount=_minus(number) if money.amount < 0 else number, currency=currency)
    rate = _RATE.search(text)
    value = Decimal(rate[1].replace(",", ".")) if rate is not None else None
    if not value:
        return original, tuple(charges), None
    source = original.currency if original else None
    return original, tuple(charges), Exchange(source_currency=source, target_currency=money.currency, rate=value)


def _minus(number: Decimal) -> Decimal:
    return number.copy_negate() if number else number


def _with_account(party: Party | None, account: str) -> Party:
    iban = account if is_iban(account) else None
    number = None if iban else account
    if party is None:
        return Party(iban=iban, account_number=number)
    return Party(
        name=party.name,
        ultimate_name=party.ultimate_name,
        iban=iban,
        account_number=number,
        bic=party.bic,
        identifier=party.identifier,
    )
