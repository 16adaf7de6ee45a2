"""What is different between two canonical forms (:mod:`.canonical`), for people: each place with both values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that is different.

    :param place: ``payment.account.iban``; parts of a list by their position, ``payment.remittance.0``
    :param before: None: was not there
    :param after: None: is not there any more
    """

    place: str
    before: str | None
    after: str | None


def differences(before: Any, after: Any) -> tuple[Difference, ...]:
    """Compare two canonical forms.

    :return: every place where they are different, in alphabetical order; nothing when they are the same
    """
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    return tuple(
        Difference(place, old.get(place), new.get(place))
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    )


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Each text inside a form with its place; what holds nothing is a place, too."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{place}.{number}" if place else str(number))
    else:
        yield place, _said(value)


def _said(value: Any) -> str:
    if value is True or value is False:
        return "yes" if value else "no"
    return "" if value is None or value in ({}, []) else str(value)
