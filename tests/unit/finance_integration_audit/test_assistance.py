"""Clusters and anomalies as plain functions (A-20)."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.assistance import anomalies, clusters
from odoo.addons.finance_integration_audit.assistance.clusters import Trouble

NOW = datetime(2026, 6, 1)


def trouble(number, text="x", *, days=1, money=0, reason="r", connection="c"):
    return Trouble(
        number=number,
        text=text,
        reason=reason,
        connection=connection,
        opened=NOW - timedelta(days=days),
        money=Decimal(money),
    )


def test_texts_that_differ_by_names_and_numbers_are_alike():
    one = clusters.normal('No mapping for "V 100" in invoice 2026/0001 of 12.50 EUR')
    other = clusters.normal("No mapping for 'Vendor' in invoice INV-77, 88 of 9 EUR")
    assert one == other == "no mapping for … in invoice # of # eur"


@given(st.text(max_size=60))
def test_the_normal_form_is_stable(text):
    assert clusters.normal(clusters.normal(text)) == clusters.normal(text)


TROUBLES = st.lists(
    st.builds(
        trouble,
        st.integers(1, 99),
        st.sampled_from(["a 1", "a 2", "b"]),
        days=st.integers(0, 50),
        money=st.integers(0, 10**6),
        reason=st.sampled_from("rs"),
    ),
    unique_by=lambda one: one.number,
    max_size=20,
)


@given(TROUBLES)
def test_every_trouble_is_in_one_cluster_and_money_is_kept(troubles):
    found = clusters.clusters(troubles, NOW)
    assert sorted(number for one in found for number in one.numbers) == sorted(one.number for one in troubles)
    assert sum(one.money for one in found) == sum(one.money for one in troubles)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@given(st.integers(0, 10**9), st.integers(0, 400), st.integers(1, 10**4))
def test_more_money_or_age_never_ranks_lower(money, days, count):
    base = clusters.score(money, days, count)
    assert clusters.score(money * 10 + 1, days, count) >= base
    assert clusters.score(money, days + 1, count) > base
    assert clusters.score(money, days, count + 1) >= base


VALUES = st.lists(st.floats(1, 1e6), min_size=8, max_size=30)


@given(VALUES)
def test_the_median_is_never_unusual(history):
    assert anomalies.unusual(history, sorted(history)[len(history) // 2]) is None or len(set(history)) > 1


@given(VALUES, st.floats(1e-3, 1e3))
def test_the_currency_does_not_matter(history, rate):
    plain = anomalies.unusual(history, 5e6)
    other = anomalies.unusual([value * rate for value in history], 5e6 * rate)
    assert (plain is None) == (other is None) or abs((plain or other).times - anomalies.FAR) < 0.1


def test_an_amount_ten_times_as_large_is_told_with_its_figures():
    found = anomalies.unusual([100, 101, 99, 100, 102, 98, 100, 100], 1000)
    assert (found.median, found.times) == (100, 180.0)
    assert anomalies.unusual([100] * 8, 104) is None
    assert anomalies.unusual([100] * 7, 10_000) is None, "seven are no habit"


def test_one_outlier_in_the_past_does_not_hide_the_next():
    assert anomalies.unusual([100, 101, 99, 100, 102, 98, 100, 99_999], 5000)


def test_gaps():
    assert anomalies.gaps([10, 1, 4]) == [3.0, 6.0]
