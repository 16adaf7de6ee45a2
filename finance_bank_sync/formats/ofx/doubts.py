"""Transactions whose amount waits for another one of the file, which tells the decimal mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from ..amounts import NEITHER, Amount, Marks, mark_by_currency, question, read_amount, without_sign
from ..model import Entry, FormatError, StatementEnd, StatementEvent
from ..text_values import Invalid

#: events that wait; in most files the next amount or the one after tells
_MOST_HELD = 200_000

#: number of the statement, and position of the entry, or the place of a balance counted down from zero
_Key = tuple[int, int]


class Doubts:
    """Reads the amounts of a file; those that say too little are settled as soon as another one says more."""

    def __init__(self, decimal: str = "") -> None:
        self._marks = Marks(decimal)
        #: by the key of the entry or balance: the amount, and its currency
        self._open: dict[_Key, tuple[Amount, str]] = {}
        #: the first one, and where it stands
        self._first: Amount | None = None
        self._place = ""
        #: where the amounts stand that are read now
        self.line = 0

    def number(self, text: str, key: _Key, currency: str) -> Decimal:
        """Read an amount.

        :raise Invalid: it is none
        :raise Question: it contradicts those that decided already
        """
        try:
            amount = read_amount(text)
        except Invalid:
            amount = read_amount(without_sign(text, currency))
        if amount.doubtful:
            if self._first is None:
                self._first, self._place = amount, f"line {self.line}"
            if self._marks.decimal and not self._open:
                return self._marks.settle(amount)
            self._open[key] = amount, currency
        elif amount.decimal and amount.decimal not in self._marks.shown:
            self._marks.see(amount)
            if self._first is not None and self._marks.are_mixed:
                raise question(self._first, self._place)
        return amount.value

    def settled(self, events: Iterable[StatementEvent]) -> Iterator[StatementEvent]:
        """Give the events, none before its amount is certain.

        :raise Question: nothing tells the decimal mark
        """
        held: list[StatementEvent] = []
        statement = 0
        for event in events:
            if not self._open and not held:
                if isinstance(event, StatementEnd):
                    statement += 1
                yield event
                continue
            held.append(event)
            if self._marks.decimal:
                for waited in self._release(held, statement, self._marks.decimal):
                    statement += isinstance(waited, StatementEnd)
                    yield waited
                held = []
            elif len(held) > _MOST_HELD:
                raise FormatError(
                    "amount_ambiguous", f"None of {_MOST_HELD} amounts tells its decimal mark", place=self._place
                )
        if held:
            yield from self._at_the_end(held, statement)

    def _at_the_end(self, held: list[StatementEvent], statement: int) -> Iterator[StatementEvent]:
        amounts = [amount for amount, _currency in self._open.values()]
        mark = (
            ""
            if self._marks.are_mixed
            else mark_by_currency(amounts, {currency for _amount, currency in self._open.values()})
        )
        if not mark:
            raise question(self._first or amounts[0], self._place)
        end = held[-1]
        if mark == NEITHER and isinstance(end, StatementEnd):
            held[-1] = replace(end, warnings=(*end.warnings, ("thousands_assumed", self._place)))
        yield from self._release(held, statement, mark)

    def _release(self, held: list[StatementEvent], statement: int, mark: str) -> Iterator[StatementEvent]:
        """:param statement: how many ended before the first of these events"""
        settled = {key: self._marks.settle(amount, mark) for key, (amount, _currency) in self._open.items()}
        self._open = {}
        number = statement + 1
        for event in held:
            if isinstance(event, Entry):
                amount = settled.get((number, event.position))
                yield event if amount is None else _with_amount(event, amount)
            elif isinstance(event, StatementEnd):
                yield replace(
                    event,
                    balances=tuple(
                        replace(balance, money=replace(balance.money, amount=settled[number, -at]))
                        if (number, -at) in settled
                        else balance
                        for at, balance in enumerate(event.balances)
                    ),
                )
                number += 1
            else:
                yield event


def _with_amount(entry: Entry, amount: Decimal) -> Entry:
    money = replace(entry.money, amount=amount)
    return replace(entry, money=money, details=tuple(replace(detail, money=money) for detail in entry.details))
