"""Which lines of a plan the ORM makes, so that the others can be copied from them.

Lines of one shape differ only in columns with a known rule. Every trait that occurs in a shape
(sign, partner or not, narration or not, ...) occurs in one of its control lines, which the ORM
makes; the rules must explain each control line from another one before anything is copied.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .plan import LinePlan

#: a shape with no more lines than this is not worth a proof
SMALL = 4

ShapeT = TypeVar("ShapeT", bound=Hashable)
Traits = tuple[tuple[str, Hashable], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What may change columns that no rule knows.

    :param counterpart_account_id: None is the suspense account
    :param foreign_currency_id: None is the currency of the journal
    """

    counterpart_account_id: int | None
    foreign_currency_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Division(Generic[ShapeT]):
    """Positions in the list of what is to be written.

    :param controls: made by the ORM and compared, two or more for each shape
    :param copies: to be copied from the first control of their shape
    :param alone: made by the ORM: odd, or too few of their shape
    """

    controls: dict[ShapeT, list[int]]
    copies: dict[ShapeT, list[int]]
    alone: list[int]


def shape_of(plan: LinePlan) -> Shape:
    return Shape(plan.counterpart_account_id, plan.foreign_currency_id)


def traits(plan: LinePlan, series: Hashable) -> Traits:
    """What a control line must have for another line to rely on it."""
    return (
        ("sign", (plan.amount > 0) - (plan.amount < 0)),
        ("partner", plan.partner_id is not None),
        ("partner_name", bool(plan.partner_name)),
        ("account_number", bool(plan.account_number)),
        ("transaction_type", bool(plan.transaction_type)),
        ("narration", bool(plan.narration)),
        ("series", series),
    )


def divide(plans: Sequence[LinePlan], series: Sequence[Hashable], odd: Collection[int] = ()) -> Division[Shape]:
    """Choose the control lines.

    :param series: for each plan the number series it belongs to
    :param odd: positions that the rules do not cover
    """
    return divide_by(
        [shape_of(plan) for plan in plans],
        [traits(plan, key) for plan, key in zip(plans, series, strict=True)],
        odd,
    )


def divide_by(shapes: Sequence[ShapeT], found: Sequence[Traits], odd: Collection[int] = ()) -> Division[ShapeT]:
    """The same for anything that has shapes and traits.

    :param shapes: one for each position
    :param found: traits, for each position
    """
    members: dict[ShapeT, list[int]] = {}
    for position, shape in enumerate(shapes):
        if position not in odd:
            members.setdefault(shape, []).append(position)
    controls: dict[ShapeT, list[int]] = {}
    copies: dict[ShapeT, list[int]] = {}
    alone = list(odd)
    for shape, positions in members.items():
        chosen = _cover(found, positions) if len(positions) > SMALL else positions
        if len(chosen) == len(positions):
            alone += positions
            continue
        controls[shape] = chosen
        known = set(chosen)
        copies[shape] = [position for position in positions if position not in known]
    return Division(controls=controls, copies=copies, alone=sorted(alone))


def _cover(found: Sequence[Traits], positions: list[int]) -> list[int]:
    """Few positions that have all traits between them, at least two."""
    alike: dict[Traits, list[int]] = {}
    for position in positions:
        alike.setdefault(found[position], []).append(position)
    missing = {trait for group in alike for trait in group}
    chosen: list[int] = []
    while missing:
        best = max(alike, key=lambda group: len(missing.intersection(group)))
        missing.difference_update(best)
        chosen.append(alike[best][0])
    if len(chosen) == 1:
        # all are alike: the last one differs most likely in date, partner and text
        chosen.append(positions[-1] if positions[-1] != chosen[0] else positions[0])
    return chosen
