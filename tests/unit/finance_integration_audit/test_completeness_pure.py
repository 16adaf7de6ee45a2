from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.completeness import series, stages


@given(st.sets(st.integers(0, 60), min_size=2), st.randoms())
def test_holes_are_what_is_missing_whatever_the_order(numbers, rng):
    told = list(numbers)
    rng.shuffle(told)
    missing = [number for hole in series.holes(told) for number in range(hole.first, hole.last + 1)]
    assert missing == sorted(set(range(min(numbers), max(numbers))) - numbers)
    assert all(told[hole.found_at] == hole.last + 1 for hole in series.holes(told))


def test_a_series_that_jumps_far_has_begun_anew():
    assert series.holes([7, 8, 9_000_000]) == []


def test_numbers_are_read_by_the_first_group():
    assert series.number_of(r"STMT-(\d+)", "STMT-0042 of March") == 42
    assert series.number_of(r"STMT-(\d+)", "else") is None
    assert series.number_of(r"STMT", "STMT") is None


counts = st.integers(0, 9)


@given(counts, counts, counts, counts, counts)
def test_no_finding_means_that_all_stages_are_equal(expected, received, refused, posted, accepted):
    """A-16: expected = received = posted = accepted; duplicates that were refused are none of them."""
    day = stages.Day(expected=expected, received=received, refused=refused, posted=posted, accepted=accepted, open=0)
    found = stages.findings(day)
    consistent = posted <= received - refused and accepted <= posted
    if consistent and not found:
        assert expected == received - refused == posted == accepted
    if expected != received - refused:
        assert stages.is_lost(found)


def test_amounts_are_compared_by_currency():
    day = stages.Day(expected=1, received=1, refused=0, posted=1, accepted=1, open=0)
    [found] = stages.findings(
        day, expected={"EUR": Decimal("5.00")}, posted={"EUR": Decimal("4.99"), "USD": Decimal(1)}
    )
    assert (found.code, found.currency, found.amount) == ("amount", "EUR", Decimal("-0.01"))
