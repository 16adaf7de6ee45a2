"""What a text of a payment is: how long it may be, and whether it may be written in other letters.

The kind stands at the field itself, so that rules and transliteration reach every text there is, also those of
fields that are added later.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """How texts of a kind are treated.

    :param length: most characters in ISO 20022; a profile may allow less
    :param is_reference: it identifies something, so it is never changed; what does not fit is an error
    """

    length: int
    is_reference: bool = False


KINDS: dict[str, Kind] = {
    "name": Kind(140),
    "street": Kind(70),
    "building": Kind(16),
    "postcode": Kind(16),
    "town": Kind(35),
    "line": Kind(70),
    "text": Kind(140),
    "instruction": Kind(140),
    "reference": Kind(35, is_reference=True),
    "identification": Kind(35, is_reference=True),
    "account": Kind(34, is_reference=True),
    "code": Kind(35, is_reference=True),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was found, and where: ``groups[0].payments[2].counterparty.name``."""

    place: str
    kind: str
    value: str


def text(kind: str, *, required: bool = False) -> Any:
    """Declare a field that holds a text, or a tuple of texts."""
    if kind not in KINDS:
        raise ValueError(f"no such kind of text: {kind}")
    metadata = {"text": kind}
    return dataclasses.field(metadata=metadata) if required else dataclasses.field(default=None, metadata=metadata)


def texts(kind: str) -> Any:
    """Declare a field that holds a tuple of texts, without any at first."""
    return dataclasses.field(default=(), metadata={"text": kind})


#: fields of a class: name, and the kind of its text or None where values may be inside
_plans: dict[type, tuple[tuple[str, str | None], ...]] = {}


def plan(kind: type) -> tuple[tuple[str, str | None], ...]:
    """:return: the fields of a dataclass in their order; empty for any other class"""
    found = _plans.get(kind)
    if found is None:
        fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
        found = tuple((field.name, cast("str | None", field.metadata.get("text"))) for field in fields)
        _plans[kind] = found
    return found


def texts_of(value: Any, place: str = "") -> Iterator[Text]:
    """Every text inside a value, in the order of the fields."""
    for name, kind in plan(type(value)):
        inner = getattr(value, name)
        if inner is None or inner == ():
            continue
        path = f"{place}.{name}" if place else name
        items = enumerate(inner) if isinstance(inner, tuple) else ((-1, inner),)
        for number, item in items:
            at = path if number < 0 else f"{path}[{number}]"
            if kind is None:
                yield from texts_of(item, at)
            else:
                yield Text(at, kind, item)


def with_texts(value: T, change: Callable[[str, str, str], str], place: str = "") -> T:
    """The same value with every text that is no reference changed.

    :param change: gets place, kind and text
    """
    new: dict[str, Any] = {}
    for name, kind in plan(type(value)):
        inner = getattr(value, name)
        if inner is None or inner == () or (kind and KINDS[kind].is_reference):
            continue
        path = f"{place}.{name}" if place else name
        if isinstance(inner, tuple):
            made: Any = tuple(_changed(item, kind, change, f"{path}[{n}]") for n, item in enumerate(inner))
            is_new = any(a is not b for a, b in zip(made, inner, strict=True))
        else:
            made = _changed(inner, kind, change, path)
            is_new = made is not inner
        if is_new:
            new[name] = made
    return cast(T, dataclasses.replace(cast(Any, value), **new)) if new else value


def _changed(item: Any, kind: str | None, change: Callable[[str, str, str], str], place: str) -> Any:
    if kind is None:
        return with_texts(item, change, place)
    made = change(place, kind, item)
    return item if made == item else made
