"""What former decisions of people teach: who a name is, and where a text is booked."""

from __future__ import annotations

import re

from odoo.addons.finance_connector_base.matching.likeness import words

#: decisions alike that make a lesson sure
SURE = 2
#: for one decision against it, so many must stand for it
AGAINST = 10
#: words of a label that are remembered
MAX_WORDS = 6

_DIGIT = re.compile(r"\d")


def name_key(name: str | None) -> str | None:
    """The words of a name in alphabetical order, without legal forms, case and accents."""
    found = words(name[:200]) if name else ()
    return " ".join(sorted(set(found))) or None


def label_key(label: str | None, amount_sign: int) -> str | None:
    """What stays the same in a text from month to month: its first words without digits, and the direction.

    A text of fewer than two such words is too common to teach anything.
    """
    stable = [word for word in words(label[:500]) if not _DIGIT.search(word) and len(word) > 1] if label else []
    if len(stable) < 2:
        return None
    return f"{'+' if amount_sign > 0 else '-'} {' '.join(stable[:MAX_WORDS])}"


def is_sure(hits: int, misses: int) -> bool:
    return hits >= SURE and hits >= misses * AGAINST


def confidence(hits: int, misses: int) -> int:
    """Points of a proposal that rests on a lesson alone: 45 for one decision, 75 at most."""
    return max(0, min(75, 35 + 10 * hits) - 20 * misses)
