"""A value made through a draft is the locked class in every respect (docs/decisions/0002)."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from decimal import Decimal

import pytest

from odoo.addons.finance_bank_sync.formats import model
from odoo.addons.finance_connector_base.engine.drafts import draft

VALUES = [
    model.Money(amount=Decimal("1.00"), currency="EUR"),
    model.Party(name="A", address=("B", "C")),
    model.References(end_to_end_id="E"),
    model.Detail(money=model.Money(amount=Decimal(1), currency="EUR")),
    model.Entry(position=1, money=model.Money(amount=Decimal(1), currency="EUR"), status="BOOK"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_draft_becomes_the_class(value: object) -> None:
    given = {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]
    made = draft(type(value))(**given)
    assert type(made) is type(value)
    assert made == value
    assert hash(made) == hash(value)
    assert repr(made) == repr(value)
    assert replace(made) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == value  # noqa: S301
    assert not hasattr(made, "__dict__")
    with pytest.raises(FrozenInstanceError):
        setattr(made, next(iter(given)), None)
    with pytest.raises(FrozenInstanceError):
        delattr(made, next(iter(given)))


def test_defaults_and_required_fields_are_those_of_the_class() -> None:
    new_entry = draft(model.Entry)
    assert new_entry(position=1, money=VALUES[0], status="BOOK") == model.Entry(  # type: ignore[arg-type]
        position=1,
        money=VALUES[0],  # type: ignore[arg-type]
        status="BOOK",
    )
    with pytest.raises(TypeError):
        new_entry(position=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        new_entry(1, VALUES[0], "BOOK")  # type: ignore[misc, arg-type]
    with pytest.raises(TypeError):
        new_entry(position=1, money=VALUES[0], status="BOOK", colour="red")  # type: ignore[call-arg, arg-type]
