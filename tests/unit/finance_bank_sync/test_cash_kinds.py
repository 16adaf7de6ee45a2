"""Kinds of balances and their moments (K-04)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.cash.kinds import AVAILABLE, BOOKED, KINDS, moment_of, parse_moment, told
from odoo.addons.finance_bank_sync.formats.model import Balance, Money

MONDAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 10, 30)


def balance(code: str, amount: str, day: date | None = MONDAY, currency: str = "EUR") -> Balance:
    return Balance(code=code, money=Money(amount=Decimal(amount), currency=currency), date=day)


def test_every_kind_that_counts_has_a_name() -> None:
    assert {*BOOKED, *AVAILABLE} <= KINDS.keys()


@pytest.mark.parametrize(
    ("kind", "moment"),
    [
        ("OPBD", datetime(2026, 3, 2)),
        ("OPAV", datetime(2026, 3, 2)),
        ("ITBD", AT),
        ("ITAV", AT),
        ("CLBD", datetime(2026, 3, 2, 23, 59, 59)),
        ("PRCD", datetime(2026, 3, 2, 23, 59, 59)),
        ("CLAV", datetime(2026, 3, 2, 23, 59, 59)),
        ("FWAV", AT),
    ],
)
def test_k04_moment_of_a_kind(kind: str, moment: datetime) -> None:
    assert moment_of(kind, MONDAY, AT) == moment


def test_k04_interim_told_the_next_morning_is_of_its_own_day() -> None:
    assert moment_of("ITBD", MONDAY, AT + timedelta(days=1)) == datetime(2026, 3, 2, 23, 59, 59)
    assert moment_of("ITBD", MONDAY, AT - timedelta(days=1)) == datetime(2026, 3, 2)


def test_k04_a_page_prints_its_interim_balance_twice_the_last_one_counts() -> None:
    [one] = told([balance("ITBD", "100.00"), balance("ITBD", "120.00")], at=AT)
    assert one.amount == Decimal("120.00")


def test_k04_unknown_kinds_stay_and_currencies_stay_apart() -> None:
    found = list(told([balance("PFMX", "1.00", None), balance("OTHR", "2.00", currency="USD")], at=AT))
    assert [(one.kind, one.day, one.currency) for one in found] == [("OTHR", MONDAY, "EUR"), ("OTHR", MONDAY, "USD")]


def test_k04_forward_balances_of_several_days_stay() -> None:
    days = [MONDAY + timedelta(days=number) for number in range(1, 4)]
    assert [one.day for one in told([balance("FWAV", "5", day) for day in days], at=AT)] == days


@given(st.sampled_from(sorted(KINDS.keys() - {"FWAV"})), st.dates(date(1990, 1, 1), date(2100, 1, 1)),
       st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # fmt: skip
def test_k04_a_balance_is_about_its_own_day(kind: str, day: date, at: datetime) -> None:
    assert moment_of(kind, day, at).date() == day


@given(st.lists(st.tuples(st.sampled_from([*KINDS, "XXXX"]), st.sampled_from(["EUR", "USD"]),
                          st.dates(date(2026, 1, 1), date(2026, 1, 5)), st.integers(-9, 9))))  # fmt: skip
def test_k04_nothing_is_stored_twice_for_one_moment(rows: list[tuple[str, str, date, int]]) -> None:
    found = list(told([balance(code, str(n), day, currency) for code, currency, day, n in rows], at=AT))
    assert len({(one.kind, one.day, one.moment, one.currency) for one in found}) == len(found) <= len(rows)
    assert {one.currency for one in found} == {currency for _code, currency, *_rest in rows}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T10:30:00+01:00", datetime(2026, 3, 2, 9, 30)),
        ("2026-03-02T10:30:00.123", AT),
        ("2026-03-02", datetime(2026, 3, 2)),
        ("", None),
        (None, None),
        ("yesterday", None),
    ],
)
def test_k04_time_of_the_bank(text: str | None, moment: datetime | None) -> None:
    assert parse_moment(text) == moment
