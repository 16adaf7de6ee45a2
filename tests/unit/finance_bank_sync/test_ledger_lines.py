"""What the copied lines of a statement rest on: control lines, blocks of numbers, rules of a row."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.ledger.plan import LinePlan
from odoo.addons.finance_bank_sync.ledger.row import Ids, PartnerFacts, ShapeFacts, Texts, row
from odoo.addons.finance_bank_sync.ledger.shape import SMALL, divide, shape_of, traits
from odoo.addons.finance_connector_base.engine.series import Block, Number, are_consecutive

CENTS = st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))
SPLIT = re.compile(r"^(?:.*?)(\d{0,9})(?:\D*?)$")


def plan(**values: Any) -> LinePlan:
    return LinePlan(
        **{"entry_id": 1, "sequence": 1, "date": date(2026, 3, 2), "amount": Decimal(1), "label": "x", **values}
    )


plans = st.lists(
    st.builds(
        plan,
        amount=CENTS,
        partner_id=st.sampled_from([None, 1, 2]),
        narration=st.sampled_from([None, "n"]),
        counterpart_account_id=st.sampled_from([None, 7, 8]),
        foreign_currency_id=st.sampled_from([None, 3]),
    ),
    max_size=60,
)


# -- control lines ---------------------------------------------------------------------------


@given(plans, st.randoms(use_true_random=False))
def test_every_line_is_made_or_copied_once(found: list[LinePlan], rng: Any) -> None:
    odd = set(rng.sample(range(len(found)), len(found) // 5))
    division = divide(found, ["s"] * len(found), odd)
    controls = [position for positions in division.controls.values() for position in positions]
    copies = [position for positions in division.copies.values() for position in positions]
    assert sorted([*controls, *copies, *division.alone]) == list(range(len(found)))
    assert odd <= set(division.alone)


@given(plans, st.data())
def test_what_a_copy_has_a_control_line_has_too(found: list[LinePlan], data: st.DataObject) -> None:
    series = data.draw(st.lists(st.sampled_from("ab"), min_size=len(found), max_size=len(found)))
    division = divide(found, series)
    for shape, copies in division.copies.items():
        controls = division.controls[shape]
        assert len(controls) >= 2 and copies
        assert {shape_of(found[position]) for position in (*controls, *copies)} == {shape}
        shown = {trait for position in controls for trait in traits(found[position], series[position])}
        assert all(shown.issuperset(traits(found[position], series[position])) for position in copies)


def test_few_lines_are_not_worth_a_proof() -> None:
    assert divide([plan()] * SMALL, ["s"] * SMALL).alone == list(range(SMALL))
    assert divide([plan()] * 50, ["s"] * 50).controls == {shape_of(plan()): [0, 49]}


# -- numbers ---------------------------------------------------------------------------------


def block(first: int, *, made_gap: bool = False, template: str = "BNK/{year}/{seq:05d}") -> Block:
    return Block(template=template, values={"year": 2026}, split=SPLIT, first=first, made_gap=made_gap)


def test_numbers_count_on() -> None:
    assert block(99_999).numbers(2) == [
        Number(name="BNK/2026/99999", prefix="BNK/2026/", number=99_999),
        Number(name="BNK/2026/100000", prefix="BNK/2026/", number=100_000),
    ]


def test_only_the_first_number_leaves_the_gap() -> None:
    assert [number.made_gap for number in block(7, made_gap=True).numbers(3)] == [True, False, False]


def test_a_name_that_does_not_read_as_its_number() -> None:
    with pytest.raises(ValueError, match="does not read"):
        block(1, template="BNK/{seq}7").numbers(1)


@given(st.sets(st.integers(0, 30)))
def test_consecutive(numbers: set[int]) -> None:
    expected = bool(numbers) and max(numbers) - min(numbers) == len(numbers) - 1
    assert are_consecutive(numbers) is expected


# -- rows ------------------------------------------------------------------------------------


def make(line: LinePlan, balance: Decimal | None = None, **facts: Any) -> dict[str, Any]:
    shape = {
        "journal_digits": 2,
        "counterpart_digits": 2,
        "company_digits": 2,
        "is_suspense": True,
        "has_residual": False,
        "bank_has_residual": True,
        "is_checked": True,
        **facts,
    }
    return row(
        line,
        ids=Ids(move=1, line=2, bank_item=3, counterpart_item=4),
        number=Number(name="N/1", prefix="N/", number=1),
        partner=PartnerFacts(),
        shape=ShapeFacts(**shape),
        texts=Texts(label="x", partner_name=None, account_number=None, transaction_type=None, narration=None),
        balance=line.amount if balance is None else balance,
    )


@given(CENTS, CENTS)
def test_both_items_balance(amount: Decimal, balance: Decimal) -> None:
    found = make(plan(amount=amount), balance)
    assert found["bank_balance"] + found["other_balance"] == 0
    for side in ("bank", "other"):
        assert found[f"{side}_debit"] - found[f"{side}_credit"] == found[f"{side}_balance"]
        assert min(found[f"{side}_debit"], found[f"{side}_credit"]) == 0
    assert found["total_balance"] == abs(balance)


def test_total_is_the_debit_item_in_the_currency_of_the_entry() -> None:
    yen = {"foreign_currency_id": 9, "counterpart_digits": 0}
    facts = {"counterpart_digits": yen.pop("counterpart_digits")}
    paid_in = plan(amount=Decimal("10.25"), foreign_amount=Decimal(1633), **yen)
    paid_out = plan(amount=Decimal("-10.25"), foreign_amount=Decimal(-1633), **yen)
    assert make(paid_in, **facts)["total"] == 10
    assert make(paid_out, **facts)["total"] == 1633


@pytest.mark.parametrize(
    ("amount", "facts", "residual", "is_reconciled"),
    [
        ("5.00", {}, "-5.00", False),
        ("0.00", {}, "0.00", True),
        ("5.00", {"is_suspense": False}, "0", True),
        ("5.00", {"is_suspense": False, "is_checked": False}, "-5.00", True),
    ],
)
def test_what_is_left_to_reconcile(amount: str, facts: dict[str, bool], residual: str, is_reconciled: bool) -> None:
    found = make(plan(amount=Decimal(amount)), **facts)
    assert (found["residual"], found["is_reconciled"]) == (Decimal(residual), is_reconciled)


def test_order_of_a_day() -> None:
    assert make(plan(sequence=5))["internal_index"] == "2026030221474836420000000002"
