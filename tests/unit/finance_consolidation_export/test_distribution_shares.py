"""Whatever an analytic distribution says, its shares come to exactly one (C-02)."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.balances.distribution import shares

#: two departments, three projects, two regions
PLAN_OF = {11: 1, 12: 1, 21: 2, 22: 2, 23: 2, 31: 3, 32: 3}
PER_CENT = st.decimals(Decimal("-150"), Decimal("150"), places=2).map(float)


@st.composite
def keys(draw):
    named = [draw(st.sampled_from([None, *[a for a, p in PLAN_OF.items() if p == plan]])) for plan in (1, 2, 3)]
    return ",".join(str(account) for account in named if account) or "99"


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(keys(), PER_CENT, max_size=7), st.permutations([1, 2, 3]), st.integers(0, 3))
def test_shares_come_to_one(distribution, order, number):
    found = shares(distribution, PLAN_OF, order[:number])

    assert sum(found.values()) == 1
    assert all(len(members) == number for members in found)
    for members in found:
        assert all(member is None or PLAN_OF[member] == plan for member, plan in zip(members, order, strict=False))


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(keys(), PER_CENT, max_size=6), st.sampled_from([1, 2, 3]))
def test_one_plan_gets_what_its_keys_say(distribution, plan):
    found = shares(distribution, PLAN_OF, [plan])

    for account in (a for a, p in PLAN_OF.items() if p == plan):
        said = sum((Decimal(str(v)) for k, v in distribution.items() if str(account) in k.split(",")), Decimal(0))
        assert abs(found.get((account,), Decimal(0)) - said / 100) <= Decimal("1e-9")


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_cuts_agree_with_each_other(data):
    """Distributions as people enter them: each plan divided by itself, or all plans in one key."""
    together = data.draw(st.booleans())
    if together:
        pairs = data.draw(st.lists(st.tuples(st.sampled_from([11, 12]), st.sampled_from([21, 22])), max_size=4))
        weights = [data.draw(st.integers(1, 25)) for _pair in pairs]
        distribution = {}
        for (one, other), weight in zip(pairs, weights, strict=True):
            distribution[f"{one},{other}"] = distribution.get(f"{one},{other}", 0) + weight
    else:
        distribution = {
            str(account): data.draw(st.integers(1, 33))
            for account in data.draw(st.sets(st.sampled_from([11, 12, 21, 22])))
        }
    both = shares(distribution, PLAN_OF, [1, 2])
    for place, plan in ((0, 1), (1, 2)):
        alone = shares(distribution, PLAN_OF, [plan])
        summed = {}
        for members, share in both.items():
            summed[members[place]] = summed.get(members[place], Decimal(0)) + share
        for member in {*summed, *(members[0] for members in alone)}:
            assert abs(summed.get(member, Decimal(0)) - alone.get((member,), Decimal(0))) <= Decimal("1e-8")


def test_what_belongs_together_stays_together():
    found = shares({"11,21": 60.0, "12,22": 40.0}, PLAN_OF, [1, 2])

    assert found == {(11, 21): Decimal("0.6"), (12, 22): Decimal("0.4")}


def test_plans_entered_apart_are_independent():
    found = shares({"11": 60.0, "12": 40.0, "21": 50.0, "22": 50.0}, PLAN_OF, [1, 2])

    assert found[(11, 21)] == found[(11, 22)] == Decimal("0.3")
    assert found[(12, 21)] == found[(12, 22)] == Decimal("0.2")


def test_a_part_together_and_the_rest_apart():
    found = shares({"11,21": 60.0, "12": 40.0, "22": 40.0}, PLAN_OF, [1, 2])

    assert found == {(11, 21): Decimal("0.6"), (12, 22): Decimal("0.4")}


def test_nothing_said_belongs_to_nobody():
    assert shares(None, PLAN_OF, [1, 2]) == {(None, None): 1}
    assert shares({"99": 100.0}, PLAN_OF, [1]) == {(None,): 1}
    assert shares({"11": 70.0}, PLAN_OF, [1]) == {(11,): Decimal("0.7"), (None,): Decimal("0.3")}
