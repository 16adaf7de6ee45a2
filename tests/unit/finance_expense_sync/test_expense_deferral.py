"""What is paid in advance becomes cost month by month, exactly (E-07)."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.posting.deferral import month_end, months
from odoo.addons.finance_expense_sync.posting.plan import PREPAID, Cost, Deferral, Rate, Side, drafts_of
from odoo.addons.finance_expense_sync.posting.shares import divide
from odoo.addons.finance_expense_sync.posting.taxes import Given, Slice, Tax, taken_apart

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
BOOKED = date(2026, 3, 10)


@given(DAYS, st.integers(0, 1000), DAYS)
def test_every_day_counts_once_and_none_before_the_booking(start, length, booked):
    end = start + timedelta(days=length)
    found = months(start, end, booked)
    if not found:
        assert end <= month_end(booked)
        return
    assert sum(weight for _day, weight in found) == length + 1
    days = [day for day, _weight in found]
    assert days == sorted(set(days))
    assert min(days) >= booked
    assert days[-1] == month_end(end)
    assert all(day in (booked, month_end(day)) for day in days)


def test_a_year_from_the_first():
    found = months(date(2026, 3, 1), date(2027, 2, 28), BOOKED)
    assert (len(found), found[0], found[-1]) == (12, (date(2026, 3, 31), 31), (date(2027, 2, 28), 28))


def test_what_was_used_before_counts_on_the_day_of_the_entry():
    found = months(date(2026, 1, 1), date(2026, 4, 30), BOOKED)
    assert found == ((BOOKED, 59), (date(2026, 3, 31), 31), (date(2026, 4, 30), 30))


def test_what_ends_with_the_month_is_cost_at_once():
    assert months(date(2026, 1, 1), date(2026, 3, 31), BOOKED) == ()


@settings(deadline=None)
@given(st.integers(1, 10**7), st.sampled_from([0, 2, 3]), st.decimals("0.01", "200", places=4), st.integers(28, 1200))
def test_the_account_of_prepaid_expenses_is_empty_in_the_end(number, decimals, rate, length):
    """In the currency of the report and in that of the company, with tax that is blocked in part."""
    gross = Decimal(number).scaleb(-decimals)
    slices = (Slice(factor=Decimal(50), account=140, key=1), Slice(factor=Decimal(50), account=None, key=2))
    tax = Tax(key=7, percent=Decimal(19), slices=slices, refund_slices=slices)
    [taxed, *_more] = divide(gross, [Decimal(19), Decimal(100)], decimals)
    side = Side(company=1, rate=Rate(value=rate))
    cost = Cost(
        source=(1, "1"),
        day=BOOKED,
        currency="EUR",
        decimals=decimals,
        gross=gross,
        parts=taken_apart(gross, (Given(tax=tax, amount=taxed),), decimals),
        account=600,
        counterpart=330,
        kind="own",
        bearer=side,
        payer=side,
        analytic=(("5", Decimal(100)),),
        deferral=Deferral(account=190, months=months(BOOKED, BOOKED + timedelta(days=length), BOOKED)),
    )
    drafts = drafts_of([(cost, ("report", 1), BOOKED)])
    assert [draft.group[0] for draft in drafts[:2]] == ["report", PREPAID]
    for draft in drafts:
        assert sum(leg.amount for leg in draft.legs) == sum(leg.balance for leg in draft.legs) == 0
        if draft.group[0] == PREPAID:
            # no part of what was approved: the total of the report is in its first entry alone
            assert not any(leg.role == "counterpart" for leg in draft.legs)
    legs = [leg for draft in drafts for leg in draft.legs]
    for account in (190, 600):
        mine = [leg for leg in legs if leg.account == account]
        whole = gross - sum(leg.amount for leg in legs if leg.account == 140) if account == 600 else 0
        assert sum(leg.amount for leg in mine) == whole
        assert account == 600 or sum(leg.balance for leg in mine) == 0
    assert all(leg.analytic == (("5", Decimal(100)),) for leg in legs if leg.account == 600)
    assert all(not leg.analytic for leg in legs if leg.account != 600)
