"""On which day a payment can be executed: banking days, opening times and cut-offs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from odoo.addons.finance_connector_base.timing.windows import Calendar as Opening
from odoo.addons.finance_connector_base.timing.windows import to_local

from .banking_days import Calendar, is_target_day, on_or_after, shifted

# Why it is another day than the wanted one.
PAST = "past"
CUT_OFF = "cut_off"
CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """:param reason: why it is not the wanted day; None: it is"""

    day: date
    reason: str | None = None


def every_day(day: date) -> bool:
    """:return: True: instant payments know no closed day"""
    return True


def execution(
    wanted: date,
    now: datetime,
    *,
    zone: str = "UTC",
    opening: Opening | None = None,
    banking_day: Calendar = is_target_day,
) -> Execution:
    """Find the first day on which a payment that leaves now can be executed, not before the wanted one.

    :param now: naive UTC
    :param zone: where the bank is, when there are no opening times
    :param opening: of the channel; one without an opening ahead counts as always open
    """
    today = to_local(now, opening.zone if opening else zone).date()
    leaves = opening.leaves(now) if opening else now
    earliest = to_local(leaves, opening.zone if opening else zone).date() if leaves else today

    def is_day(day: date) -> bool:
        return banking_day(day) and (opening is None or day not in opening.holidays)

    earliest = on_or_after(earliest, is_day)
    day = on_or_after(max(wanted, earliest), is_day)
    if day == wanted:
        return Execution(day=day)
    if wanted < today:
        return Execution(day=day, reason=PAST)
    if is_day(wanted) and wanted < earliest:
        return Execution(day=day, reason=CUT_OFF)
    return Execution(day=day, reason=CLOSED)


def silent_until(today: date, days: int, banking_day: Calendar = is_target_day) -> date:
    """Find out whose last word is overdue.

    :param days: banking days, at least 1, that a bank may take after the day of execution
    :return: the last day of execution since which so many banking days have begun
    """
    last = today
    while not banking_day(last):
        last -= timedelta(days=1)
    # what is executed on a closed day counts like the banking day before it
    return on_or_after(shifted(last, -days, banking_day) + timedelta(days=1), banking_day) - timedelta(days=1)
