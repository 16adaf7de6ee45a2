"""Shapes with expressions in them: what a description builds from what it is given.

A shape is JSON in which every text is an expression::

    {"external_id": "text(id)", "lines": {"each": "line_items", "give": {"name": "title", "net": "decimal(price)"}}}

``{"each": ..., "give": ...}`` makes a list, with ``when`` only of the items for which it is true;
``{"constant": ...}`` is taken as it is. What comes out as null is left out of an object; write
``{"or_null": "..."}`` where null has to be said.

A text with places in braces (``orders/{id}.json``) is filled with the values of its expressions, escaped for a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .errors import ContentError, DescriptionError, ExpressionError
from .expression import as_text, compiled, search

#: items that one "each" may make
MAX_ITEMS = 5000
_PLACE = re.compile(r"\{([^{}]+)\}")
_EACH = frozenset({"each", "give", "when"})


def check(shape: Any, place: str) -> None:
    """:raise DescriptionError: an expression of the shape cannot be read, with its place"""
    for where, expression in _expressions(shape, place):
        try:
            compiled(expression)
        except ExpressionError as error:
            raise DescriptionError(f"{where}: {error}") from None


def check_text(text: str, place: str) -> None:
    """:raise DescriptionError: a place in braces holds no expression"""
    for expression in _PLACE.findall(text):
        try:
            compiled(expression)
        except ExpressionError as error:
            raise DescriptionError(f"{place}: {{{expression}}} {error}") from None


def _expressions(shape: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(shape, str):
        yield place, shape
    elif isinstance(shape, list):
        for number, item in enumerate(shape):
            yield from _expressions(item, f"{place}[{number}]")
    elif isinstance(shape, Mapping):
        if "constant" in shape and len(shape) == 1:
            return
        if "or_null" in shape and len(shape) == 1:
            yield from _expressions(shape["or_null"], place)
            return
        if "each" in shape:
            unknown = set(shape) - _EACH
            if unknown or "give" not in shape:
                raise DescriptionError(f"{place}: a list has each, give and, if needed, when")
        for name, item in shape.items():
            yield from _expressions(item, f"{place}.{name}")
    elif shape is not None and not isinstance(shape, bool | int):
        raise DescriptionError(f"{place}: write texts (expressions), objects and lists")


def build(shape: Any, value: Any, *, row: Any = None, facts: Mapping[str, Any] | None = None, place: str = "") -> Any:
    """Make what a shape says of a value.

    :raise ContentError: an expression does not fit the value; the text names the place in the shape
    """
    row = value if row is None else row
    if isinstance(shape, str):
        try:
            return search(shape, value, row=row, facts=facts)
        except ExpressionError as error:
            raise ContentError(f"{place}: {error}") from None
    if isinstance(shape, list):
        return [
            build(item, value, row=row, facts=facts, place=f"{place}[{number}]") for number, item in enumerate(shape)
        ]
    if not isinstance(shape, Mapping):
        return shape
    if len(shape) == 1 and "constant" in shape:
        return shape["constant"]
    if len(shape) == 1 and "or_null" in shape:
        return build(shape["or_null"], value, row=row, facts=facts, place=place)
    if "each" in shape:
        return _each(shape, value, row, facts, place)
    made = {}
    for name, item in shape.items():
        found = build(item, value, row=row, facts=facts, place=f"{place}.{name}" if place else name)
        if found is not None or (isinstance(item, Mapping) and "or_null" in item):
            made[name] = found
    return made


def _each(shape: Mapping[str, Any], value: Any, row: Any, facts: Mapping[str, Any] | None, place: str) -> list[Any]:
    items = build(shape["each"], value, row=row, facts=facts, place=f"{place}.each")
    if items is None:
        return []
    if not isinstance(items, list):
        raise ContentError(f"{place}.each: a list is expected")
    if len(items) > MAX_ITEMS:
        raise ContentError(f"{place}.each: more than {MAX_ITEMS} items")
    made = []
    for item in items:
        if shape.get("when") and not truth(build(shape["when"], item, row=row, facts=facts, place=f"{place}.when")):
            continue
        found = build(shape["give"], item, row=row, facts=facts, place=f"{place}.give")
        if found is not None:
            made.append(found)
    return made


def fill(text: str, value: Any, *, facts: Mapping[str, Any] | None = None, place: str = "", escape: bool = True) -> str:
    """Fill the places of a text.

    :param escape: percent-encode what is filled in, as one part of a path
    :raise ContentError: a place has nothing, or more than a text or number
    """

    def found(match: re.Match[str]) -> str:
        try:
            said = as_text(search(match[1], value, facts=facts))
        except ExpressionError as error:
            raise ContentError(f"{place}: {error}") from None
        if said is None:
            raise ContentError(f"{place}: there is nothing for {{{match[1]}}}")
        return quote(said, safe="") if escape else said

    return _PLACE.sub(found, text)


def truth(value: Any) -> bool:
    """Say whether JMESPath takes a value for true."""
    return value is not None and value is not False and value not in ("", [], {})
