"""The circuit breaker against a model of its own (B-23, fault 48)."""

from __future__ import annotations

import random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from odoo.addons.finance_connector_base.engine.breaker import CLOSED, HALF_OPEN, OPEN, Circuit, Policy

# a share of failures, which the model below does not know, has a test of its own
POLICY = Policy(threshold=3, calls=10**9, window=60.0, wait=10.0, cap=80.0, jitter=0.0)


def fail(circuit: Circuit, *messages: int, now: float = 0.0, policy: Policy = POLICY) -> Circuit:
    for message in messages:
        circuit = circuit.failed(policy, now, message=message, attempt=message)
    return circuit


def test_failures_in_a_row_open_it_and_a_success_between_does_not() -> None:
    assert fail(Circuit(), 1, 2).state == CLOSED
    assert fail(Circuit(), 1, 2, 3).state == OPEN
    assert fail(fail(Circuit(), 1, 2).succeeded(POLICY, 1.0), 3, 4).state == CLOSED


def test_one_message_that_always_fails_says_nothing_about_the_place() -> None:
    assert fail(Circuit(), *[7] * 100).state == CLOSED
    assert fail(Circuit(), *[7] * 100).streak == 1


def test_failures_that_lie_far_apart_are_forgotten() -> None:
    circuit = fail(Circuit(), 1, 2, now=0.0)
    assert fail(circuit, 3, now=61.0).streak == 1
    assert circuit.succeeded(POLICY, 61.0) == Circuit()


def test_a_share_of_failures_opens_it_though_some_calls_succeed() -> None:
    policy = Policy(threshold=3, share=0.5, calls=10)
    circuit = Circuit()
    for number in range(1, 11):
        circuit = circuit.failed(policy, 1.0, message=number, attempt=number)
        assert circuit.state == (OPEN if number >= 6 else CLOSED)
        circuit = circuit.succeeded(policy, 1.0)
        if circuit.state == OPEN:
            break
    assert circuit.state == OPEN


def test_a_threshold_of_zero_never_opens() -> None:
    assert fail(Circuit(), *range(1, 100), policy=Policy(threshold=0)).state == CLOSED


def test_the_wait_grows_to_its_cap_and_closing_begins_anew() -> None:
    circuit, now, waits = fail(Circuit(), 1, 2, 3), 0.0, []
    for attempt in range(100, 106):
        assert circuit.wait_until is not None
        waits.append(circuit.wait_until - now)
        now = circuit.wait_until
        circuit = circuit.probing(now, attempt=attempt).failed(POLICY, now, message=attempt, attempt=attempt)
    assert waits == [10.0, 20.0, 40.0, 80.0, 80.0, 80.0]
    assert circuit.opened_at == 0.0, "since when it does not work, not since the last try"
    circuit = circuit.probing(now + 80, attempt=200).succeeded(POLICY, now + 80, attempts=frozenset({200}))
    assert circuit == Circuit()


def test_the_jitter_spreads_and_stays_below_the_cap() -> None:
    policy = Policy(wait=10.0, cap=100.0, jitter=0.5)
    waits = {policy.next_wait(1, random.Random(seed)) for seed in range(200)}
    assert 5.0 <= min(waits) < 6.0 < 14.0 < max(waits) <= 15.0
    assert all(policy.next_wait(10**6, random.Random(seed)) <= 100.0 for seed in range(50))


def test_only_the_message_on_trial_decides() -> None:
    circuit = fail(Circuit(), 1, 2, 3).probing(10.0, attempt=50)
    assert circuit.failed(POLICY, 11.0, message=9, attempt=9) == circuit, "was under way when it opened"
    assert circuit.succeeded(POLICY, 11.0, attempts=frozenset({9})) == circuit
    assert circuit.failed(POLICY, 11.0, message=4, attempt=50).state == OPEN
    assert circuit.undecided(12.0).may_probe(12.0), "the next message is the try"


def test_there_is_no_second_probe() -> None:
    circuit = fail(Circuit(), 1, 2, 3)
    with pytest.raises(ValueError, match="probe"):
        circuit.probing(9.9, attempt=1)
    with pytest.raises(ValueError, match="probe"):
        circuit.probing(10.0, attempt=1).probing(10.0, attempt=2)


class Life(RuleBasedStateMachine):
    """Any order of failures, successes, probes and time."""

    def __init__(self) -> None:
        super().__init__()
        self.circuit = Circuit()
        self.now = 0.0
        self.numbers = iter(range(1, 10**6))
        #: distinct failures in a row that the circuit must remember, as told independently of it
        self.row: list[tuple[float, int]] = []
        self.passed = 0

    @rule(seconds=st.floats(0.0, 40.0))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(same=st.booleans())
    def a_call_under_way_fails(self, same: bool) -> None:
        message = self.row[-1][1] if same and self.row else next(self.numbers)
        before = self.circuit
        self.circuit = before.failed(POLICY, self.now, message=message, attempt=-message)
        if before.state != CLOSED:
            assert self.circuit == before, "failures while it is open are not counted"
        elif self.circuit.state == OPEN:
            assert len({m for _at, m in self.row} | {message}) >= POLICY.threshold, "opened too early"
            self.row = []
        elif not self.row or self.row[-1][1] != message:
            self.row.append((self.now, message))

    @rule()
    def a_call_under_way_succeeds(self) -> None:
        before = self.circuit
        self.circuit = before.succeeded(POLICY, self.now, attempts=frozenset({-next(self.numbers)}))
        if before.state == CLOSED:
            assert self.circuit.state == CLOSED and self.circuit.streak == 0
            self.row = []
        else:
            assert self.circuit == before, "only the message on trial closes it"

    @precondition(lambda self: self.circuit.may_probe(self.now))
    @rule()
    def one_is_tried(self) -> None:
        self.circuit = self.circuit.probing(self.now, attempt=next(self.numbers))

    @precondition(lambda self: self.circuit.state == HALF_OPEN)
    @rule(end=st.sampled_from(["failed", "succeeded", "undecided"]))
    def the_try_ends(self, end: str) -> None:
        probe = self.circuit.probe
        assert probe is not None
        openings = self.circuit.openings
        if end == "failed":
            self.circuit = self.circuit.failed(POLICY, self.now, message=probe, attempt=probe)
            assert self.circuit.state == OPEN and self.circuit.openings == openings + 1
            assert self.circuit.wait_until is not None and self.circuit.wait_until > self.now
        elif end == "succeeded":
            self.circuit = self.circuit.succeeded(POLICY, self.now, attempts=frozenset({probe}))
            assert self.circuit == Circuit()
            self.row = []
        else:
            self.circuit = self.circuit.undecided(self.now)
            assert self.circuit.may_probe(self.now)

    @invariant()
    def it_is_whole(self) -> None:
        circuit = self.circuit
        assert circuit.state in (CLOSED, OPEN, HALF_OPEN)
        assert (circuit.probe is not None) is (circuit.state == HALF_OPEN)
        assert (circuit.opened_at is not None) is (circuit.state != CLOSED)
        if circuit.state == OPEN:
            assert circuit.wait_until is not None and circuit.wait_until - self.now <= POLICY.cap
        if circuit.state == CLOSED:
            assert circuit.streak < POLICY.threshold
            assert circuit.openings == 0


TestLife = Life.TestCase
