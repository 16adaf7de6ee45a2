"""What a change changes, as data: for hashes, screens and the change log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One value that differs; None where there is none."""

    name: str
    before: Any
    after: Any


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """List what differs between two sets of facts, in the order of the facts."""
    names = [*before, *(name for name in after if name not in before)]
    return [Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def fingerprint(facts: Any) -> str:
    """Give the same text for the same facts, in whatever order they were collected."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def as_text(changes: list[Change]) -> str:
    """Write one change a line, as people read it."""
    return "\n".join(f"{change.name}: {_show(change.before)} → {_show(change.after)}" for change in changes)


def _show(value: Any) -> str:
    if value is None or value is False or value == "":
        return "-"
    if isinstance(value, list):
        return "; ".join(_show(item) for item in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_show(item)}" for name, item in value.items())
    return str(value)
