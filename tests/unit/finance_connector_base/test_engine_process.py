"""The state machine of processes (B-36, B-37): every history keeps its promises."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from odoo.addons.finance_connector_base.engine import process as engine
from odoo.addons.finance_connector_base.engine.process import Move, Process, ProcessError, Step
from odoo.addons.finance_connector_base.engine.step import facts_hash


def made(*undoes: bool) -> Process:
    return Process(steps=tuple(Step(undoes=value) for value in undoes))


def states(process: Process) -> list[str]:
    return [step.state for step in process.steps]


def test_steps_are_done_in_order() -> None:
    process = made(False, False)
    assert process.move() == Move(index=0)
    process = process.done()
    assert process.move() == Move(index=1)
    process = process.done()
    assert process.state == engine.DONE
    assert process.move() is None
    assert process.current() is None


def test_failure_after_step_k_undoes_in_reverse_order() -> None:
    """B-37: of five steps the fourth fails; the third and the first declare how to undo them."""
    process = made(True, False, True, True, True).done().done().done().failed()
    assert process.move() is None
    process = process.cancelled()
    assert process.move() == Move(index=2, undo=True)
    process = process.undone()
    assert process.move() == Move(index=0, undo=True)
    process = process.undone()
    assert process.state == engine.UNDONE
    assert states(process) == ["undone", "done", "undone", "failed", "dropped"]


def test_nothing_to_undo_ends_at_once() -> None:
    assert made(True, True).cancelled().state == engine.UNDONE
    assert made(False, True).done().cancelled().state == engine.UNDONE


def test_what_cannot_be_undone_stops_until_a_person_acts() -> None:
    process = made(True, True, True).done().done().cancelled().undo_failed()
    assert process.move() is None
    assert process.current() == 1
    again = process.retried()
    assert again.move() == Move(index=1, undo=True)
    left = process.left()
    assert left.move() == Move(index=0, undo=True)
    assert left.undone().state == engine.UNDONE


def test_a_skipped_step_is_not_undone() -> None:
    process = made(True, True, True).skipped().done().cancelled().undone()
    assert process.state == engine.UNDONE
    assert states(process) == ["skipped", "undone", "dropped"]


@pytest.mark.parametrize("name", ["done", "waits", "resumed", "failed", "retried", "skipped", "cancelled", "undone"])
def test_what_is_over_does_not_move(name: str) -> None:
    for process in (made(False).done(), made(True).cancelled()):
        with pytest.raises(ProcessError):
            getattr(process, name)()


def test_the_digest_of_facts_sees_every_change_and_no_order() -> None:
    assert facts_hash({"a": "1", "b": 2}) == facts_hash({"b": 2, "a": "1"})
    assert facts_hash({"a": "1"}) != facts_hash({"a": "2"})
    assert facts_hash({"a": "1"}) != facts_hash({"a": 1})


class ProcessMachine(RuleBasedStateMachine):
    """Any history of workers and people, against a ledger of what really happened outside."""

    @initialize(undoes=st.lists(st.booleans(), min_size=1, max_size=6))
    def first(self, undoes: list[bool]) -> None:
        self.begin(undoes)

    @precondition(lambda self: self.state_is(engine.DONE, engine.UNDONE))
    @rule(undoes=st.lists(st.booleans(), min_size=1, max_size=6))
    def begin(self, undoes: list[bool]) -> None:
        self.process = made(*undoes)
        self.effects: list[int] = []
        self.undone: list[int] = []
        self.was_cancelled = False

    def state_is(self, *wanted: str) -> bool:
        return hasattr(self, "process") and self.process.state in wanted

    @precondition(lambda self: self.state_is(engine.RUNNING))
    @rule(what=st.sampled_from(["done", "done", "waits", "failed", "skipped"]))
    def work(self, what: str) -> None:
        move = self.process.move()
        assert move is not None and not move.undo
        if what == "done":
            self.effects.append(move.index)
        self.process = getattr(self.process, what)()

    @precondition(lambda self: self.state_is(engine.WAITING))
    @rule(what=st.sampled_from(["resumed", "failed", "skipped"]))
    def answer(self, what: str) -> None:
        self.process = getattr(self.process, what)()

    @precondition(lambda self: self.state_is(engine.FAILED))
    @rule(what=st.sampled_from(["retried", "skipped"]))
    def mend(self, what: str) -> None:
        self.process = getattr(self.process, what)()

    @precondition(lambda self: self.state_is(engine.RUNNING, engine.WAITING, engine.FAILED))
    @rule()
    def cancel(self) -> None:
        self.was_cancelled = True
        self.process = self.process.cancelled()

    @precondition(lambda self: self.state_is(engine.UNDOING))
    @rule(fails=st.booleans())
    def undo(self, fails: bool) -> None:
        move = self.process.move()
        assert move is not None and move.undo
        if not fails:
            self.undone.append(move.index)
        self.process = self.process.undo_failed() if fails else self.process.undone()

    @precondition(lambda self: self.state_is(engine.UNDO_FAILED))
    @rule(what=st.sampled_from(["retried", "left"]))
    def take_over(self, what: str) -> None:
        index = self.process.current()
        assert index is not None
        if what == "left":
            self.undone.append(-1)
        self.process = getattr(self.process, what)()

    @invariant()
    def effects_are_once_and_in_order(self) -> None:
        if hasattr(self, "process"):
            assert self.effects == sorted(set(self.effects))

    @invariant()
    def only_what_happened_is_undone_once_in_reverse(self) -> None:
        if not hasattr(self, "process"):
            return
        undone = [index for index in self.undone if index >= 0]
        assert undone == sorted(set(undone), reverse=True)
        assert set(undone) <= set(self.effects)
        assert self.was_cancelled or not undone

    @invariant()
    def the_end_is_complete(self) -> None:
        if not hasattr(self, "process"):
            return
        steps = self.process.steps
        if self.process.state == engine.DONE:
            assert {step.state for step in steps} <= {engine.DONE, engine.SKIPPED}
        if self.process.state == engine.UNDONE:
            # whatever was done and can be undone is undone, or a person took it over
            for index in self.effects:
                assert steps[index].state in ((engine.UNDONE, engine.LEFT) if steps[index].undoes else (engine.DONE,))
            assert not any(step.state in (engine.TODO, engine.WAITING) for step in steps)

    @invariant()
    def there_is_always_a_next_step_or_somebody_to_act(self) -> None:
        if hasattr(self, "process"):
            assert (self.process.move() is not None) == (self.process.state in engine.MOVING)
            assert (self.process.current() is None) == (self.process.state in engine.CLOSED)


TestProcessMachine = ProcessMachine.TestCase
TestProcessMachine.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
