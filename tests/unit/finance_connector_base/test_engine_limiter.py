"""Slots in time: however many workers take them, and whenever, no window sees more calls than allowed (B-24)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.limiter import GRACE, SLOWEST, UNLIMITED_AGAIN, Limit

TAKES = st.lists(st.tuples(st.floats(0.0, 3.0), st.integers(1, 20)), min_size=1, max_size=60)


@given(st.floats(0.2, 200.0), st.integers(1, 30), TAKES, st.floats(0.1, 5.0))
def test_no_window_has_more_slots_than_burst_and_rate_allow(
    rate: float, burst: int, takes: list[tuple[float, int]], window: float
) -> None:
    limit, now = Limit(rate=rate, burst=burst), 1_000.0
    used = []
    for pause, count in takes:
        now += pause
        slots, limit = limit.taken(now, count)
        # never used before they are taken
        used += [max(slot, now) for slot in slots]
    assert used == sorted(used)
    for first, start in enumerate(used):
        inside = sum(1 for slot in used[first:] if slot < start + window)
        assert inside <= burst + rate * window + 1e-6 * len(used) + 1


@given(st.floats(0.5, 100.0), st.floats(0.0, 2.0), st.floats(0.0, 30.0))
def test_what_is_said_to_be_available_is(rate: float, horizon: float, pause: float) -> None:
    limit = Limit(rate=rate, burst=3, next_at=1_010.0)
    now = 1_000.0 + pause
    count = limit.available(now, horizon)
    assert count is not None
    if count:
        slots, _after = limit.taken(now, count)
        assert slots[-1] <= now + horizon + 1e-6
    slots, _after = limit.taken(now, count + 1)
    assert slots[-1] > now + horizon - 1e-6


def test_without_a_limit_nothing_waits() -> None:
    limit = Limit()
    assert limit.available(5.0, 0.5) is None
    assert limit.taken(5.0, 3) == ([5.0, 5.0, 5.0], limit)


def test_after_an_outage_the_rate_begins_low_and_doubles_to_the_limit() -> None:
    limit = Limit(rate=100.0, burst=50).ramped(1_000.0, share=0.1, seconds=2.0)
    rates = [limit.effective(1_000.0 + seconds) for seconds in (0, 1.9, 2, 4, 6, 8, 100)]
    assert rates == [10.0, 10.0, 20.0, 40.0, 80.0, 100.0, 100.0]
    assert not limit.is_recovered(1_007.9) and limit.is_recovered(1_008.0)
    # no burst meanwhile: what waited would all come at once
    slots, _after = limit.taken(1_000.0, 3)
    assert slots == [1_000.0, 1_000.1, 1_000.2]


def test_without_a_limit_it_begins_slowly_too_and_ends_without() -> None:
    limit = Limit().ramped(0.0, share=0.1, seconds=1.0)
    assert limit.effective(0.0) == UNLIMITED_AGAIN / 10
    assert limit.effective(4.0) is None
    assert limit.is_recovered(4.0)


def test_fault_47_too_many_requests_halve_the_rate_after_the_wait() -> None:
    limit = Limit(rate=100.0, next_at=1_000.0).slowed(1_000.0, seconds=10.0, wait=30.0)
    assert limit.first_slot(1_000.0) == 1_030.0
    assert limit.available(1_000.0, 0.5) == 0
    assert (limit.effective(1_030.0), limit.effective(1_040.0)) == (50.0, 100.0)
    # it has said so instead of nothing: the outage is over, but not the wait
    assert limit.ramped(1_001.0, share=0.1, seconds=10.0).effective(1_030.0) == 10.0
    again = limit.slowed(1_031.0, seconds=10.0, wait=5.0)
    assert again.effective(1_036.0) == 25.0
    assert Limit(rate=0.15).slowed(0.0, seconds=1.0, wait=0.0).effective(0.0) == SLOWEST


def test_a_quiet_time_is_made_up_for_by_the_burst_only() -> None:
    limit = Limit(rate=10.0, burst=5, next_at=0.0)
    slots, _after = limit.taken(1_000.0, 7)
    assert sum(slot <= 1_000.0 for slot in slots) == 5
    assert 0 < GRACE < 1
