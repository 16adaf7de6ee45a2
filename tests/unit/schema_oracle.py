"""What the official schemas say about a file, in the shape of the dataclasses that PyPI ``pyiso20022`` made from them.

It is an outside check of what the suite and the sandbox write, for messages whose XSD no package carries.
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

pytest.importorskip("pyiso20022", reason="the schema oracle is not installed (pyiso20022 and xsdata)")
datatype = pytest.importorskip("xsdata.models.datatype")


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


def errors(data: bytes) -> list[str]:
    """What the schema that a file names in its namespace says against it."""
    root = etree.fromstring(data)
    namespace = etree.QName(root).namespace or ""
    name = namespace.rpartition(":")[2].replace(".", "_")
    module = importlib.import_module(f"pyiso20022.{name[:4]}.{name}.{name}")
    assert namespace == module.__NAMESPACE__
    assert {etree.QName(node).namespace for node in root.iter()} == {module.__NAMESPACE__}
    return _errors(root, module.Document, "Document")
