"""Canonical master data: what is written is read back, and what is not of this version is refused (B-30)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.canonical import (
    ABSENT,
    DOMAINS,
    Canonical,
    CanonicalError,
    Partner,
    Product,
    UnknownVersion,
    parse,
)
from odoo.addons.finance_connector_base.canonical.kinds import (
    Choice,
    Day,
    Kind,
    Number,
    Reference,
    References,
    Text,
    Whole,
    plain,
)

SCHEMAS = Path(__file__).parents[3] / "finance_connector_base" / "canonical" / "schemas"
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=3).map(
    lambda text: text.strip() or "x"
)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    match kind:
        case References():
            return st.sets(WORDS, max_size=3).map(lambda names: tuple(sorted(names)))
        case Text():
            return WORDS.map(lambda text: text[: kind.length].strip() or "x")
        case Reference():
            return WORDS
        case Choice():
            return st.sampled_from(kind.values)
        case Number():
            return st.decimals(-(10**9), 10**9, places=6, allow_nan=False).map(plain)
        case Whole():
            return st.integers(0, 2**31 - 1)
        case Day():
            return st.dates()
        case _:
            return st.booleans()


@st.composite
def objects(draw: st.DrawFn) -> Canonical:
    cls = draw(st.sampled_from(sorted(DOMAINS.values(), key=lambda c: c.domain)))
    said: dict[str, Any] = {}
    for name, kind in cls.kinds().items():
        nothing = st.just(ABSENT) if name == "active" else st.sampled_from([None, ABSENT])
        said[name] = draw(values(kind) | nothing)
    return cls(external_id=draw(WORDS | st.none()), source_id=draw(WORDS | st.none()), **said)


@given(objects())
def test_round_trip_through_json(obj: Canonical) -> None:
    assert parse(json.loads(json.dumps(obj.to_dict()))) == obj


@given(objects())
def test_what_is_written_keeps_the_schema(obj: Canonical) -> None:
    jsonschema.validate(obj.to_dict(), type(obj).schema())


@given(objects())
def test_equal_objects_have_equal_digests_whatever_they_are_called(obj: Canonical) -> None:
    data = {**obj.to_dict(), "external_id": "another", "source_id": "yet another"}
    assert parse(data).digest() == obj.digest()
    assert obj.differences(parse(data)) == {}


@given(objects(), st.data())
def test_a_difference_is_found_and_changes_the_digest(obj: Canonical, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(obj.kinds())))
    other = data.draw(values(obj.kinds()[name]))
    changed = type(obj)(external_id=obj.external_id, **{**obj.spoken(), name: other})
    mine = getattr(obj, name)
    assert obj.differences(changed) == ({name: (mine, other)} if mine is not ABSENT and mine != other else {})
    assert (changed.digest() == obj.digest()) == (mine == other)


@pytest.mark.parametrize("cls", DOMAINS.values(), ids=DOMAINS)
def test_a_schema_changes_only_with_its_version(cls: type[Canonical]) -> None:
    """The files are what was agreed with other systems: change a domain and raise its version."""
    file = SCHEMAS / f"{cls.domain}.{cls.version}.json"
    assert json.loads(file.read_text()) == json.loads(json.dumps(cls.schema()))


@pytest.mark.parametrize("cls", DOMAINS.values(), ids=DOMAINS)
@pytest.mark.parametrize("version", [0, 2, 99, "1", None, True, 1.5])
def test_another_version_is_refused(cls: type[Canonical], version: object) -> None:
    with pytest.raises(UnknownVersion):
        parse({"domain": cls.domain, "version": version, "external_id": "1"})


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ([], "no object"),
        ({"domain": "shoe", "version": 1}, "shoe"),
        ({"domain": ["partner"], "version": 1}, "not known"),
        ({"domain": "partner", "version": 1, "size": 44}, "size is not known"),
        ({"domain": "partner", "version": 1, "name": 7}, "name has to be text"),
        ({"domain": "partner", "version": 1, "name": "a\x00b"}, "control characters"),
        ({"domain": "partner", "version": 1, "name": "x" * 201}, "longer than 200"),
        ({"domain": "partner", "version": 1, "active": None}, "active has to be true or false"),
        ({"domain": "tax", "version": 1, "amount": 21.5}, "written as text"),
        ({"domain": "tax", "version": 1, "amount": "NaN"}, "no decimal number"),
        ({"domain": "tax", "version": 1, "use": "smoking"}, "one of"),
        ({"domain": "rate", "version": 1, "day": "2026-02-30"}, "date like"),
        ({"domain": "rate", "version": 1, "day": "20260101"}, "date like"),
        ({"domain": "payment_term", "version": 1, "net_days": -1}, "not negative"),
        ({"domain": "payment_term", "version": 1, "net_days": True}, "whole number"),
        ({"domain": "product", "version": 1, "sale_taxes": "T1"}, "list"),
    ],
)
def test_what_is_wrong_is_named(data: Any, named: str) -> None:
    with pytest.raises(CanonicalError, match=named):
        parse(data)


def test_nothing_empty_and_said() -> None:
    obj = parse({"domain": "partner", "version": 1, "external_id": " V1 ", "name": " Acme ", "vat": "", "city": None})
    assert isinstance(obj, Partner)
    assert (obj.external_id, obj.name, obj.vat, obj.city, obj.email) == ("V1", "Acme", None, None, ABSENT)
    assert obj.spoken() == {"name": "Acme", "vat": None, "city": None}
    assert Partner(name="Acme").missing() == []
    assert Partner().missing() == ["name"]


def test_numbers_compare_by_value() -> None:
    one, other = Product(price=Decimal("21.50")), parse({"domain": "product", "version": 1, "price": "21.5"})
    assert one.digest() == other.digest()
    assert parse({"domain": "rate", "version": 1, "day": "2026-02-28"}).spoken() == {"day": date(2026, 2, 28)}
