"""What a failed attempt means, as a table."""

from __future__ import annotations

import pytest
from engine_facts import claim

from odoo.addons.finance_connector_base.engine import errors, states
from odoo.addons.finance_connector_base.engine.decision import credentials_key, decide

TABLE = [
    # error, state, needs a person, class
    (errors.TransientError, states.RETRY, False, "technical"),
    (errors.ThrottledError, states.RETRY, False, "technical"),
    (errors.NotNowError, states.RETRY, False, "technical"),
    (errors.UnavailableError, states.RETRY, False, "technical"),
    (errors.AuthNeededError, states.HELD, True, "technical"),
    (errors.RejectedError, states.HELD, True, "business"),
    (errors.MalformedError, states.HELD, True, "data"),
    (errors.DuplicateError, states.IGNORED, False, "data"),
    (errors.AmbiguousError, states.UNKNOWN, True, "technical"),
]


def test_the_table_is_complete() -> None:
    # those of other modules are special cases of these, and decided as these are
    own = {error for error in _subclasses(errors.FinanceError) if error.__module__ == errors.__name__}
    assert {row[0] for row in TABLE} == own


def _subclasses(error: type[errors.FinanceError]) -> list[type[errors.FinanceError]]:
    return [found for sub in error.__subclasses__() for found in (sub, *_subclasses(sub))]


@pytest.mark.parametrize(("error", "state", "needs_person", "error_class"), TABLE)
def test_b34_each_error_has_its_outcome(
    error: type[errors.FinanceError], state: str, needs_person: bool, error_class: str
) -> None:
    decision = decide(claim(), error("why", reason="r", params={"a": 1}))
    completion = decision.completion
    assert (completion.id, completion.attempt_id) == (5, 6)
    assert (completion.state, completion.outcome, completion.error_class) == (state, state, error_class)
    assert (completion.reason, completion.detail) == ("r", "why")
    assert decision.needs_person is needs_person
    assert decision.params == {"a": 1}
    assert (completion.next_in is not None) is (state == states.RETRY)


def test_b11_the_last_attempt_makes_a_dead_letter() -> None:
    assert decide(claim(attempts=2), errors.TransientError("x")).completion.state == states.RETRY
    dead = decide(claim(attempts=3), errors.TransientError("x"))
    assert (dead.completion.state, dead.needs_person) == (states.DEAD, True)


def test_fault_47_a_throttle_pauses_the_connection_and_is_not_counted() -> None:
    decision = decide(claim(attempts=99), errors.ThrottledError("x", retry_after=30))
    assert (decision.completion.next_in, decision.pause_connection, decision.completion.uncount) == (30, 30, 1)
    assert decide(claim(), errors.TransientError("x", retry_after=30)).pause_connection is None


def test_fault_62_what_waits_for_the_vault_is_not_counted_and_the_connection_waits() -> None:
    decision = decide(claim(attempts=99), errors.UnavailableError("x"))
    assert (decision.completion.state, decision.completion.uncount) == (states.RETRY, 1)
    assert decision.pause_connection == decision.completion.next_in
    assert decision.is_our_pause
    assert not decision.needs_credentials
    # a secret that is read again: at once
    again = decide(claim(attempts=99), errors.UnavailableError("x", retry_after=0.0))
    assert (again.completion.next_in, again.completion.uncount, again.pause_connection) == (0.0, 1, None)


def test_b23_what_meets_an_open_circuit_keeps_its_attempt() -> None:
    """Where the place is known to be down it is not the message that failed: it never becomes a dead letter."""
    for error in (errors.NotNowError("x"), errors.TransientError("x", retry_after=30)):
        decision = decide(claim(attempts=99), error, is_down=True, wait=7.0)
        completion = decision.completion
        assert (completion.state, completion.uncount, completion.next_in) == (states.RETRY, 1, 7.0)
        assert (decision.pause_connection, decision.needs_person) == (None, False)
    # nobody knows what came of it, whatever the circuit says
    assert decide(claim(), errors.AmbiguousError("x"), is_down=True).completion.state == states.UNKNOWN
    assert decide(claim(attempts=99), errors.RejectedError("x"), is_down=True).completion.uncount == 0


def test_credentials_make_everything_on_the_connection_wait_for_a_test() -> None:
    decision = decide(claim(), errors.AuthNeededError("x"))
    assert decision.needs_credentials
    assert decision.completion.waiting_key == credentials_key(7)
    assert decide(claim(), errors.AuthNeededError("x", waiting_key="own")).completion.waiting_key == "own"
    assert not decide(claim(), errors.RejectedError("x")).needs_credentials


@pytest.mark.parametrize(("error", "state", "_person", "_class"), TABLE)
def test_money_moves_at_most_once(error: type[errors.FinanceError], state: str, _person: bool, _class: str) -> None:
    """What the handler says counts; what happened to it leaves the outcome unknown."""
    at_most_once = claim(at_most_once=True)
    assert decide(at_most_once, error("x"), on_purpose=True).completion.state == state
    assert decide(at_most_once, error("x"), on_purpose=False).completion.state == states.UNKNOWN


def test_looking_again_may_be_repeated() -> None:
    fetch = claim(at_most_once=True, kind="fetch")
    assert decide(fetch, errors.TransientError("x"), on_purpose=False).completion.state == states.RETRY
    assert decide(fetch, errors.AmbiguousError("x")).completion.state == states.RETRY


def test_b44_details_are_masked() -> None:
    decision = decide(claim(), errors.RejectedError("DE89370400440532013000 is closed"))
    assert decision.completion.detail == "DE89…3000 is closed"
