from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.metrics.metric import CALLS, added, quantile


@given(st.lists(st.floats(0.001, 299), min_size=1, max_size=60), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_lies_in_the_bucket_of_the_observation(values, share):
    """M-01: an estimate is never further off than its bucket is wide."""
    buckets = [sum(value <= bound for value in values) for bound in CALLS]
    found = quantile(share, CALLS, buckets, len(values))
    exact = sorted(values)[max(-(-int(share * 100) * len(values) // 100) - 1, 0)]
    place = next(index for index, bound in enumerate(CALLS) if exact <= bound)
    assert (CALLS[place - 1] if place else 0) <= found <= CALLS[place]


def test_nothing_observed_has_no_quantile():
    assert quantile(0.5, CALLS, [], 0) is None


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3)))
def test_buckets_add_up(many):
    assert added(many) == ([sum(column) for column in zip(*many, strict=True)] if many else [])
