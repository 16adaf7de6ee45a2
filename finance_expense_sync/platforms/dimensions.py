"""Which field of a platform says what: the meaning of custom fields differs from customer to customer.

    cost_center = allocationCustom4
    project = allocationCustom7, entryCustom3
    entity = reportOrgUnit1
    service_from = entryCustom10
    service_to = entryCustom11

On the left a dimension of the suite, on the right fields of the platform, the first that says something counts.
Fields that are not named here are not read: what nobody has given a meaning shall not wait for a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date as Day

from odoo.addons.finance_connector_base.engine.errors import MalformedError

#: dimension -> fields of the platform, in the order in which they are asked
Fields = Mapping[str, tuple[str, ...]]

_LINE = re.compile(r"([a-z][a-z0-9_]{0,39})\s*=\s*(\S(?:.*\S)?)")
#: which company it is, and no dimension of a line
ENTITY = "entity"
#: what leads to the account, in place of the platform's own kind of expense, and no dimension either
CATEGORY = "category"
#: first and last day of what was paid for, where that is a time
SERVICE = ("service_from", "service_to")
#: what is no dimension of a line
_OTHERS = frozenset({ENTITY, CATEGORY, *SERVICE})


def read_fields(text: str) -> Fields:
    """:raise ValueError: with the number of the line that is wrong"""
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        names = tuple(filter(None, (part.strip() for part in match[2].split(",")))) if match else ()
        if not match or not names or match[1] in found or len(names) > 10 or max(map(len, names)) > 80:
            raise ValueError(f"line {number}")
        found[match[1]] = names
    return found


def values(fields: Fields, ask: Callable[[str], str | None]) -> dict[str, str]:
    """:param ask: says what a field of the platform says, None where it says nothing or is none of this place
    :return: dimension -> code; neither the entity nor the category nor the time that was paid for
    """
    return {name: code for name, code in _asked(fields, ask) if name not in _OTHERS}


def service(fields: Fields, ask: Callable[[str], str | None]) -> dict[str, Day]:
    """:return: the days of :data:`SERVICE` that fields say
    :raise MalformedError: what a field says is no day
    """
    found = {}
    for name, said in _asked(fields, ask):
        if name in SERVICE:
            try:
                found[name] = Day.fromisoformat(said.strip()[:10])
            except ValueError:
                raise MalformedError(f"{', '.join(fields[name])}: says no day for {name}, write YYYY-MM-DD") from None
    return found


def entity(fields: Fields, ask: Callable[[str], str | None]) -> str | None:
    """:return: which company it is, if a field says so"""
    return next((code for name, code in _asked(fields, ask) if name == ENTITY), None)


def category(fields: Fields, ask: Callable[[str], str | None]) -> str | None:
    """:return: what leads to the account, if a field says so"""
    return next((code for name, code in _asked(fields, ask) if name == CATEGORY), None)


def _asked(fields: Fields, ask: Callable[[str], str | None]) -> Iterator[tuple[str, str]]:
    for name, asked in fields.items():
        code = next(filter(None, (ask(field) for field in asked)), None)
        if code:
            yield name, code
