"""Outcomes, text, correlation, pace, trouble of the database."""

from __future__ import annotations

import json
import logging

import psycopg2
import psycopg2.errors
import psycopg2.pool
import pytest
from engine_facts import FLOW, claim
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.claim import FIRST_BATCH, TOGETHER_SECONDS, Pace
from odoo.addons.finance_connector_base.engine.completion import COLUMNS, Completion, columns, of_outcome, released, row
from odoo.addons.finance_connector_base.engine.database import RERUN, is_infrastructure
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored
from odoo.addons.finance_connector_base.engine.text import printable, to_json
from odoo.addons.finance_connector_base.engine.work import (
    Work,
    correlate_log_records,
    correlation_headers,
    current_work,
    is_correlation_id,
)

# -- completions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Done(), states.DONE),
        (Done(result={"a": 1}), states.DONE),
        (Ignored(reason="r", detail="d"), states.IGNORED),
        (Held(reason="r", detail="d"), states.HELD),
    ],
)
def test_outcomes(outcome: Done | Ignored | Held, state: str) -> None:
    completion = of_outcome(claim(), outcome, {"m": 2})
    assert (completion.state, completion.outcome) == (state, state)
    assert completion.versions == '{"m": 2}'


@pytest.mark.parametrize("answer", [None, True, "done", {}])
def test_a_handler_that_answers_nonsense_is_told(answer: object) -> None:
    with pytest.raises(TypeError, match="expected Done, Held or Ignored"):
        of_outcome(claim(), answer)  # type: ignore[arg-type]


def test_a_completion_outside_of_the_table_cannot_be_made() -> None:
    with pytest.raises(states.TransitionError):
        Completion(id=1, attempt_id=2, state=states.PROCESSING, outcome="done")


def test_one_and_many_carry_the_same_columns() -> None:
    completions = [of_outcome(claim(), Done(result={"n": n})) for n in range(3)]
    completions.append(released(claim(), reason="r", detail="d", next_in=30.0))
    table = columns(completions)
    assert tuple(table) == COLUMNS
    assert [row(completion) for completion in completions] == [
        {name: table[name][index] for name in COLUMNS} for index in range(4)
    ]
    assert (table["state"][3], table["outcome"][3], table["uncount"][3]) == (states.QUEUED, "released", 1)


# -- text ------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(st.characters()))
def test_fault_65_any_name_becomes_text_that_can_be_stored(text: str) -> None:
    stored = printable(text)
    stored.encode("utf-8")
    assert "\x00" not in stored
    assert printable(stored) == stored


@given(JSON)
def test_fault_65_any_content_becomes_json_that_can_be_stored(value: object) -> None:
    text = to_json({"value": value, "decimal": object})
    text.encode("utf-8")
    assert "\\u0000" not in text.replace("\\\\u0000", "")
    assert "\\ud8" not in text.replace("\\\\ud8", "") or json.loads(text)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


# -- correlation -----------------------------------------------------------------------------


@pytest.mark.parametrize("good", ["a", "0" * 64, "order-1.2_3:4"])
def test_b05_ids_that_are_taken_over(good: str) -> None:
    assert is_correlation_id(good)


@pytest.mark.parametrize("bad", [None, "", "-a", "a b", "a\n", "a\r\nX-Evil: 1", "\x1b[0m", "%s", "é", "0" * 65])
def test_b05_ids_that_are_not(bad: str | None) -> None:
    assert not is_correlation_id(bad)


def _work() -> Work:
    return Work(message_id=1, attempt_id=2, worker_id=3, lease_seconds=60, correlation_id="corr-1")


def test_b05_log_lines_and_headers(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory()
    try:
        correlate_log_records()
        factory = logging.getLogRecordFactory()
        correlate_log_records()
        assert logging.getLogRecordFactory() is factory, "once, however often it is asked for"
        logger = logging.getLogger("anybody")
        token = current_work.set(_work())
        try:
            logger.warning("with %s", "arguments")
            assert correlation_headers() == {"X-Correlation-ID": "corr-1"}
        finally:
            current_work.reset(token)
        logger.warning("outside")
        assert correlation_headers() == {}
    finally:
        logging.setLogRecordFactory(before)
    assert [record.getMessage() for record in caplog.records] == ["[corr-1] with arguments", "outside"]


def test_the_heartbeat_is_due_after_a_quarter_of_the_lease() -> None:
    work = _work()
    assert not work.beat_is_due()
    work.beaten_at -= 16
    assert work.beat_is_due()
    assert not work.beat_is_due()


# -- pace ------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 1e4)), max_size=20), st.integers(1, 1000))
def test_b24_bites_fit_the_flow_and_the_second(batches: list[tuple[int, float]], limit: int) -> None:
    flow = FLOW._replace(batch_size=limit)
    pace = Pace()
    assert pace.size(flow) == min(limit, FIRST_BATCH)
    for messages, seconds in batches:
        pace.took(flow, messages, seconds)
        assert 1 <= pace.size(flow) <= limit
        if seconds / messages > 2:
            assert pace.size(flow) == 1, "slow messages are taken one at a time"


def test_a_fast_flow_is_taken_in_ever_larger_bites() -> None:
    flow = FLOW._replace(batch_size=1000)
    pace = Pace()
    sizes = []
    for _round in range(5):
        sizes.append(pace.size(flow))
        pace.took(flow, sizes[-1], sizes[-1] * 0.001)
    assert sizes == [10, 40, 160, 640, 1000]


def test_what_is_ended_together_shares_the_price_of_a_batch() -> None:
    """A batch that costs three seconds and a little for each message does not shrink to one message."""
    flow = FLOW._replace(batch_size=500)
    pace = Pace()
    for _round in range(6):
        size = pace.size(flow)
        pace.took(flow, size, 3 + size * 0.01, TOGETHER_SECONDS)
    assert pace.size(flow) > 300


# -- trouble of the database ------------------------------------------------------------------


def _error(code: str) -> psycopg2.Error:
    return psycopg2.errors.lookup(code)("injected")


@pytest.mark.parametrize(
    ("kind", "closed", "trouble"),
    [
        (psycopg2.pool.PoolError, False, True),
        (psycopg2.InterfaceError, False, False),
        (psycopg2.InterfaceError, True, True),
        (psycopg2.OperationalError, False, True),
        (psycopg2.ProgrammingError, False, False),
        (psycopg2.DatabaseError, True, True),
        (ValueError, True, False),
    ],
)
def test_faults_19_to_22_errors_without_a_code(kind: type[Exception], closed: bool, trouble: bool) -> None:
    assert is_infrastructure(kind("x"), connection_closed=closed) is trouble


def test_conflicts_are_no_trouble() -> None:
    assert {kind.__name__ for kind in RERUN} == {"SerializationFailure", "DeadlockDetected", "LockNotAvailable"}
