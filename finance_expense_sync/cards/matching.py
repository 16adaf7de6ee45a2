"""Which claim a charge is in, what they differ by, and which bank line pays it (E-06). Money is exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from decimal import Decimal
from typing import Literal

from .linking import DRIFT, same_merchant

#: why a charge and its claim differ
Why = Literal["none", "fees", "tip", "rate", "amount"]
Coin = tuple[Decimal, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is compared of a transaction.

    :param authorised: amount of its authorisation, where that was another one
    :param names: ids by which claims may name it
    :param report: report that claims it, as the platform of the cards says; ``line`` one of its lines
    """

    key: int
    names: tuple[str, ...]
    amount: Decimal
    currency: str
    day: Day
    merchant: str = ""
    holder: int | None = None
    spent: Coin | None = None
    fees: Decimal = Decimal(0)
    authorised: Decimal | None = None
    report: str | None = None
    line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is compared of an expense.

    :param key: (id of the report, key of the line)
    :param report: what its platform calls the report
    :param transaction: id of the transaction that it names
    """

    key: tuple[int, str]
    report: str
    amount: Decimal
    currency: str
    day: Day
    merchant: str = ""
    holder: int | None = None
    billed: Coin | None = None
    spent: Coin | None = None
    transaction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A claim of a charge.

    :param amount: what of the charge it covers, in the currency of the card
    :param is_certain: one of both names the other
    """

    charge: int
    claim: tuple[int, str]
    amount: Decimal
    is_certain: bool


def covers(charge: Charge, claim: Claim) -> Decimal | None:
    """:return: what of a charge a claim can cover, in the currency of the card; None: nobody can say"""
    if claim.billed and claim.billed[1] == charge.currency:
        return claim.billed[0]
    if claim.currency == charge.currency:
        return claim.amount
    spent = claim.spent or (claim.amount, claim.currency)
    # the same was spent: what lies between is the rate of exchange
    return charge.amount if charge.spent == spent else None


def linked(charges: Sequence[Charge], claims: Sequence[Claim], *, tolerance: Decimal, days: int) -> tuple[Link, ...]:
    """Find the claims of charges: those that name each other, then those that can only mean each other.

    A claim covers a charge once, and no charge is covered beyond what it comes to as long as another one has room.

    :param tolerance: most by which amounts may differ where nothing is named
    :param days: most by which days may
    """
    found: list[Link] = []
    free = {claim.key: claim for claim in claims}
    rest = {charge.key: charge.amount for charge in charges}
    by_report: dict[str, list[Charge]] = {}
    for charge in charges:
        for claim in [one for one in free.values() if one.transaction in charge.names and one.transaction]:
            amount = covers(charge, claim)
            found.append(
                Link(
                    charge=charge.key,
                    claim=claim.key,
                    amount=rest[charge.key] if amount is None else amount,
                    is_certain=True,
                )
            )
            rest[charge.key] -= found[-1].amount
            del free[claim.key]
        if charge.report and not any(link.charge == charge.key for link in found):
            by_report.setdefault(charge.report, []).append(charge)
    for report, naming in by_report.items():
        mine = [claim for claim in free.values() if claim.report == report]
        for link in _shared(naming, mine, rest):
            found.append(link)
            free.pop(link.claim, None)
    taken = {link.charge for link in found}
    found += _guessed([one for one in charges if one.key not in taken], list(free.values()), tolerance, days)
    return tuple(found)


def _shared(charges: Sequence[Charge], claims: Sequence[Claim], rest: dict[int, Decimal]) -> list[Link]:
    """Spread the lines of a report over the charges that name it."""
    found: list[Link] = []
    open_ = {claim.key: claim for claim in claims}
    # what fits exactly comes first, so that it is not cut up
    for charge in charges:
        for claim in list(open_.values()):
            fits = covers(charge, claim) == charge.amount if charge.line is None else claim.key[1] == charge.line
            if fits and rest[charge.key] == charge.amount:
                amount = covers(charge, claim)
                found.append(
                    Link(
                        charge=charge.key,
                        claim=claim.key,
                        amount=charge.amount if amount is None else amount,
                        is_certain=True,
                    )
                )
                rest[charge.key] -= found[-1].amount
                del open_[claim.key]
                break
    left = [charge for charge in charges if rest[charge.key] == charge.amount and charge.line is None]
    open_amounts = {key: covers(left[0], claim) for key, claim in open_.items()} if left else {}
    for charge in left:
        for key, amount in list(open_amounts.items()):
            # what is left over shows on the last one
            is_part = amount is not None and charge is not left[-1] and abs(amount) > abs(rest[charge.key])
            taken = rest[charge.key] if amount is None or is_part else amount
            if not taken:
                continue
            found.append(Link(charge=charge.key, claim=key, amount=taken, is_certain=True))
            rest[charge.key] -= taken
            if amount is None or amount == taken:
                del open_amounts[key]
            else:
                open_amounts[key] = amount - taken
    return found


