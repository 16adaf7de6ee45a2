"""Helpers for the readers of Ramp and Payhawk: golden files, damage."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

from odoo.addons.finance_connector_base.canonical.documents import Document

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "expenses"


def stored(name: str) -> bytes:
    """:return: what a platform has handed out"""
    return (FIXTURES / f"{name}.json").read_bytes()


def check_golden(name: str, found: Document) -> None:
    """Compare with the file beside it; ``REGENERATE=1`` writes it anew: read the difference."""
    path = FIXTURES / f"{name}.expected"
    if os.environ.get("REGENERATE"):
        path.write_text(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found.to_dict() == json.loads(path.read_text(encoding="utf-8"))


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """:return: every place in a document"""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in [(*at, key), *places(item, (*at, key))]]


#: what a platform may send where something else is expected
ODD: list[Any] = [
    None,
    "",
    " ",
    "x" * 5000,
    "\u0000",
    -1,
    0,
    10**30,
    1.5,
    True,
    [],
    {},
    [None],
    [[]],
    {"a": {}},
    "2026-13-40",
]


def damaged(document: Any, source: random.Random) -> Any:
    """:return: a copy in which something is missing, doubled or of another kind"""
    copy = json.loads(json.dumps(document))
    for _time in range(source.randint(1, 4)):
        at = source.choice(places(copy))
        holder = copy
        for step in at[:-1]:
            holder = holder[step]
        what = source.random()
        if what < 0.3 and isinstance(holder, dict):
            del holder[at[-1]]
        elif what < 0.4 and isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[at[-1]])))
        else:
            holder[at[-1]] = json.loads(json.dumps(source.choice(ODD)))
    return copy
