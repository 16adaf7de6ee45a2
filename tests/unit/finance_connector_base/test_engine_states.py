"""The table of states: what a message may become, and what it never may."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from odoo.addons.finance_connector_base.engine import states


def test_every_state_is_counted_in_exactly_one_way() -> None:
    counted = [states.FINAL, {states.HELD}, {states.DEAD}, states.OPEN]
    assert set(states.ALL) == set().union(*counted)
    assert sum(map(len, counted)) == len(states.ALL)


def test_what_is_final_stays() -> None:
    for state in states.FINAL:
        assert not states.TRANSITIONS[state]


def test_only_what_is_ready_is_worked() -> None:
    assert {state for state in states.ALL if states.PROCESSING in states.TRANSITIONS[state]} == states.READY


def test_every_state_can_still_end() -> None:
    def ends(state: str, seen: frozenset[str]) -> bool:
        return state in states.FINAL or any(ends(after, seen | {state}) for after in states.TRANSITIONS[state] - seen)

    assert all(ends(state, frozenset()) for state in states.ALL)


def test_unknown_is_left_by_a_decision_only() -> None:
    assert states.TRANSITIONS[states.UNKNOWN].isdisjoint({states.PROCESSING, states.RETRY, states.DEAD})


@pytest.mark.parametrize(("before", "after"), itertools.product((*states.ALL, "nonsense"), (*states.ALL, "nonsense")))
def test_check_is_the_table(before: str, after: str) -> None:
    if after in states.TRANSITIONS.get(before, frozenset()):
        states.check(before, after)
    else:
        with pytest.raises(states.TransitionError):
            states.check(before, after)


class Life(RuleBasedStateMachine):
    """Whatever is tried with a message, it never leaves the table, and a final one never moves."""

    def __init__(self) -> None:
        super().__init__()
        self.history = [states.QUEUED]

    @rule(after=st.sampled_from(states.ALL))
    def move(self, after: str) -> None:
        try:
            states.check(self.history[-1], after)
        except states.TransitionError:
            return
        self.history.append(after)

    @invariant()
    def nothing_follows_an_end(self) -> None:
        assert states.FINAL.isdisjoint(self.history[:-1])

    @invariant()
    def work_begins_before_it_is_done(self) -> None:
        """Done without having been in progress only by a decision: of an unknown outcome, or delivered by hand."""
        for before, after in itertools.pairwise(self.history):
            if after == states.DONE:
                assert before in (states.PROCESSING, states.UNKNOWN, states.HELD)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
