"""Which payments open items become (K-07, K-25, K-35, S-07)."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.payments import execution, routing, run
from odoo.addons.finance_bank_sync.payments.banking_days import shifted
from odoo.addons.finance_connector_base.timing.windows import Calendar, Window


def item(number, amount, **values):
    values = {"partner_id": 1, "account_id": 7, "currency": "EUR", "bank_account_id": 11, **values}
    return run.OpenItem(id=number, amount=Decimal(amount), document=f"B-{number}", **values)


def codes(left):
    return {one.item.id: one.code for one in left}


def test_k07_one_payment_a_bill_or_one_a_payee():
    items = [item(1, "10"), item(2, "20"), item(3, "5", partner_id=2, bank_account_id=12)]
    made, left = run.plan(items, grouped=False)
    assert [(one.amount, one.remittance) for one in made] == [
        (Decimal(10), "B-1"),
        (Decimal(20), "B-2"),
        (Decimal(5), "B-3"),
    ]
    made, left = run.plan(items, grouped=True)
    assert [(one.amount, one.remittance) for one in made] == [(Decimal(30), "B-1, B-2"), (Decimal(5), "B-3")]
    assert not left


def test_k07_a_discount_is_taken_off_and_told():
    [made], _left = run.plan([item(1, "100", discount=Decimal("2"))], grouped=True)
    assert made.amount == 98
    assert made.parts == (run.Part(item_id=1, amount=Decimal(98), discount=Decimal(2)),)


def test_k35_a_credit_note_lowers_the_payment_of_its_payee_even_bill_by_bill():
    made, left = run.plan([item(1, "100"), item(2, "-30", bank_account_id=None), item(3, "50")], grouped=False)
    assert [one.amount for one in made] == [Decimal(120)]
    assert sorted(part.item_id for part in made[0].parts) == [1, 2, 3]
    assert not left


def test_k35_a_payee_who_owes_us_is_not_paid():
    _made, left = run.plan([item(1, "100"), item(2, "-100")], grouped=True)
    assert codes(left) == {1: run.NEGATIVE, 2: run.NEGATIVE}
    _made, left = run.plan([item(2, "-100")], grouped=True)
    assert codes(left) == {2: run.CREDIT_ALONE}
    # what is owed on another account does not hide it
    _made, left = run.plan([item(1, "60"), item(2, "50", bank_account_id=12), item(3, "-100")], grouped=True)
    assert codes(left) == dict.fromkeys((1, 2, 3), run.NEGATIVE)


def test_k07_what_cannot_be_paid_says_why():
    made, left = run.plan([item(1, "10", bank_account_id=None), item(2, "20", obstacle=run.UNTRUSTED)], grouped=True)
    assert not made
    assert codes(left) == {1: run.NO_ACCOUNT, 2: run.UNTRUSTED}


def test_k07_accounts_of_the_ledger_and_currencies_are_not_mixed():
    items = [item(1, "10"), item(2, "20", account_id=8), item(3, "30", currency="USD")]
    made, _left = run.plan(items, grouped=True)
    assert [one.amount for one in made] == [10, 20, 30]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.sampled_from(["EUR", "JPY"]),
            st.decimals(-500, 500, places=2).filter(bool),
            st.sampled_from([None, 11, 12]),
            st.sampled_from([None, None, None, run.UNTRUSTED]),
        ),
        max_size=30,
    ),
    st.booleans(),
)
def test_k10_every_item_is_paid_once_or_left_out_once(rows, grouped):
    items = [
        item(number, amount, partner_id=partner, currency=currency, bank_account_id=account, obstacle=obstacle)
        for number, (partner, currency, amount, account, obstacle) in enumerate(rows)
    ]
    made, left = run.plan(items, grouped=grouped)
    seen = Counter(part.item_id for one in made for part in one.parts)
    seen.update(one.item.id for one in left)
    assert seen == Counter(one.id for one in items)
    for one in made:
        assert one.amount > 0
        assert one.amount == sum(part.amount for part in one.parts)
        assert len({items[part.item_id].partner_id for part in one.parts}) == 1
        assert {items[part.item_id].currency for part in one.parts} == {one.currency}


@given(st.lists(st.text(min_size=0, max_size=60), min_size=1, max_size=30), st.integers(20, 140))
def test_k07_a_list_of_documents_fits_and_counts(names, length):
    text = run.remittance(names, length)
    assert len(text) <= length
    clean = list(dict.fromkeys(filter(None, (" ".join(name.split()) for name in names))))
    if len(", ".join(clean)) <= length:
        assert text == ", ".join(clean)


def test_k07_a_swiss_reference_goes_with_its_account_only():
    qr = "210000000003139471430009017"
    [made], _left = run.plan([item(1, "10", payment_reference=qr, iban="CH4431999123000889012")], grouped=True)
    assert made.reference == run.Reference(type="QRR", value=qr)
    assert made.remittance == ""
    [made], _left = run.plan([item(1, "10", payment_reference=qr, iban="CH9300762011623852957")], grouped=True)
    assert made.reference is None
    assert made.remittance == "B-1"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("RF18539007547034", "SCOR"), ("+++010/8068/17183+++", "BBA"), ("010806817183", None), ("RF19539007547034", None)],
)
def test_k07_references_are_known_by_their_check_digits(text, kind):
    found = run.reference(text)
    assert (found and found.type) == kind


# -- routes ---------------------------------------------------------------------------------


def wanted(amount="100", currency="EUR", country="DE", urgency="normal"):
    return routing.Routed(
        currency=currency, country=country, amount=Decimal(amount), local=Decimal(amount), urgency=urgency
    )


def test_k25_the_first_route_that_fits_is_taken():
    routes = [
        routing.Route(id=1, currency="USD"),
        routing.Route(id=2, countries=frozenset({"CH"})),
        routing.Route(id=3, urgency="urgent"),
        routing.Route(id=4, currency="EUR", amount_from=Decimal(1000)),
        routing.Route(id=5, amount_to=Decimal(500)),
        routing.Route(id=6),
    ]
    assert routing.choose(routes, wanted()).route.id == 5
    assert routing.choose(routes, wanted("501")).route.id == 6
    assert routing.choose(routes, wanted("1000")).route.id == 4
    assert routing.choose(routes, wanted(currency="USD")).route.id == 1
    assert routing.choose(routes, wanted(country="CH")).route.id == 2
    assert routing.choose(routes, wanted(urgency="urgent")).route.id == 3
    assert routing.choose(routes[:1], wanted()).route is None


def test_s07_a_route_that_cannot_be_used_gives_way_and_is_told():
    routes = [routing.Route(id=1, obstacle="paused"), routing.Route(id=2, currency="USD"), routing.Route(id=3)]
    choice = routing.choose(routes, wanted())
    assert (choice.route.id, [one.id for one in choice.passed]) == (3, [1])
    choice = routing.choose(routes[:1], wanted())
    assert (choice.route, [one.id for one in choice.passed]) == (None, [1])


# -- days ------------------------------------------------------------------------------------

FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 3, day) for day in (6, 7, 9, 10))
BANK = Calendar(
    zone="Europe/Berlin",
    windows=tuple(Window(weekday=day, start=8 * 60, end=18 * 60, cutoff=16 * 60) for day in range(5)),
    holidays=frozenset({TUESDAY}),
)


@pytest.mark.parametrize(
    ("wanted_day", "now", "day", "reason"),
    [
        (FRIDAY, datetime(2026, 3, 6, 10), FRIDAY, None),
        # 16:30 in Berlin
        (FRIDAY, datetime(2026, 3, 6, 15, 30), MONDAY, execution.CUT_OFF),
        (SATURDAY, datetime(2026, 3, 2, 10), MONDAY, execution.CLOSED),
        (date(2026, 3, 5), datetime(2026, 3, 6, 10), FRIDAY, execution.PAST),
        # the bank's own holiday, though the euro moves
        (TUESDAY, datetime(2026, 3, 6, 10), date(2026, 3, 11), execution.CLOSED),
        # Good Friday to Easter Monday
        (date(2026, 4, 3), datetime(2026, 3, 6, 10), date(2026, 4, 7), execution.CLOSED),
    ],
)
def test_k07_a_payment_has_a_day_on_which_it_can_be_executed(wanted_day, now, day, reason):
    found = execution.execution(wanted_day, now, opening=BANK)
    assert (found.day, found.reason) == (day, reason)


def test_k07_without_opening_times_banking_days_count_in_the_zone_of_the_bank():
    now = datetime(2026, 3, 6, 23, 30)
    assert execution.execution(FRIDAY, now).day == FRIDAY
    late = execution.execution(FRIDAY, now, zone="Europe/Berlin")
    assert (late.day, late.reason) == (MONDAY, execution.PAST)
    instant = execution.execution(SATURDAY, now, banking_day=execution.every_day)
    assert instant.day == SATURDAY


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 10), st.integers(-3, 20))
def test_a_bank_has_so_many_banking_days_after_the_day_of_execution(today: date, days: int, ago: int) -> None:
    """K-11: whoever is silent longer is asked about, on any day of the week."""
    day = today - timedelta(days=ago)
    is_overdue = shifted(day, days) <= today
    assert (day <= execution.silent_until(today, days)) == is_overdue


def test_a_payment_of_friday_is_asked_about_on_tuesday() -> None:
    assert execution.silent_until(MONDAY, 2) < FRIDAY
    assert execution.silent_until(TUESDAY, 2) == SATURDAY + timedelta(days=1)
