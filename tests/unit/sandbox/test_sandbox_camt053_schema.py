"""The files against the official schemas, in the shape of the dataclasses that PyPI ``pyiso20022`` made from them.

No package on PyPI ships the camt XSDs themselves. The dataclasses keep what the XSDs say about order, occurrence,
choice, length, pattern, digits and enumerations; version 13 is not among them.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import re
import types
import typing
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from lxml import etree

from sandbox.bank import camt053
from sandbox.bank.bulk import bulk_statement
from sandbox.bank.camt_version import Dialect
from sandbox.bank.demand import read_demand
from sandbox.bank.ledger import Ledger
from sandbox.bank.pages import pages
from sandbox.bank.scenario import play
from sandbox.bank.scenes import SCENES

pytest.importorskip("pyiso20022", reason="the schema oracle is not installed (pyiso20022 and xsdata)")
datatype = pytest.importorskip("xsdata.models.datatype")

VERSIONS = range(2, 13)


@cache
def _fields(cls: Any) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Hint and schema facts of every child, attribute and text of a type, in schema order."""
    hints = typing.get_type_hints(cls, vars(importlib.import_module(cls.__module__)))
    return {
        field.metadata.get("name", field.name): (hints[field.name], dict(field.metadata))
        for field in dataclasses.fields(cls)
    }


def _inner(hint: Any) -> tuple[Any, bool]:
    """Type of one value, and whether it repeats."""
    if typing.get_origin(hint) is list:
        return typing.get_args(hint)[0], True
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(item for item in typing.get_args(hint) if item is not type(None)), False
    return hint, False


def _text_errors(text: str, hint: Any, facts: dict[str, Any]) -> str | None:
    if hint is Decimal:
        _, digits, exponent = Decimal(text).as_tuple()
        fraction = -int(exponent)
        if len(digits) > facts.get("total_digits", 99) or fraction > facts.get("fraction_digits", 99):
            return "too many digits"
        return "too small" if Decimal(text) < facts.get("min_inclusive", Decimal("-Infinity")) else None
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return None if text in {item.value for item in hint} else "not in the enumeration"
    if hint in (datatype.XmlDate, datatype.XmlDateTime):
        hint.from_string(text)
        return None
    if hint is bool:
        return None if text in ("true", "false", "1", "0") else "not a boolean"
    if not facts.get("min_length", 0) <= len(text) <= facts.get("max_length", len(text)):
        return "wrong length"
    return None if re.fullmatch(facts.get("pattern", ".*"), text, re.DOTALL) else "does not match its pattern"


def _own_errors(node: etree._Element, cls: Any, place: str) -> list[str]:
    """What is wrong with the children's order and number, the attributes and the text."""
    fields = _fields(cls)
    order = [name for name, (_, facts) in fields.items() if facts.get("type") == "Element"]
    found = [etree.QName(child).localname for child in node]
    errors = [f"{place}: {name} is unknown" for name in found if name not in order]
    if not errors and found != sorted(found, key=order.index):
        errors.append(f"{place}: order {found}")
    if "Choice" in cls.__name__ and len(found) != 1:
        errors.append(f"{place}: choice of one has {found}")
    for name, (hint, facts) in fields.items():
        kind, repeats = _inner(hint)
        if facts.get("type") != "Element":
            text = node.get(name) if facts.get("type") == "Attribute" else node.text
            problem = _text_errors(text, kind, facts) if text is not None else "missing"
            errors += [f"{place}/{name}: {problem}: {text!r}"] if problem else []
        elif (facts.get("required") or facts.get("min_occurs")) and name not in found:
            errors.append(f"{place}: {name} is missing")
        elif found.count(name) > (facts.get("max_occurs", 10**9) if repeats else 1):
            errors.append(f"{place}: {name} is repeated")
    return errors


def _errors(node: etree._Element, cls: Any, place: str) -> list[str]:
    errors = _own_errors(node, cls, place)
    if errors:
        return errors
    for child in node:
        name = etree.QName(child).localname
        hint, facts = _fields(cls)[name]
        kind, _ = _inner(hint)
        if dataclasses.is_dataclass(kind):
            errors += _errors(child, kind, f"{place}/{name}")
        elif problem := "has children" if len(child) else _text_errors(child.text or "", kind, facts):
            errors.append(f"{place}/{name}: {problem}: {child.text!r}")
    return errors


def schema_errors(data: bytes, version: int) -> list[str]:
    """What the schema of a version says against a file."""
    root = etree.fromstring(data)
    name = f"camt_053_001_{version:02d}"
    module = importlib.import_module(f"pyiso20022.camt.{name}.{name}")
    assert root.tag == f"{{{module.__NAMESPACE__}}}Document"
    assert {etree.QName(node).namespace for node in root.iter()} == {module.__NAMESPACE__}
    return _errors(root, module.Document, "Document")


@pytest.mark.parametrize("opening_code", ["OPBD", "PRCD"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_scene_is_valid(version: int, opening_code: str, demand_text: str) -> None:
    with Ledger() as ledger:
        outcome = play(ledger, read_demand(demand_text), kinds=tuple(SCENES))
    assert not outcome.not_played
    data = camt053.render(outcome.statements, Dialect(version=version, opening_code=opening_code))
    assert schema_errors(data, version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_pages_and_bulk_are_valid(version: int) -> None:
    dialect = Dialect(version=version, pretty=False)
    statement = bulk_statement(5)
    for page in pages(statement, 3):
        assert schema_errors(camt053.render([page], dialect), version) == []
    assert schema_errors(camt053.render([statement], dialect), version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_day_without_bookings_is_valid(version: int, demand_text: str) -> None:
    with Ledger() as ledger:
        outcome = play(ledger, read_demand(demand_text), days=3, kinds=())
    data = camt053.render(outcome.statements, Dialect(version=version))
    assert schema_errors(data, version) == []
    assert b"<Ntry>" not in data


def test_the_oracle_finds_what_is_wrong() -> None:
    data = camt053.render([bulk_statement(1)], Dialect(version=8))
    for wrong in (
        data.replace(b"BICFI", b"BIC"),
        data.replace(b"<CdtDbtInd>CRDT</CdtDbtInd>", b"", 1),
        data.replace(b"<Cd>BOOK</Cd>", b"BOOK"),
        data.replace(b"EUR", b"eur", 1),
        data.replace(b"<NtryDtls>", b"<NtryDtls/><AddtlNtryInf>x</AddtlNtryInf><NtryDtls>"),
    ):
        assert schema_errors(wrong, 8), wrong
