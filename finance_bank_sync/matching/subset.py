"""Which of several amounts add up to one: only an answer that is the only one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

#: more amounts than this are not tried
MAX_ITEMS = 40
#: nodes of the search; beyond it the question stays open
MAX_STEPS = 20_000


def only_subset(
    amounts: Sequence[Decimal], target: Decimal, *, least: int = 2, steps: int = MAX_STEPS
) -> tuple[int, ...] | None:
    """Positions of the amounts that add up to the target, when exactly one choice does.

    Two choices, or a search that would not end within its bound, give None: an answer that
    might not be the only one is no answer. Equal amounts are different choices, so that one of
    two equal amounts is never taken for the other.

    :param amounts: all of the sign of the target
    :param least: fewest amounts of an answer
    """
    if len(amounts) > MAX_ITEMS or not target or any((amount > 0) != (target > 0) or not amount for amount in amounts):
        return None
    places = max(0, *(-int(value.as_tuple().exponent) for value in (target, *amounts)))
    values = [abs(int(amount.scaleb(places))) for amount in amounts]
    wanted = abs(int(target.scaleb(places)))
    order = sorted(range(len(values)), key=lambda position: -values[position])
    sorted_values = [values[position] for position in order]
    # what the amounts from here on can add at most
    rest = [0] * (len(values) + 1)
    for position in range(len(values) - 1, -1, -1):
        rest[position] = rest[position + 1] + sorted_values[position]
    found: list[tuple[int, ...]] = []
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, wanted, ())]
    while stack:
        steps -= 1
        if steps < 0:
            return None
        start, missing, chosen = stack.pop()
        if missing == 0:
            if len(chosen) >= least:
                found.append(chosen)
                if len(found) > 1:
                    return None
            continue
        for position in range(start, len(sorted_values)):
            if rest[position] < missing:
                break
            if sorted_values[position] <= missing:
                stack.append((position + 1, missing - sorted_values[position], (*chosen, position)))
    if not found:
        return None
    return tuple(sorted(order[position] for position in found[0]))
