"""Rules of SEPA direct debit mandates: sequence, expiry, days, amendments (EPC rulebooks CORE and B2B; K-16)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .banking_days import Calendar, is_target_day, on_or_after, shifted
from .model import Amendment

CORE, B2B = "CORE", "B2B"
FIRST, RECURRENT, ONCE, LAST = "FRST", "RCUR", "OOFF", "FNAL"

#: how a collection ended: not presented or still open; refused before it was settled; settled; settled and given back
OPEN, REFUSED, PAID, GIVEN_BACK = "open", "refused", "paid", "given_back"

#: a mandate ends when nothing was presented for so long
EXPIRY_MONTHS = 36
#: calendar days between the announcement and the collection, unless agreed otherwise
NOTICE_DAYS = 14
#: weeks in which a debtor gets the money back without a reason (CORE), and months without a valid mandate
REFUND_WEEKS, UNAUTHORISED_MONTHS = 8, 13


class MandateError(Exception):
    """A collection is not allowed; ``code`` is stable, the message says why and what to do, in English.

    :param day: the day that it turns on, where there is one: for whoever says it in another language
    """

    def __init__(self, code: str, message: str, day: date | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.day = day


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A collection by the mandate that was presented before.

    :param due: its day
    :param sequence: ``FRST``, ``RCUR``, ``OOFF`` or ``FNAL``
    :param outcome: :data:`OPEN`, :data:`REFUSED`, :data:`PAID` or :data:`GIVEN_BACK`
    """

    due: date
    sequence: str
    outcome: str = PAID


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A mandate as its rules need it.

    :param kind: :data:`CORE` or :data:`B2B`
    :param is_once: for a single collection
    :param ended_on: the debtor or we have ended it
    :param needs_first: this bank still wants ``FRST``; since November 2016 the first collection may be ``RCUR``
    :param is_confirmed: B2B: the debtor's bank has confirmed that it knows the mandate
    """

    signed_on: date
    kind: str = CORE
    is_once: bool = False
    ended_on: date | None = None
    needs_first: bool = True
    is_confirmed: bool = True


def next_sequence(terms: Terms, history: Iterable[Collected], due: date, *, is_last: bool = False) -> str:
    """The sequence type of the next collection.

    What was refused before it was settled does not count: it is presented again as what it was. What was settled and
    given back does count.

    :raise MandateError: there must be none
    """
    past = sorted(history, key=lambda one: one.due)
    counted = [one for one in past if one.outcome != REFUSED]
    if due < terms.signed_on:
        raise MandateError(
            "mandate_not_signed", f"The mandate was signed on {terms.signed_on}, after the collection", terms.signed_on
        )
    if terms.ended_on is not None and due > terms.ended_on:
        raise MandateError("mandate_ended", f"The mandate ended on {terms.ended_on}: ask for a new one", terms.ended_on)
    if any(one.sequence == LAST for one in counted):
        raise MandateError("mandate_finished", "The last collection was made: ask for a new mandate")
    if due > (end := expires_on(terms, past)):
        raise MandateError("mandate_expired", f"The mandate expired on {end}: ask for a new one", end)
    if terms.kind == B2B and not terms.is_confirmed:
        raise MandateError("mandate_unconfirmed", "The debtor's bank has not confirmed the B2B mandate yet")
    if terms.is_once:
        if counted:
            raise MandateError("mandate_used", "The mandate is for one collection, which was made")
        return ONCE
    if is_last:
        return LAST
    if not counted and terms.needs_first:
        return FIRST
    return RECURRENT


def expires_on(terms: Terms, history: Iterable[Collected]) -> date:
    """The last day of the mandate: 36 months after the last collection that was presented, whatever became of it."""
    last = max((one.due for one in history), default=terms.signed_on)
    return _months_later(max(last, terms.signed_on), EXPIRY_MONTHS)


def due_day(wanted: date, calendar: Calendar = is_target_day) -> date:
    """The day on which it can be collected: the wanted one, or the next banking day."""
    return on_or_after(wanted, calendar)


def present_until(due: date, lead_days: int = 1, calendar: Calendar = is_target_day) -> date:
    """The last day on which the bank must have the file.

    :param lead_days: banking days of the profile: one since November 2016, for CORE and B2B
    """
    return shifted(on_or_after(due, calendar), -lead_days, calendar)


def present_from(due: date) -> date:
    """The first day on which banks take the file: 14 calendar days before."""
    return due - timedelta(days=14)


def earliest_due(
    today: date, lead_days: int = 1, notice_days: int = NOTICE_DAYS, calendar: Calendar = is_target_day
) -> date:
    """The first day that can be collected when announcement and file leave today."""
    by_lead = shifted(on_or_after(today, calendar), lead_days, calendar)
    return max(by_lead, on_or_after(today + timedelta(days=notice_days), calendar))


def announce_until(due: date, notice_days: int = NOTICE_DAYS) -> date:
    """The last day on which the debtor has to be told (pre-notification)."""
    return due - timedelta(days=notice_days)


def refund_until(terms: Terms, due: date, *, has_mandate: bool = True) -> date | None:
    """The last day on which the debtor can have the money back; None: not at all.

    :param has_mandate: the creditor can show a valid mandate
    """
    if not has_mandate:
        return _months_later(due, UNAUTHORISED_MONTHS)
    return due + timedelta(weeks=REFUND_WEEKS) if terms.kind == CORE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a mandate was when it was last collected by, or is now."""

    mandate: str
    creditor_name: str
    creditor_id: str
    iban: str


def amendment(before: Identity | None, now: Identity) -> Amendment | None:
    """What has to be told with the next collection because it changed since the last one.

    :param before: the mandate as the last collection told it; None: there was none, so nothing has changed
    """
    if before is None or before == now:
        return None
    is_moved = before.iban != now.iban
    return Amendment(
        original_mandate=before.mandate if before.mandate != now.mandate else None,
        original_creditor_name=before.creditor_name if before.creditor_name != now.creditor_name else None,
        original_creditor_id=before.creditor_id if before.creditor_id != now.creditor_id else None,
        # the same bank knows the former account; another one is told that the account is new
        original_iban=before.iban if is_moved and same_bank(before.iban, now.iban) else None,
        is_new_account=is_moved and not same_bank(before.iban, now.iban),
    )


#: digits of the bank inside the IBAN, by country, where they are certain
_BANK = {"AT": 9, "BE": 7, "CH": 9, "DE": 12, "ES": 8, "FI": 7, "FR": 9, "IT": 10, "LU": 7, "NL": 8, "PT": 8, "SK": 8}


def same_bank(one: str, other: str) -> bool:
    """Whether two IBANs are certainly of the same bank."""
    size = _BANK.get(one[:2])
    return bool(size) and one[:2] == other[:2] and one[4:size] == other[4:size]


def restored(history: Sequence[Collected], due: date, outcome: str) -> tuple[Collected, ...]:
    """The history after an R-transaction: the collection of a day ended otherwise than it seemed."""
    return tuple(
        Collected(due=one.due, sequence=one.sequence, outcome=outcome) if one.due == due else one for one in history
    )


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")  # pragma: no cover
