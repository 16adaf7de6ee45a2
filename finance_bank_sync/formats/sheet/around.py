"""Balances that a bank prints above or below the rows of a table, in whatever cells.

Two of them, named as the first and the last balance or dated so, prove the rows between them. One alone proves nothing:
it is kept as what the bank told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ..model import NO_CURRENCY, Balance, Money
from ..text_values import Invalid, compact, is_iban
from .dates import formats
from .names import is_own_account
from .profile import Cells, SheetProfile
from .values import Dates, Numbers, looks_like_number
from .words import CURRENCIES, MONTHS, hints_at_balance, is_balance, plain

OPENING, CLOSING, INFORMATION = "OPBD", "CLBD", "INFO"
_DAY = re.compile(
    r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}(?:st|nd|rd|th|\.)? ?[^\W\d_]{3,12}\.?,? \d{4}\b"
    r"|\b[^\W\d_]{3,12} \d{1,2},? \d{4}\b"
)
#: a figure with decimals, or behind a colon, at the end of a cell that begins with the name of a balance
_DIGITS = r"(?:[A-Z]{3}|[€$£])?\s?[+(\u2212-]*\s?[0-9][0-9.,'\u2019\s]*"
_END = r"[)+\u2212-]?\s?(?:[A-Z]{3}|[€$£]|CR|DR)?"
_FIGURE = re.compile(rf"(.*?)(?:\s*[:=]\s*(?={_DIGITS}{_END}$)|\s+(?={_DIGITS}[.,][0-9]{{2}}{_END}$))(.*)")
#: characters of a cell that tells a balance
_LONGEST = 120
_OPENS = re.compile(
    r"\b(?:opening\w*|beginning|start|starting|previous|brought|balance forward|b f|old|initial|last statement"
    r"|anfang\w*|alter|letzter|saldovortrag|eroffnung\w*|startsaldo|inicial|anterior|iniziale|precedent\w*|ancien"
    r"|depart|ouverture|anterieur|begin\w*|vorig|oud|poczatkow\w*|poprzedni\w*|pocatecni|nyito|ingaende|primo\w*"
    r"|inngaende|alkusaldo|devreden|acilis|awal|dau ky|pocetno|zacetno|algsaldo|pradinis|sakuma|αρχικο|начал\w+)\b"
    r"|期初|承前|前月|входящ|افتتاح|פתיחה|기초|이월|ยอดยกมา"
)
_CLOSES = re.compile(
    r"\b(?:closing\w*|ending|end|new|final|carried|c f|endsaldo|schluss\w*|neuer|abschluss\w*|finale|nouveau|cloture"
    r"|eind\w*|nieuw|koncow\w*|konecny|zaro|utgaende|ultimo\w*|loppusaldo|kapanis|akhir|cuoi ky|krajnje|koncno"
    r"|loppsaldo|galutinis|beigu|τελικο|конечн\w+|крайно)\b|期末|исходящ|ختام|סגירה|기말|ยอดยกไป"
)
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.ASCII)
_CODE = re.compile(r"\b[A-Z]{3}\b", re.ASCII)
#: names of a column that holds one's own account, or the one of the other party
_OF_EITHER = frozenset("iban konto kontonummer account compte cuenta conto ucet".split()) | {"account number"}


@dataclass(slots=True)
class Around:
    """What stands around the rows of a table."""

    above: list[Cells] = field(default_factory=list)
    below: list[Cells] = field(default_factory=list)
    #: what a column beside the rows names as the account of the statement
    accounts: set[str] = field(default_factory=set)

    @property
    def ibans(self) -> list[str]:
        """The account numbers above the rows, or beside every one of them, that are IBANs."""
        if self.is_of_own_column:
            return ibans(self.accounts)
        return ibans(cell for _line, cells in self.above for cell in cells)

    @property
    def is_of_own_column(self) -> bool:
        """Whether a column names one and the same account in every row."""
        return len(self.accounts) == 1


def own_account(header: Sequence[str], first: Sequence[str], places: Mapping[str, int]) -> int:
    """:return: the place of a column with the IBAN of one's own account that a profile does not name, or -1

    A column that is called *IBAN* alone may be the other party's, unless another column is.
    """
    taken = set(places.values())
    for at, name in enumerate(header[: len(first)]):
        is_own = is_own_account(name) and ("party_account" in places or plain(name) not in _OF_EITHER)
        if is_own and at not in taken and is_iban(compact(first[at])):
            return at
    return -1


def ibans(texts: Iterable[str]) -> list[str]:
    """:return: the IBANs in texts, each once"""
    found = (compact(one) for text in texts for one in _IBAN.findall(text.upper()))
    return list(dict.fromkeys(number for number in found if is_iban(number)))


@dataclass(frozen=True, slots=True)
class _Told:
    money: Money
    day: date | None
    #: what its name says; empty where it does not
    code: str


def balances(
    around: Around,
    profile: SheetProfile,
    currency: str,
    days: Sequence[date],
    moved: Decimal,
    known: Sequence[Balance] = (),
) -> tuple[Balance, ...]:
    """Give the balances around the rows of an account.

    :param days: booking dates of the rows
    :param moved: the sum of what was booked
    :param known: balances in rows of their own at the ends
    """
    told = [*_told(around, profile, currency), *(_Told(one.money, one.date, one.code) for one in known)]
    if profile.inverted:
        told = _turned(told, moved)
    first, last = (min(days), max(days)) if days else (None, None)
    by_code: dict[str, set[_Told]] = {}
    for one in told:
        by_code.setdefault(one.code or _by_day(one.day, first, last), set()).add(one)
    ends = [by_code.get(code, set()) for code in (OPENING, CLOSING)]
    figures = [{one.money for one in end} for end in ends]
    if profile.told_balances and all(len(some) == 1 for some in figures):
        return tuple(_balance(code, end) for code, end in zip((OPENING, CLOSING), ends, strict=True))
    return tuple(Balance(code=INFORMATION, money=one.money, date=one.day) for one in dict.fromkeys(told))


def _balance(code: str, told: set[_Told]) -> Balance:
    day = min((one.day for one in told if one.day), default=None)
    return Balance(code=code, money=next(iter(told)).money, date=day)


def _by_day(day: date | None, first: date | None, last: date | None) -> str:
    """Which end of the table a balance is of whose name does not say it."""
    if day is None or first is None or last is None:
        return INFORMATION
    if first == last:
        return OPENING if day < first else CLOSING if day > last else INFORMATION
    return OPENING if day <= first else CLOSING if day >= last else INFORMATION


def _turned(told: list[_Told], moved: Decimal) -> list[_Told]:
    """Where what goes out is positive, so is mostly what is owed; unless the figures say that it is not."""
    ends = {one.code: one.money.amount for one in told}
    if OPENING in ends and CLOSING in ends and ends[OPENING] + moved == ends[CLOSING]:
        return told
    return [replace(one, money=Money(amount=-one.money.amount, currency=one.money.currency)) for one in told]


def _told(around: Around, profile: SheetProfile, currency: str) -> Iterator[_Told]:
    read = _Reader(profile, currency)
    for rows in (around.above, around.below):
        for at, (_line, cells) in enumerate(rows):
            below = rows[at + 1][1] if at + 1 < len(rows) else []
            yield from read(cells, below)


class _Reader:
    """Finds balances in the cells of a row."""

    def __init__(self, profile: SheetProfile, currency: str) -> None:
        self._currency = currency
        self._number = Numbers(profile.decimal_mark, profile.thousands_mark)
        self._date_format = profile.date_format

    def __call__(self, cells: list[str], below: list[str]) -> Iterator[_Told]:
        texts = [" ".join(cell.split()) for cell in cells]
        for at, text in enumerate(texts):
            if not text or len(text) > _LONGEST or not hints_at_balance(text):
                continue
            match = _FIGURE.fullmatch(text)
            if match is not None and _is_figure(match[2]) and _is_name(match[1]):
                name, figure = match[1], match[2]
            elif _is_name(text.rstrip(" :=")):
                name, figure = text.rstrip(" :="), ""
            else:
                continue
            codes: list[str] = []
            if not figure:
                behind = [other for other in texts[at + 1 :] if other]
                figure = next((one for one in behind[:3] if _is_figure(one)), "")
                codes = [one for one in behind[:3] if _CODE.fullmatch(one)]
                if not behind or not figure and _is_name(behind[0].rstrip(" :=")):
                    figure = below[at].strip() if at < len(below) and _is_figure(below[at].strip()) else ""
            told = self._read(name, figure, codes, texts)
            if told is not None:
                yield told

    def _read(self, name: str, figure: str, codes: list[str], texts: list[str]) -> _Told | None:
        told = {*_CODE.findall(figure), *codes, *_CODE.findall(name)} - {"CR", "DR"}
        if not figure or self._currency != NO_CURRENCY and told & CURRENCIES - {self._currency}:
            return None
        try:
            amount = self._number(figure, self._currency)
        except Invalid:
            return None
        day = self._day(name)
        for text in texts:
            day = day or self._day(text)
        return _Told(Money(amount=amount, currency=self._currency), day, _code(name))

    def _day(self, text: str) -> date | None:
        match = _DAY.search(text)
        found = formats([match[0]]) if match else []
        if not match or not found:
            return None
        is_month_first = self._date_format.find("%m") < self._date_format.find("%d")
        # day and month stand as in the rows where both orders are possible
        found.sort(key=lambda code: code.find("%m") < code.find("%d") is not is_month_first)
        return Dates(found[0])(match[0])


def _is_figure(text: str) -> bool:
    return looks_like_number(text) and not _DAY.fullmatch(text)


def _is_name(text: str) -> bool:
    bare = _DAY.sub(" ", text)
    return is_balance(bare) or is_balance(" ".join(word for word in bare.split() if plain(word) not in MONTHS))


def _code(name: str) -> str:
    words = plain(name)
    opens, closes = _OPENS.search(words), _CLOSES.search(words)
    return "" if bool(opens) == bool(closes) else OPENING if opens else CLOSING
