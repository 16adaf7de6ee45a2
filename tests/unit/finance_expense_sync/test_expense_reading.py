"""Answers of platforms are read by name, exactly, and errors name places and no values (E-02, fault 55)."""

from __future__ import annotations

import random
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_expense_sync.canonical import Money
from odoo.addons.finance_expense_sync.platforms import dimensions
from odoo.addons.finance_expense_sync.platforms.reading import Node, digits, loads, make, minor, stable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        random.Random(7).shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=40)
@given(VALUES)
def test_the_order_of_fields_makes_no_other_document(value: Any) -> None:
    assert stable(value) == stable(shuffled(value))


def test_values_are_read_as_they_are_meant() -> None:
    node = loads(
        b'{"n": 0.10, "t": "12.5", "i": 3, "e": " ", "y": "Y", "f": false, "d": "2026-03-02T23:59:59.000+14:00",'
        b' "x": {"a": 1}, "l": [{"a": 2}], "z": null}',
        "answer",
    )
    assert (node.amount("n"), node.amount("t"), node.number("i")) == (Decimal("0.10"), Decimal("12.5"), 3)
    assert (node.text("e"), node.text("z"), node.amount("gone"), node.nodes("gone")) == (None, None, None, [])
    assert (node.yes("y"), node.yes("f"), node.yes("z")) == (True, False, None)
    assert node.day("d") == date(2026, 3, 2), "the calendar date as it is written"
    assert node.moment("d") == datetime(2026, 3, 2, 9, 59, 59)
    inner = node.node("x")
    assert inner and inner.number("a") == 1 and [item.number("a") for item in node.nodes("l")] == [2]


@pytest.mark.parametrize(
    ("read", "place"),
    [
        (lambda node: node.amount("t"), "answer.t is no number"),
        (lambda node: node.amount("b"), "answer.b is no number"),
        (lambda node: node.number("f"), "answer.f is no whole number"),
        (lambda node: node.day("t"), "answer.t is no date"),
        (lambda node: node.moment("t"), "answer.t is no time"),
        (lambda node: node.yes("t"), "answer.t is neither yes nor no"),
        (lambda node: node.text("l"), "answer.l is no text"),
        (lambda node: node.node("t"), "answer.t is no object"),
        (lambda node: node.nodes("t"), "answer.t is no list"),
        (lambda node: node.nodes("l"), r"answer.l\[0\] is no object"),
        (lambda node: node.needed("gone"), "answer.gone is missing"),
        (lambda node: make(Money, "answer", amount="x", currency="EURO"), "answer: amount: "),
    ],
)
def test_errors_name_the_place_and_no_value(read: Any, place: str) -> None:
    node = Node({"t": "Jane Roe", "b": True, "l": ["Jane Roe"], "f": Decimal("1.5")}, "answer")
    with pytest.raises(MalformedError, match=place) as caught:
        read(node)
    assert "Jane" not in str(caught.value)


def test_what_is_no_json_is_refused() -> None:
    for data in (b"<html>", b"[]", b'{"a": NaN}', b'{"a": 1, "a": 2}'):
        with pytest.raises(MalformedError):
            loads(data, "answer")


def test_smallest_units_by_currency() -> None:
    assert [digits(code) for code in ("EUR", "jpy", "KWD", "CLF", "???")] == [2, 0, 3, 4, 2]
    assert (minor(1250, 2), minor(-5, 3), minor(7, 0)) == (Decimal("12.50"), Decimal("-0.005"), Decimal(7))


def test_fields_of_the_platform_get_a_meaning() -> None:
    fields = dimensions.read_fields("# ours\ncost_center = custom4\nproject= custom7 , custom9\nentity =org1\n")
    said = {"custom4": "CC1", "custom9": "P1", "org1": "NL", "custom1": "not read"}
    assert dimensions.values(fields, said.get) == {"cost_center": "CC1", "project": "P1"}
    assert dimensions.entity(fields, said.get) == "NL"
    paid_for = dimensions.read_fields("service_from = c1\nservice_to = c2")
    days = {"c1": "2026-03-01", "c2": "2027-02-28T00:00:00"}
    assert dimensions.values(paid_for, days.get) == {}
    assert dimensions.service(paid_for, days.get) == {
        "service_from": date(2026, 3, 1),
        "service_to": date(2027, 2, 28),
    }
    assert dimensions.service(paid_for, {}.get) == {}
    with pytest.raises(MalformedError, match="c1: says no day for service_from"):
        dimensions.service(paid_for, {"c1": "soon"}.get)
    assert dimensions.entity({}, said.get) is None


@pytest.mark.parametrize("text", ["cost center = a", "x", "a = b\na = c", "a = ,", "= b", "a = " + "b" * 81])
def test_a_wrong_line_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        dimensions.read_fields(text)
