"""Rows in temporary files: they come back as they were, in the order that is wanted, and memory stays flat (C-14)."""

from __future__ import annotations

import io
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.balances import neutral, neutral_reader, spool
from odoo.addons.finance_consolidation_export.balances.neutral import Balance, Head
from odoo.addons.finance_consolidation_export.extracts import layout, xbrl_gl

HEAD = Head(
    batch="B", entity="DE01", lei="", scenario="ACTUAL", fiscal_year=2026, period=10, first=date(2026, 10, 1),
    last=date(2026, 10, 31), currency="EUR", group_currency="USD", source="odoo", generated="2026-11-03T08:00:00+00:00",
)  # fmt: skip
VALUES = st.none() | st.text() | st.integers() | st.dates() | st.decimals(allow_nan=False, allow_infinity=False)
SMALL = 3
ROWS = 3_000
#: well below what the rows take as objects (over 2 MiB), well above a page of them
MOST = 1 << 20


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "AT_ONCE", SMALL)


@given(st.lists(st.lists(VALUES, max_size=4), max_size=5))
def test_values_come_back_as_they_were(rows: list[spool.Row]) -> None:
    with spool.Spool(rows) as kept:
        for _time in range(2):
            found = list(kept)
            assert found == rows
            assert [[str(value) for value in row] for row in found] == [[str(value) for value in row] for row in rows]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers()), max_size=20))
def test_sorted_in_pieces_is_sorted(rows: list[tuple[int, int]]) -> None:
    """Also that rows of one key stay in their order."""
    expected = sorted(map(list, rows), key=lambda row: row[0])
    assert list(spool.ordered(map(list, rows), lambda row: row[0])) == expected


NAMES = ("account_code", "sequence", "balance", "amount_group", "dim1_code")
COLUMNS = tuple(layout.Column(title=name, source=name) for name in NAMES)
AMOUNTS = st.integers(-3, 3)
SHAPES = st.tuples(st.sampled_from("AB"), st.sampled_from(["", "x"]), AMOUNTS, st.none() | AMOUNTS)


@given(st.lists(SHAPES, max_size=12), st.booleans())
def test_like_rows_are_added_up_in_pieces_as_in_memory(
    shapes: list[tuple[str, str, int, int | None]], omits_zero: bool
) -> None:
    rows = [
        Balance(
            account=account, name="", kind="asset", opening=Decimal(amount), debit=Decimal(0), credit=Decimal(0),
            members=(member,), amount_group=None if group is None else Decimal(group),
        )
        for account, member, amount, group in shapes
    ]  # fmt: skip
    expected: dict[tuple[str, str], list[Decimal | None]] = {}
    for account, member, amount, group in shapes:
        if omits_zero and not amount and not group:
            continue
        sums = expected.setdefault((account, member), [Decimal(0), None])
        sums[0] = (sums[0] or Decimal(0)) + amount
        if group is not None:
            sums[1] = (sums[1] or Decimal(0)) + group
    lines = [
        f"{account};{number};{sums[0]};{'' if sums[1] is None else sums[1]};{member}"
        for number, ((account, member), sums) in enumerate(expected.items(), 1)
        if not omits_zero or any(sums)
    ]
    stream = io.BytesIO()
    shape = layout.Layout(columns=COLUMNS, adds_up=True, omits_zero=omits_zero, has_header=False, before="{rows}")
    written = layout.write(shape, HEAD, rows, stream)
    assert stream.getvalue().decode().splitlines() == [str(len(lines)), *lines]
    assert written.rows == len(lines)


def many() -> Iterator[Balance]:
    for number in range(ROWS):
        amount = Decimal(100 + number // 2).scaleb(-2)
        debit, credit = (amount, Decimal(0)) if number % 2 else (Decimal(0), amount)
        yield Balance(
            account=f"G{number % 7}", name="An account", kind="asset", opening=Decimal(0), debit=debit,
            credit=credit, period_debit=debit, period_credit=credit, members=(f"M{number}",),
        )  # fmt: skip


def in_layout(**values: object) -> Callable[[BinaryIO], object]:
    shape = replace(layout.Layout(columns=COLUMNS), **values)  # type: ignore[arg-type]
    return lambda stream: layout.write(shape, HEAD, many(), stream)


def read_again(stream: BinaryIO) -> None:
    neutral.write(HEAD, many(), {}, stream)
    stream.seek(0)
    with neutral_reader.read(stream) as reading:
        assert sum(1 for _balance in reading.balances()) == reading.count == ROWS


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(in_layout(order=("balance",)), id="sorted"),
        pytest.param(in_layout(adds_up=True), id="added up"),
        pytest.param(in_layout(before="{debit}", kind="xlsx"), id="sums above, XLSX"),
        pytest.param(lambda stream: xbrl_gl.write(HEAD, many(), ("center",), stream), id="XBRL GL"),
        pytest.param(read_again, id="read"),
    ],
)
def test_memory_does_not_grow_with_the_rows(
    work: Callable[[BinaryIO], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "AT_ONCE", 200)
    with tempfile.TemporaryFile() as stream:
        tracemalloc.start()
        try:
            work(stream)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < MOST, f"{peak / (1 << 20):.1f} MiB"
