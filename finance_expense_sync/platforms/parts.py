"""Parts that documents of platforms have in common: who it is of, amounts that are divided, lines paid in two ways."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import MalformedError

from ..canonical import Allocation, ExpenseLine, Money, Person, TaxShare
from .reading import Node, make


def shares(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide an amount by weights; the parts come to the amount, none has more decimal places than it.

    What rounding leaves over goes to the parts that lost most, the first of them first.

    :param weights: of one sign, not all of them 0
    """
    whole = sum(weights, Decimal(0))
    exponent = amount.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    exact = [amount * weight / whole for weight in weights]
    parts = [part.quantize(unit, rounding=ROUND_DOWN) for part in exact]
    left = int((amount - sum(parts, Decimal(0))) / unit)
    lost = sorted(range(len(parts)), key=lambda place: (-abs(exact[place] - parts[place]), place))
    for number in range(abs(left)):
        parts[lost[number % len(lost)]] += unit if left > 0 else -unit
    return parts


def split(line: ExpenseLine, amount: Decimal, external_id: str, **changes: Any) -> tuple[ExpenseLine, ExpenseLine]:
    """Divide a line, with everything that is in it.

    :param amount: of the second line; the first keeps the rest, the id, and the receipts
    :param external_id: of the second line
    :param changes: other fields of the second line
    :return: (what is left, the second line)
    """
    ratio = [line.amount - amount, amount]
    taxes = [_split_tax(tax, ratio) for tax in line.taxes]
    spent, billed = _split_money(line.spent, ratio), _split_money(line.billed, ratio)
    allocations = _split_allocations(line.allocations, ratio)
    first = {"amount": ratio[0], "spent": spent[0], "billed": billed[0], "allocations": allocations[0]}
    second = {"amount": ratio[1], "spent": spent[1], "billed": billed[1], "allocations": allocations[1]}
    return (
        _changed(line, **first, taxes=tuple(pair[0] for pair in taxes)),
        _changed(
            line,
            **{**second, "receipts": (), "external_id": external_id, **changes},
            taxes=tuple(pair[1] for pair in taxes),
        ),
    )


def _changed(line: ExpenseLine, **values: Any) -> ExpenseLine:
    # built anew, so that what was divided is checked like anything else
    return ExpenseLine.model_validate({**{name: getattr(line, name) for name in type(line).model_fields}, **values})


def _split_money(money: Money | None, ratio: Sequence[Decimal]) -> list[Money | None]:
    if money is None:
        return [None, None]
    return [Money(amount=part, currency=money.currency) for part in shares(money.amount, ratio)]


def _split_tax(tax: TaxShare, ratio: Sequence[Decimal]) -> list[TaxShare]:
    divided = {
        name: shares(value, ratio)
        for name in ("base", "amount", "reclaimable")
        if (value := getattr(tax, name)) is not None
    }
    return [tax.model_copy(update={name: parts[side] for name, parts in divided.items()}) for side in (0, 1)]


def _split_allocations(allocations: Sequence[Allocation], ratio: Sequence[Decimal]) -> list[tuple[Allocation, ...]]:
    if not allocations or allocations[0].amount is None:
        return [tuple(allocations), tuple(allocations)]
    amounts = [part.amount or Decimal(0) for part in allocations]
    second = shares(ratio[1], amounts)
    first = [whole - part for whole, part in zip(amounts, second, strict=True)]
    return [
        tuple(part.model_copy(update={"amount": amount}) for part, amount in zip(allocations, side, strict=True))
        for side in (first, second)
    ]


def person(
    node: Node, name: str, *, identity: str, names: tuple[str, str], email: str | None = None, number: str | None = None
) -> Person:
    """Read who a document is of.

    :param name: field of the node that holds the person; the others are names of its fields
    :param names: of the first name and of the last one
    :raise MalformedError: nobody is named
    """
    found = node.node(name)
    if found is None:
        raise MalformedError(f"{node.place}.{name} is missing")
    words = (found.text(names[0]), found.text(names[1]))
    return make(
        Person,
        found.place,
        external_id=found.needed(identity),
        name=" ".join(word for word in words if word)[:200] or None,
        email=found.text(email) if email else None,
        number=found.text(number) if number else None,
    )
