"""What a delivery says about itself (B-16, B-18), and counting refusals without a flood of rows."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.webhooks import PathError, Paths, check_path, read_facts
from odoo.addons.finance_connector_base.webhooks.facts import MAX_RANK
from odoo.addons.finance_connector_base.webhooks.tally import Tally

PATHS = Paths(identity="id", kind="type", key="data.object.id", rank="created", ranks={"payment.settled": 2})


def body(**values: object) -> bytes:
    return json.dumps(values).encode()


def test_facts_stand_where_the_paths_say() -> None:
    facts = read_facts(body(id="evt_1", type="payout.paid", created=1_700_000_000, data={"object": {"id": 17}}), PATHS)
    assert (facts.readable, facts.identity, facts.kind) == (True, "evt_1", "payout.paid")
    assert (facts.key, facts.rank) == ("17", 1_700_000_000)


def test_the_rank_of_a_kind_wins_over_the_time() -> None:
    assert read_facts(body(type="payment.settled", created=5), PATHS).rank == 2
    assert read_facts(body(type="payment.other", created=5), PATHS).rank == 5


@pytest.mark.parametrize(
    ("created", "rank"),
    [
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-14T23:13:20+01:00", 1_700_000_000),
        (1_700_000_000_000, 1_700_000_000),
        ("1700000000", 1_700_000_000),
        (1_700_000_000.5, 1_700_000_000),
        ("yesterday", None),
        (True, None),
        (-1, None),
        (0, None),
        (10**30, None),
        ([], None),
    ],
)
def test_a_time_is_a_rank_in_seconds(created: object, rank: int | None) -> None:
    assert read_facts(body(created=created), PATHS).rank == rank


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2037, 1, 1)))
def test_later_times_never_have_a_smaller_rank(moment: datetime) -> None:
    aware = moment.replace(tzinfo=timezone.utc)
    rank = read_facts(body(created=aware.isoformat()), PATHS).rank
    assert rank == int(aware.timestamp()) and 0 < rank <= MAX_RANK


@given(st.binary(max_size=200))
def test_fault_65_any_bytes_are_read_or_said_to_be_unreadable(data: bytes) -> None:
    facts = read_facts(data, PATHS)
    assert facts.readable or facts == read_facts(b"\xff", PATHS)


@pytest.mark.parametrize("value", ["", "a\nb", "x" * 201, None, True, {}, []])
def test_what_is_no_plain_text_is_no_fact(value: object) -> None:
    assert read_facts(body(id=value), PATHS).identity is None


def test_an_expression_that_cannot_be_used_is_said() -> None:
    check_path("data.object.id")
    with pytest.raises(PathError):
        check_path("data..id")


def test_the_first_of_a_kind_is_written_and_then_sums() -> None:
    tally: Tally[str] = Tally(gap=10)
    assert [tally.note("a", at) for at in (0, 1, 2, 9.9)] == [1, 0, 0, 0]
    assert tally.note("b", 5) == 1
    assert tally.note("a", 10) == 4


@given(st.lists(st.floats(0, 100), max_size=60))
def test_no_count_is_lost_but_the_last_seconds(gaps: list[float]) -> None:
    tally: Tally[str] = Tally(gap=10)
    now, written = 0.0, 0
    for gap in gaps:
        now += gap
        written += tally.note("a", now)
    written += tally.note("a", now + 10.001)
    assert written == len(gaps) + 1


def test_keys_are_forgotten_before_they_fill_the_memory() -> None:
    tally: Tally[int] = Tally(keys=10)
    for key in range(1000):
        assert tally.note(key, 0) == 1
    assert len(tally._seen) == 10
