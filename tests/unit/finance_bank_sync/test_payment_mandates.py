"""Sequence types, expiry, days and amendments of direct debit mandates (K-16)."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.payments import banking_days
from odoo.addons.finance_bank_sync.payments import mandates as md
from odoo.addons.finance_bank_sync.payments.mandates import Collected, Identity, MandateError, Terms, next_sequence

SIGNED = date(2025, 1, 31)
DUE = date(2025, 6, 2)
TERMS = Terms(signed_on=SIGNED)


def past(sequence: str, outcome: str = md.PAID, due: date = date(2025, 3, 3)) -> Collected:
    return Collected(due=due, sequence=sequence, outcome=outcome)


@pytest.mark.parametrize(
    ("history", "is_last", "expected"),
    [
        ([], False, "FRST"),
        ([past("FRST")], False, "RCUR"),
        ([past("FRST", md.OPEN)], False, "RCUR"),
        ([past("FRST", md.REFUSED)], False, "FRST"),
        ([past("FRST", md.GIVEN_BACK)], False, "RCUR"),
        ([past("FRST"), past("RCUR", md.REFUSED)], False, "RCUR"),
        ([past("FRST")], True, "FNAL"),
        ([past("FRST"), past("FNAL", md.REFUSED)], True, "FNAL"),
    ],
)
def test_the_sequence_follows_from_history_and_returns(history: list[Collected], is_last: bool, expected: str) -> None:
    assert next_sequence(TERMS, history, DUE, is_last=is_last) == expected


def test_the_first_may_be_recurrent_and_one_off_mandates_are_used_once() -> None:
    assert next_sequence(dataclasses.replace(TERMS, needs_first=False), [], DUE) == "RCUR"
    once = dataclasses.replace(TERMS, is_once=True)
    assert next_sequence(once, [], DUE) == "OOFF"
    assert next_sequence(once, [past("OOFF", md.REFUSED)], DUE) == "OOFF"
    for outcome in (md.PAID, md.OPEN, md.GIVEN_BACK):
        with pytest.raises(MandateError, match="one collection") as refused:
            next_sequence(once, [past("OOFF", outcome)], DUE)
        assert refused.value.code == "mandate_used"


@pytest.mark.parametrize(
    ("terms", "history", "due", "code"),
    [
        (TERMS, [], SIGNED - timedelta(days=1), "mandate_not_signed"),
        (TERMS, [past("FNAL")], DUE, "mandate_finished"),
        (dataclasses.replace(TERMS, ended_on=date(2025, 5, 1)), [], DUE, "mandate_ended"),
        (TERMS, [], date(2028, 2, 1), "mandate_expired"),
        (TERMS, [past("FRST")], date(2028, 3, 4), "mandate_expired"),
        (dataclasses.replace(TERMS, kind=md.B2B, is_confirmed=False), [], DUE, "mandate_unconfirmed"),
    ],
)
def test_what_must_not_be_collected(terms: Terms, history: list[Collected], due: date, code: str) -> None:
    with pytest.raises(MandateError) as refused:
        next_sequence(terms, history, due)
    assert refused.value.code == code


def test_a_mandate_ends_36_months_after_the_last_presentation_whatever_became_of_it() -> None:
    assert md.expires_on(TERMS, []) == date(2028, 1, 31)
    assert md.expires_on(TERMS, [past("FRST", md.REFUSED, date(2025, 8, 29))]) == date(2028, 8, 29)
    assert md.expires_on(Terms(signed_on=date(2024, 2, 29)), []) == date(2027, 2, 28)
    assert next_sequence(TERMS, [past("FRST")], date(2028, 3, 3)) == "RCUR"


def test_an_r_transaction_restores_the_sequence() -> None:
    history = (past("FRST"),)
    assert next_sequence(TERMS, history, DUE) == "RCUR"
    assert next_sequence(TERMS, md.restored(history, history[0].due, md.REFUSED), DUE) == "FRST"
    assert next_sequence(TERMS, md.restored(history, history[0].due, md.GIVEN_BACK), DUE) == "RCUR"


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 4, 2), True),
        (date(2026, 4, 3), False),
        (date(2026, 4, 6), False),
        (date(2026, 4, 7), True),
        (date(2026, 5, 1), False),
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 26), False),
        (date(2027, 1, 1), False),
        (date(2026, 11, 28), False),
    ],
)
def test_target_days(day: date, is_open: bool) -> None:
    assert banking_days.is_target_day(day) == is_open


def test_easter() -> None:
    found = [banking_days.easter(year) for year in (2000, 2024, 2025, 2026, 2038)]
    assert found == [date(2000, 4, 23), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2038, 4, 25)]


def test_days_around_easter() -> None:
    """Good Friday and Easter Monday are no banking days: the file has to be there on Maundy Thursday."""
    assert md.due_day(date(2026, 4, 4)) == date(2026, 4, 7)
    assert md.present_until(date(2026, 4, 7)) == date(2026, 4, 2)
    assert md.present_until(date(2026, 4, 7), lead_days=2) == date(2026, 4, 1)
    assert md.announce_until(date(2026, 4, 7)) == date(2026, 3, 24)
    assert md.announce_until(date(2026, 4, 7), notice_days=1) == date(2026, 4, 6)
    assert md.earliest_due(date(2026, 3, 21)) == date(2026, 4, 7)
    assert md.earliest_due(date(2026, 4, 2), notice_days=0) == date(2026, 4, 7)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 10), st.integers(0, 30))
def test_what_leaves_today_is_in_time_for_the_earliest_day(today: date, lead: int, notice: int) -> None:
    due = md.earliest_due(today, lead, notice)
    assert banking_days.is_target_day(due)
    assert md.present_until(due, lead) >= banking_days.on_or_after(today)
    assert md.announce_until(due, notice) >= today


def test_refunds() -> None:
    assert md.refund_until(TERMS, DUE) == DUE + timedelta(weeks=8)
    assert md.refund_until(dataclasses.replace(TERMS, kind=md.B2B), DUE) is None
    assert md.refund_until(TERMS, DUE, has_mandate=False) == date(2026, 7, 2)


def test_amendments_say_what_changed_since_the_last_collection() -> None:
    before = Identity(
        mandate="M-1", creditor_name="Old", creditor_id="DE98ZZZ09999999999", iban="DE89370400440532013000"
    )
    assert md.amendment(None, before) is None
    assert md.amendment(before, before) is None
    renamed = md.amendment(before, dataclasses.replace(before, mandate="M-2", creditor_name="New"))
    assert renamed is not None
    assert (renamed.original_mandate, renamed.original_creditor_name, renamed.original_creditor_id) == (
        "M-1",
        "Old",
        None,
    )
    same = md.amendment(before, dataclasses.replace(before, iban="DE62370400440532013001"))
    assert same is not None
    assert (same.original_iban, same.is_new_account) == (before.iban, False)
    other = md.amendment(before, dataclasses.replace(before, iban="BE68539007547034"))
    assert other is not None
    assert (other.original_iban, other.is_new_account) == (None, True)
