"""Which entries Odoo makes, and which may be copies of them."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.posting.copying import (
    CONTROLS,
    AccountFacts,
    EntryShape,
    Template,
    divide_entries,
    entry_row,
    is_balanced,
    item_row,
    shape_of,
)
from odoo.addons.finance_expense_sync.posting.plan import Draft, Leg

SHAPES = [EntryShape(currency, "S", False, False) for currency in "ABCDE"]


@given(st.lists(st.frozensets(st.sampled_from(SHAPES), min_size=1), max_size=40), st.sets(st.integers(0, 39)))
def test_every_shape_that_is_copied_was_made_by_odoo_before(shapes: list[frozenset[EntryShape]], odd: set[int]) -> None:
    division = divide_entries(shapes, odd)
    assert sorted(division.by_odoo + division.copies) == list(range(len(shapes)))
    assert not odd & set(division.copies)
    for place in division.copies:
        for shape in shapes[place]:
            made = [other for other in division.by_odoo if other < place and shape in shapes[other]]
            assert len(made) >= CONTROLS


def _draft(*legs: Leg) -> Draft:
    return Draft(company=1, currency="EUR", day=date(2026, 3, 1), group=("line",), legs=legs, sources=())


def _leg(amount: str, **values: object) -> Leg:
    return Leg(**{"role": "cost", "account": 1, "amount": Decimal(amount), "balance": Decimal(amount)} | values)  # type: ignore[arg-type]


def test_an_entry_counts_its_debits_and_has_to_come_to_zero() -> None:
    draft = _draft(_leg("10.00"), _leg("2.50", balance=Decimal("2.00")), _leg("-12.50", balance=Decimal("-12.00")))
    assert is_balanced(draft)
    assert entry_row(draft, "") == {
        "date": date(2026, 3, 1),
        "ref": None,
        "total": Decimal("12.50"),
        "total_in_currency": Decimal("12.50"),
        "total_signed": Decimal("12.00"),
    }
    assert not is_balanced(_draft(_leg("1.00")))


def test_a_base_has_its_tax_beside_it_and_what_is_open_is_counted_where_it_is() -> None:
    template = Template(item=1, base_amount=0.0)
    open_, closed = (AccountFacts(keeps_residual=kept, is_term=False) for kept in (True, False))
    base = item_row(_leg("-8.55", base_of=(7,)), template, closed, {7: Decimal(19)}, 2)
    assert (base["subtotal"], base["total"]) == (Decimal("-8.55"), Decimal("-10.17"))
    assert (base["debit"], base["credit"], base["residual"]) == (0, Decimal("8.55"), 0)
    slice_ = item_row(_leg("1.00", slice_of=(7, 8), base_amount=Decimal("-5")), template, open_, {}, 2)
    assert (slice_["total"], slice_["base_amount"], slice_["residual"]) == (1, 5, Decimal("1.00"))
    assert shape_of(_leg("1.00"), "EUR") != shape_of(_leg("-1.00"), "EUR")
