from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.errors import RejectedError, ThrottledError, TransientError
from odoo.addons.finance_connector_base.engine.retry import LONGEST_RETRY_AFTER, RetryPolicy

POLICY = RetryPolicy(base=10, factor=3, cap=500, max_attempts=6, jitter=0.25)
ERROR = TransientError("away")


@pytest.mark.parametrize(
    ("attempts", "low", "high"),
    [(1, 7.5, 12.5), (2, 22.5, 37.5), (3, 67.5, 112.5), (4, 202.5, 337.5), (5, 375, 500)],
)
def test_b10_waits_grow_and_are_capped(attempts: int, low: float, high: float) -> None:
    waits = [POLICY.decide(ERROR, attempts, random.Random(seed)) for seed in range(200)]
    assert all(wait is not None and low <= wait <= high for wait in waits)
    assert len(set(waits)) > 100, "jitter spreads the load"


@pytest.mark.parametrize("attempts", [6, 7, 1000])
def test_b10_the_attempts_are_spent(attempts: int) -> None:
    assert POLICY.decide(ERROR, attempts) is None


def test_retry_after_is_a_lower_bound_of_a_failure() -> None:
    wait = POLICY.decide(TransientError("busy", retry_after=10_000), 1)
    assert wait == 10_000
    wait = POLICY.decide(TransientError("busy", retry_after=0.5), 1)
    assert wait is not None and wait >= 7.5


def test_a_throttle_is_exactly_what_it_says_and_never_gives_up() -> None:
    for attempts in (1, 6, 1000):
        assert POLICY.decide(ThrottledError("slow down", retry_after=42), attempts) == 42


@pytest.mark.parametrize(
    ("asked", "waits"), [(-5, 0), (10**12, LONGEST_RETRY_AFTER), (float("inf"), LONGEST_RETRY_AFTER)]
)
def test_a_partner_cannot_freeze_us_for_years(asked: float, waits: float) -> None:
    assert POLICY.decide(ThrottledError("?", retry_after=asked), 1) == waits


@given(
    base=st.floats(0.001, 1e5),
    factor=st.floats(1, 100),
    cap=st.floats(0.001, 1e7),
    jitter=st.floats(0, 1),
    attempts=st.integers(1, 10**6),
    seed=st.integers(),
)
def test_any_policy_gives_a_wait_within_its_cap(
    base: float, factor: float, cap: float, jitter: float, attempts: int, seed: int
) -> None:
    policy = RetryPolicy(base=base, factor=factor, cap=cap, max_attempts=10**7, jitter=jitter)
    wait = policy.decide(ERROR, attempts, random.Random(seed))
    assert wait is not None and 0 <= wait <= cap


def test_errors_that_are_not_transient_are_no_matter_of_the_policy() -> None:
    """The dispatcher does not ask; asked all the same, the answer is that of any error."""
    assert POLICY.decide(RejectedError("no"), 6) is None
