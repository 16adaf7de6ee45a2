"""From balances of a package to the rows that a target gets, and the sums that must be there afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..balances.neutral import Balance
from .contract import Job, Key, Line, Mode, Parameter, Place, Total
from .tables import words

#: settings that every target has
PARAMETERS = (
    Parameter(name="amounts", about="local (functional currency), group, or both", default="local"),
    Parameter(
        name="figures", about="ytd: what accounts stand at; periodic: the change within the period", default="ytd"
    ),
    Parameter(
        name="sign", about="debit: debit is positive; natural: liabilities and income are positive", default="debit"
    ),
    Parameter(name="leave_out", about="Accounts that the platform computes itself, e.g. the result of the year"),
)
#: kinds of accounts that a natural sign turns: a liability of 100 is 100, not -100
_TURNED = frozenset({"liability", "equity", "income"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How figures are told.

    :param amounts: ``local``, ``group`` or ``both``
    :param view: ``ytd`` (what accounts stand at) or ``periodic`` (the change within the period)
    :param sign: ``debit`` (debit positive) or ``natural``
    :param left_out: accounts that the platform computes itself
    :param dimensions: codes of the members of balances, in their order
    """

    amounts: str = "local"
    view: str = "ytd"
    sign: str = "debit"
    left_out: frozenset[str] = frozenset()
    dimensions: Sequence[str] = ()

    @classmethod
    def of(cls, job: Job, dimensions: Sequence[str]) -> Shape:
        """:raise ValueError: naming the setting that makes no sense"""
        shape = cls(
            amounts=job.said("amounts") or "local",
            view=job.said("figures") or "ytd",
            sign=job.said("sign") or "debit",
            left_out=frozenset(words(job.said("leave_out"))),
            dimensions=dimensions,
        )
        shape.check()
        return shape

    def check(self) -> None:
        """:raise ValueError: what is asked for there is not"""
        if self.amounts not in ("local", "group", "both"):
            raise ValueError("amounts")
        if self.view not in ("ytd", "periodic"):
            raise ValueError("figures")
        if self.sign not in ("debit", "natural"):
            raise ValueError("sign")


def lines(
    place: Place, shape: Shape, balances: Iterable[Balance], link: Callable[[str], str] = lambda account: ""
) -> Iterator[Line]:
    """Tell balances in the shape of a target.

    :param link: account -> where it can be traced
    :raise ValueError: of :meth:`Shape.check`, or ``translation``: a balance is not translated
    """
    shape.check()
    for balance in balances:
        if balance.account in shape.left_out:
            continue
        sign = -1 if shape.sign == "natural" and balance.kind in _TURNED else 1
        members = {code: member for code, member in zip(shape.dimensions, balance.members, strict=False) if member}
        local, group = (
            (balance.period, balance.period_group)
            if shape.view == "periodic"
            else (balance.closing, balance.amount_group)
        )
        told: list[tuple[str, Decimal | None, bool]] = []
        if shape.amounts in ("local", "both"):
            told.append((place.currency, local, False))
        if shape.amounts in ("group", "both"):
            told.append((place.group_currency, group, True))
        for currency, amount, is_group in told:
            if amount is None:
                raise ValueError("translation")
            yield Line(
                entity=place.entity,
                account=balance.account,
                name=balance.name,
                currency=currency,
                amount=sign * amount,
                is_group=is_group,
                partner=balance.partner,
                movement=balance.movement,
                members=members,
                link=link(balance.account),
                source=balance,
            )


def cell(line: Line) -> tuple[object, ...]:
    """:return: where a row goes: what has the same overwrites it"""
    return (line.entity, line.account, line.partner, line.movement, line.currency, tuple(sorted(line.members.items())))


def chosen(mode: Mode, whole: Iterable[Line], changes: Iterable[Line]) -> Iterator[Line]:
    """Choose what a later version sends.

    A platform that overwrites gets the cells that changed with what they are now, not with the difference: a change of
    100 would replace a balance of 5000.
    """
    if mode == "amounts":
        yield from changes
        return
    touched = None if mode == "whole" else {cell(line) for line in changes}
    yield from (line for line in whole if touched is None or cell(line) in touched)


class Tally:
    """What rows come to, and what they say, noted while they go by."""

    def __init__(self) -> None:
        self.sums: dict[Key, Decimal] = {}
        self.rows = 0
        self._digests = 0

    def watch(self, told: Iterable[Line]) -> Iterator[Line]:
        """:return: the same rows"""
        for line in told:
            key = (line.entity, line.account, line.currency)
            self.sums[key] = self.sums.get(key, Decimal(0)) + line.amount
            self.rows += 1
            # added up, so that a million rows need not be sorted
            self._digests = (self._digests + _digest(line)) % (1 << 256)
            yield line

    @property
    def fingerprint(self) -> str:
        """:return: SHA-256 over what the rows say, whatever file they are written to, and in whatever order"""
        return hashlib.sha256(self._digests.to_bytes(32, "big")).hexdigest()


def _digest(line: Line) -> int:
    text = "\x1f".join(
        (
            *(line.entity, line.account, line.partner, line.movement, line.currency),
            *(f"{code}={member}" for code, member in sorted(line.members.items())),
            # 0.10 and 0.1 are the same amount, and zero has no sign
            format(line.amount.normalize() + 0, "f"),
        )
    )
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One account of one company on both sides; zero where a side has none."""

    key: Key
    sent: Decimal
    there: Decimal

    @property
    def difference(self) -> Decimal:
        """:return: what the platform has too much"""
        return self.there - self.sent


def compare(sent: Mapping[Key, Decimal], there: Iterable[Total]) -> list[Compared]:
    """Compare what was sent with what is there, account by account (C-09).

    :return: in the order of companies and accounts, also what only one side has
    """
    found: dict[Key, Decimal] = {}
    for total in there:
        found[total.key] = found.get(total.key, Decimal(0)) + total.amount
    zero = Decimal(0)
    return [
        Compared(key=key, sent=sent.get(key, zero), there=found.get(key, zero))
        for key in sorted(sent.keys() | found.keys())
    ]
