"""Kinds of balances and the moment each of them tells about (K-04).

The codes are ISO 20022 ExternalBalanceType1Code; other formats are translated to them when they are
read (MT940 60F/62F/64/65, BAI2 010/015/040/045, OFX LEDGERBAL/AVAILBAL).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from decimal import Decimal

from ..formats.model import Balance

#: code -> name shown to users
KINDS: dict[str, str] = {
    "OPBD": "Opening booked",
    "CLBD": "Closing booked",
    "PRCD": "Previously closed booked",
    "ITBD": "Interim booked",
    "OPAV": "Opening available",
    "CLAV": "Closing available",
    "ITAV": "Interim available",
    "FWAV": "Forward available",
    "XPCD": "Expected",
    "INFO": "For information",
    "OTHR": "Other",
}

#: what was booked, in the order in which they count at one and the same moment
BOOKED = ("CLBD", "ITBD", "PRCD", "OPBD")
#: what can be disposed of
AVAILABLE = ("CLAV", "ITAV", "OPAV")
#: kinds that tell about the beginning of their day
OPENING = ("OPBD", "OPAV")
#: kinds that tell about some moment of their day
_INTERIM = frozenset({"ITBD", "ITAV", "XPCD", "INFO", "OTHR"})
#: kinds that tell about a day to come; what counts is when they were told
_FORWARD = frozenset({"FWAV"})

_DAY_BEGINS, _DAY_ENDS = time(0, 0, 0), time(23, 59, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One balance as it is stored.

    :param kind: a key of :data:`KINDS`
    :param day: the day that the balance is of; of a forward balance, the day to come
    :param moment: UTC without a zone; which of two balances is the later one
    """

    kind: str
    amount: Decimal
    currency: str
    day: date
    moment: datetime


def told(balances: Iterable[Balance], *, at: datetime) -> Iterator[Told]:
    """What is stored of the balances of one statement or answer.

    A kind that is told twice for one moment counts once, the last time: pages and parts of a day
    print their interim balance first and last.

    :param at: when the bank told it, UTC without a zone; a balance without a date is of that day
    """
    found: dict[tuple[str, date, datetime, str], Told] = {}
    for balance in balances:
        kind = balance.code if balance.code in KINDS else "OTHR"
        day = balance.date or at.date()
        moment = moment_of(kind, day, at)
        found[kind, day, moment, balance.money.currency] = Told(
            kind=kind, amount=balance.money.amount, currency=balance.money.currency, day=day, moment=moment
        )
    yield from found.values()


def moment_of(kind: str, day: date, at: datetime) -> datetime:
    """The moment that a balance is about.

    An opening balance is about the begin of its day and a closing balance about the end, whenever
    they were told; an interim balance is about the time it was told, within its day.
    """
    begins, ends = datetime.combine(day, _DAY_BEGINS), datetime.combine(day, _DAY_ENDS)
    if kind in OPENING:
        return begins
    if kind in _FORWARD:
        return at
    if kind in _INTERIM:
        return min(max(at, begins), ends)
    return ends


def parse_moment(text: str | None) -> datetime | None:
    """``CreDtTm`` as it is stored, as UTC without a zone; a time without a zone is taken as it stands.

    :return: None when the text is no point in time
    """
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment).replace(microsecond=0)