def _guessed(charges: Sequence[Charge], claims: Sequence[Claim], tolerance: Decimal, days: int) -> list[Link]:
    """Propose what can only mean each other: one claim for the charge, and one charge for the claim."""

    def fits(charge: Charge, claim: Claim) -> Decimal | None:
        if claim.transaction or charge.holder is None or charge.holder != claim.holder:
            return None
        if abs((charge.day - claim.day).days) > days:
            return None
        if charge.merchant and claim.merchant and not same_merchant(charge.merchant, claim.merchant):
            return None
        amount = covers(charge, claim)
        return amount if amount is not None and abs(amount - charge.amount) <= tolerance else None

    pairs = [
        (charge, claim, amount) for charge in charges for claim in claims if (amount := fits(charge, claim)) is not None
    ]
    of_charge: dict[int, int] = {}
    of_claim: dict[tuple[int, str], int] = {}
    for charge, claim, _amount in pairs:
        of_charge[charge.key] = of_charge.get(charge.key, 0) + 1
        of_claim[claim.key] = of_claim.get(claim.key, 0) + 1
    return [
        Link(charge=charge.key, claim=claim.key, amount=amount, is_certain=False)
        for charge, claim, amount in pairs
        if of_charge[charge.key] == of_claim[claim.key] == 1
    ]


def difference(charge: Charge, covered: Iterable[Decimal], tolerance: Decimal) -> tuple[Decimal, Why]:
    """:return: (what the charge is more than its claims, why)"""
    claimed = sum(covered, Decimal(0))
    rest = charge.amount - claimed
    if abs(rest) <= tolerance:
        return rest, "none"
    if charge.fees and rest == charge.fees:
        return rest, "fees"
    if charge.authorised is not None and claimed == charge.authorised and rest > 0:
        return rest, "tip"
    if charge.spent and charge.spent[1] != charge.currency and abs(rest) <= abs(charge.amount) * DRIFT:
        return rest, "rate"
    return rest, "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An open item of an account that cards are paid on.

    :param amount: what it takes off what is owed for cards, in its currency
    :param text: everything that is written on it
    """

    key: int
    amount: Decimal
    currency: str
    day: Day
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What is owed for one charge, on the ledger already."""

    key: int
    amount: Decimal
    currency: str
    day: Day
    merchant: str = ""
    reference: str = ""
    statement: str = ""


def paid_by(owed: Sequence[Owed], items: Sequence[Item], *, days: int) -> dict[int, int]:
    """Find the items that pay what is owed: one for each charge, or one for a whole statement.

    :return: key of the charge -> key of the item; what is not certain is left out
    """
    found: dict[int, int] = {}
    free = {item.key: item for item in items}
    for one in owed:
        named = [
            item
            for item in free.values()
            if one.reference and len(one.reference) > 3 and one.reference in item.text and _pays(item, one.amount, one)
        ]
        if len(named) == 1:
            found[one.key] = named[0].key
            del free[named[0].key]
    for statement in {one.statement for one in owed if one.statement}:
        mine = [one for one in owed if one.statement == statement and one.key not in found]
        if len(mine) < 2 or len({one.currency for one in mine}) > 1:
            continue
        total = sum((one.amount for one in mine), Decimal(0))
        paying = [item for item in free.values() if item.amount == total and item.currency == mine[0].currency]
        if len(paying) == 1 and paying[0].day >= max(one.day for one in mine):
            found |= dict.fromkeys((one.key for one in mine), paying[0].key)
            del free[paying[0].key]
    rest = [one for one in owed if one.key not in found]
    pairs = [
        (one, item)
        for one in rest
        for item in free.values()
        if _pays(item, one.amount, one) and abs((item.day - one.day).days) <= days
    ]
    # among several of one amount the name decides
    for one in rest:
        mine_ = [item for other, item in pairs if other is one]
        named = [item for item in mine_ if same_merchant(one.merchant, item.text)]
        chosen = named if len(named) == 1 else mine_ if len(mine_) == 1 else []
        if not chosen:
            continue
        rivals = [other for other, item in pairs if item is chosen[0] and other is not one and other.key not in found]
        if rivals and not (named and not any(same_merchant(other.merchant, chosen[0].text) for other in rivals)):
            continue
        if chosen[0].key in free:
            found[one.key] = chosen[0].key
            del free[chosen[0].key]
            pairs = [(other, item) for other, item in pairs if item is not chosen[0]]
    return found


def _pays(item: Item, amount: Decimal, owed: Owed) -> bool:
    return item.amount == amount and item.currency == owed.currency
