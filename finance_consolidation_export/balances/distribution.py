"""Analytic distributions as shares of the members of dimensions (C-02).

Odoo keeps on a journal item what per cent of it belongs to which analytic accounts: ``{"12,31": 60.0, "14":
40.0}``. A key
names one account of each plan it speaks of. A package that is cut by plans needs, of each item, shares that come to
exactly one; what no key gives to a member of a plan belongs to no member of it (None).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

#: members in the order of the plans asked for; None: no member
Members = tuple[int | None, ...]
Shares = dict[Members, Decimal]

ONE = Decimal(1)
#: a share is kept to so many decimals; the rest goes to the largest, so that the whole stays one
PLACES = Decimal("1e-10")


def shares(distribution: Mapping[str, float | str] | None, plan_of: Mapping[int, int], plans: Sequence[int]) -> Shares:
    """Divide one by the members of plans.

    Keys that name accounts of several of the plans say what belongs together. Plans that no key names together are
    independent of each other, as they are on the screen: 60/40 by project and 50/50 by department gives four parts.

    :param distribution: per cent by key, as it is stored
    :param plan_of: analytic account -> its (root) plan; accounts that are not in it are as good as absent
    :param plans: the plans asked for, none twice
    :return: members -> share; the shares come to exactly one
    """
    places = {plan: number for number, plan in enumerate(plans)}
    atoms: dict[Members, Decimal] = {}
    for key, per_cent in (distribution or {}).items():
        members: list[int | None] = [None] * len(plans)
        for word in key.split(","):
            account = int(word) if word.strip().isdigit() else 0
            place = places.get(plan_of.get(account, 0))
            if place is not None:
                members[place] = account
        if any(member is not None for member in members):
            named = tuple(members)
            atoms[named] = atoms.get(named, Decimal(0)) + Decimal(str(per_cent)) / 100
    found = _joint(atoms, tuple(range(len(plans))), len(plans))
    return _exact(found)


def _joint(atoms: Shares, dimensions: tuple[int, ...], width: int) -> Shares:
    """Spread a mass of one over dimensions, those that no key joins independently of each other."""
    result: Shares = {(None,) * width: ONE}
    for component in _components(atoms, dimensions):
        own = {members: share for members, share in atoms.items() if any(members[d] is not None for d in component)}
        result = _product(result, _connected(own, component, width))
    return result


def _connected(atoms: Shares, component: tuple[int, ...], width: int) -> Shares:
    """Keys that name every dimension count as they are; the others share what is left."""
    whole = {members: share for members, share in atoms.items() if all(members[d] is not None for d in component)}
    partial = {members: share for members, share in atoms.items() if members not in whole}
    left = ONE - sum(whole.values(), Decimal(0))
    if not partial:
        return _with_rest(whole, left, width)
    if whole and left > 0:
        rest = _joint({members: share / left for members, share in partial.items()}, component, width)
        found = dict(whole)
        for members, share in rest.items():
            found[members] = found.get(members, Decimal(0)) + share * left
        return found
    # nothing says how they belong together: each dimension by itself
    independent: Shares = {(None,) * width: ONE}
    for dimension in component:
        single: Shares = {}
        for members, share in atoms.items():
            if members[dimension] is not None:
                alone = tuple(member if place == dimension else None for place, member in enumerate(members))
                single[alone] = single.get(alone, Decimal(0)) + share
        independent = _product(independent, _with_rest(single, ONE - sum(single.values(), Decimal(0)), width))
    return independent


def _components(atoms: Shares, dimensions: tuple[int, ...]) -> list[tuple[int, ...]]:
    """:return: groups of dimensions that keys name together; dimensions without keys are left out"""
    groups: list[set[int]] = []
    for members in atoms:
        joined = {d for d in dimensions if members[d] is not None}
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        if joined:
            groups = [*apart, joined]
    return [tuple(sorted(group)) for group in groups]


def _product(one: Shares, other: Shares) -> Shares:
    found: Shares = {}
    for left, left_share in one.items():
        for right, right_share in other.items():
            members = tuple(a if a is not None else b for a, b in zip(left, right, strict=True))
            found[members] = found.get(members, Decimal(0)) + left_share * right_share
    return found


def _with_rest(shares_of: Shares, rest: Decimal, width: int) -> Shares:
    if not rest:
        return dict(shares_of)
    nobody: Members = (None,) * width
    return {**shares_of, nobody: shares_of.get(nobody, Decimal(0)) + rest}


def _exact(found: Shares) -> Shares:
    """Round, and give the largest share what rounding took."""
    kept = {members: share.quantize(PLACES, ROUND_HALF_EVEN) for members, share in found.items()}
    kept = {members: share for members, share in kept.items() if share}
    left = ONE - sum(kept.values(), Decimal(0))
    if left:
        largest = max(kept, key=lambda members: abs(kept[members]), default=next(iter(found)))
        kept[largest] = kept.get(largest, Decimal(0)) + left
    return {members: share.normalize() for members, share in kept.items() if share}
