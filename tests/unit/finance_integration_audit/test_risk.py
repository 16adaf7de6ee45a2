"""Holds, exposure and consistency as plain functions (R-01 to R-03)."""

import dataclasses
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.risk import consistency, exposure, hold
from odoo.addons.finance_integration_audit.risk.consistency import Event
from odoo.addons.finance_integration_audit.risk.exposure import Item

STEPS = st.lists(st.sampled_from(["released", "rejected", "time"]), max_size=8)


@given(STEPS)
def test_r01_only_a_word_of_release_that_nothing_contradicts_lets_pass(steps):
    state = hold.WAITING
    for step in steps:
        state = (hold.time_out(state) if step == "time" else hold.hear(state, step, posted=False)).state
    words = {step for step in steps if step != "time"}
    assert (state in hold.PASSING) == (words == {"released"})


@given(STEPS, st.booleans())
def test_r01_time_alone_never_lets_pass(steps, posted):
    state = hold.WAITING
    for step in steps:
        before = state
        if step == "time":
            state = hold.time_out(state).state
            assert state not in hold.PASSING or before == state
        else:
            state = hold.hear(state, step, posted=posted).state


def test_a_contradiction_is_told():
    assert hold.hear("released", "rejected", posted=True) == hold.Heard("released", alarm=True)
    assert hold.hear("rejected", "released", posted=False) == hold.Heard("contradicted", alarm=True)
    assert hold.hear("overridden", "rejected", posted=False) == hold.Heard("overridden", alarm=True)
    assert hold.hear("ended", "rejected", posted=False) == hold.Heard("ended")


def test_what_is_no_word_is_refused():
    with pytest.raises(ValueError, match="maybe"):
        hold.hear("waiting", "maybe", posted=False)


ITEMS = st.lists(
    st.builds(
        Item,
        st.sampled_from("AB"),
        st.sampled_from(["EUR", "USD"]),
        st.sampled_from(["receivable", "payable"]),
        st.decimals(-1000, 1000, places=2),
    ),
    max_size=12,
)


@given(ITEMS, ITEMS)
def test_r02_what_was_known_and_the_delta_are_the_open_items(first, then):
    before, now = exposure.total(first), exposure.total(then)
    assert exposure.apply(before, exposure.delta(before, now)) == now
    assert not exposure.delta(now, now)
    assert sum(now.values(), Decimal(0)) == sum((item.amount for item in then), Decimal(0))


EVENT = Event(id="a", at=datetime(2026, 1, 1), entity="1", currency="EUR", amount=Decimal("1.00"), status="released")


@pytest.mark.parametrize(
    ("name", "value"),
    [("entity", "2"), ("currency", "USD"), ("amount", Decimal("1.01")), ("status", "rejected")],
)
def test_r03_each_field_that_differs_is_named(name, value):
    [found] = consistency.compare([EVENT], [dataclasses.replace(EVENT, **{name: value})], timedelta(minutes=5))
    assert (found.id, found.kind, found.theirs) == ("a", name, str(value))


def test_r03_time_missing_and_twice():
    late = dataclasses.replace(EVENT, at=EVENT.at + timedelta(minutes=6))
    other = dataclasses.replace(EVENT, id="b")
    minutes = timedelta(minutes=5)
    kinds = lambda ours, theirs: [one.kind for one in consistency.compare(ours, theirs, minutes)]  # noqa: E731
    assert kinds([EVENT], [late]) == ["time"]
    assert kinds([EVENT], []) == ["missing_there"]
    assert kinds([], [other]) == ["missing_here"]
    assert kinds([EVENT], [EVENT, EVENT]) == ["twice"]
    assert kinds([EVENT, other], [other, EVENT]) == []
