"""From open items to payments: what is paid together, what is netted, and what is left out and why (K-07, K-35).

The sum of everything is kept: each item is paid in exactly one payment, or left out with a reason. Credit notes take
from what a payee gets and never turn a payment around: a payee who owes us more than we owe is left out whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..matching import structured
from .identifiers import is_qr_iban

__all__ = ["LeftOut", "OpenItem", "Part", "Planned", "Reference", "plan", "reference", "remittance"]

# Why an item is not paid.
NO_ACCOUNT = "no_account"
UNTRUSTED = "untrusted"
BLOCKED = "blocked"
IN_ORDER = "in_order"
NEGATIVE = "negative"
CREDIT_ALONE = "credit_alone"
#: with what the wizard adds while it routes and compares
NO_ROUTE = "no_route"
DUPLICATE = "duplicate"

#: what a bank shows of a text in most schemes
TEXT_LENGTH = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One open item, seen from the one who pays.

    :param amount: open, in ``currency``; negative is a credit note
    :param discount: what is saved when it is paid on the day of execution; 0 where nothing is
    :param account_id: of the ledger; a payment settles one
    :param bank_account_id: of the payee; None: nobody knows one
    :param iban: of that account, where it has one
    :param document: how the payee calls it
    :param obstacle: why it cannot be paid, as the caller found out
    """

    id: int
    partner_id: int
    account_id: int
    currency: str
    amount: Decimal
    discount: Decimal = Decimal(0)
    due: date | None = None
    bank_account_id: int | None = None
    iban: str = ""
    document: str = ""
    payment_reference: str = ""
    obstacle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a payment pays of one item: ``amount`` is paid, ``discount`` taken; both negative for a credit note."""

    item_id: int
    amount: Decimal
    discount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A structured reference: ``SCOR``, ``QRR`` or ``BBA``, without blanks and signs."""

    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One payment to be made."""

    partner_id: int
    account_id: int
    bank_account_id: int
    currency: str
    amount: Decimal
    parts: tuple[Part, ...]
    remittance: str = ""
    reference: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An item that is not paid, and why."""

    item: OpenItem
    code: str


def plan(items: Iterable[OpenItem], *, grouped: bool) -> tuple[list[Planned], list[LeftOut]]:
    """Divide open items into payments.

    :param grouped: one payment a payee; otherwise one a bill, except where credit notes are netted
    :return: the payments in the order of their first item, and what is left out
    """
    left: list[LeftOut] = []
    payees: dict[tuple[int, int, str], list[OpenItem]] = defaultdict(list)
    for item in items:
        if item.obstacle:
            left.append(LeftOut(item=item, code=item.obstacle))
        else:
            payees[item.partner_id, item.account_id, item.currency].append(item)
    made: list[Planned] = []
    for members in payees.values():
        bills = [item for item in members if item.amount > 0]
        credits = [item for item in members if item.amount <= 0]
        if not bills:
            left += [LeftOut(item=item, code=CREDIT_ALONE) for item in credits]
        elif sum((_paid(item) for item in members), Decimal(0)) <= 0:
            left += [LeftOut(item=item, code=NEGATIVE) for item in members]
        else:
            made += _payments(bills, credits, grouped, left)
    return made, left


def _payments(
    bills: Sequence[OpenItem], credits: Sequence[OpenItem], grouped: bool, left: list[LeftOut]
) -> Iterable[Planned]:
    """Payments to one payee: each account of the payee is paid by itself, credit notes count on the largest."""
    accounts: dict[int, list[OpenItem]] = defaultdict(list)
    for item in bills:
        if item.bank_account_id is None:
            left.append(LeftOut(item=item, code=NO_ACCOUNT))
        else:
            accounts[item.bank_account_id].append(item)
    if not accounts:
        left += [LeftOut(item=item, code=CREDIT_ALONE) for item in credits]
        return
    if credits:
        largest = max(accounts, key=lambda account: sum(_paid(item) for item in accounts[account]))
        owed = sum((_paid(item) for item in (*accounts[largest], *credits)), Decimal(0))
        if owed <= 0:
            # the other accounts would pay a payee who owes us: a person looks at it
            members = [item for chosen in accounts.values() for item in chosen]
            left += [LeftOut(item=item, code=NEGATIVE) for item in (*members, *credits)]
            return
        accounts[largest] += credits
    for account, members in accounts.items():
        together = grouped or any(item.amount <= 0 for item in members)
        for chosen in [members] if together else [[item] for item in members]:
            yield _payment(account, chosen)


def _payment(bank_account_id: int, members: Sequence[OpenItem]) -> Planned:
    parts = tuple(Part(item_id=item.id, amount=_paid(item), discount=item.discount) for item in members)
    found = reference(members[0].payment_reference) if len(members) == 1 else None
    if found and found.type == "QRR" and not is_qr_iban(members[0].iban):
        # the reference belongs to another account of the payee: the bank would refuse it here
        found = None
    return Planned(
        partner_id=members[0].partner_id,
        account_id=members[0].account_id,
        bank_account_id=bank_account_id,
        currency=members[0].currency,
        amount=sum((part.amount for part in parts), Decimal(0)),
        parts=parts,
        remittance="" if found else remittance([item.document for item in members]),
        reference=found,
    )


def _paid(item: OpenItem) -> Decimal:
    return item.amount - item.discount


def reference(text: str) -> Reference | None:
    """The structured reference that a text is, check digits and all.

    >>> reference("RF18 5390 0754 7034").type
    'SCOR'
    >>> reference("+++010/8068/17183+++")
    Reference(type='BBA', value='010806817183')
    >>> reference("INV/2026/0001") is None
    True
    """
    plain = "".join(character for character in text.upper() if character not in " +/*.-")
    if structured.is_rf(plain):
        return Reference(type="SCOR", value=plain)
    if structured.is_qr(plain):
        return Reference(type="QRR", value=plain)
    if structured.is_belgian(plain) and text.strip()[:3] in ("+++", "***"):
        return Reference(type="BBA", value=plain)
    return None


def remittance(documents: Sequence[str], length: int = TEXT_LENGTH) -> str:
    """List documents as far as they fit, and say how many more there are.

    >>> remittance(["A-1", "A-2"])
    'A-1, A-2'
    >>> remittance(["A-1", "A-2", "A-3"], 10)
    'A-1 +2'
    """
    names = list(dict.fromkeys(name for name in (" ".join(document.split()) for document in documents) if name))
    whole = ", ".join(names)
    if len(whole) <= length:
        return whole
    for count in range(len(names) - 1, 0, -1):
        text = f"{', '.join(names[:count])} +{len(names) - count}"
        if len(text) <= length:
            return text
    return names[0][:length].rstrip()
