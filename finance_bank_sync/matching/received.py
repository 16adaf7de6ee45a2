"""A staged booking as the facts that matching looks at."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..formats.model import RETURNS
from .facts import BookingFacts
from .mentions import read
from .returns import says_return
from .structured import found_in, variants
from .tokens import normalise, references

_new_facts = draft(BookingFacts)

#: columns of ``finance.bank.entry``, amounts as texts
Row = Mapping[str, Any]


class PartyKnowledge(Protocol):
    """Who stands behind what a booking says of the other side."""

    #: name of the company's currency
    currency: str

    def partner(self, row: Row) -> tuple[int | None, str, frozenset[int]]:
        """Return the partner's id or None, what says so, and partners of a like name."""
        ...


def facts_of(row: Row, knowledge: PartyKnowledge, *, is_read: bool = True) -> BookingFacts:
    """Return the facts of a booking.

    :param is_read: numbers are looked for in the texts; where nothing is open, they name nothing
    """
    texts = [row["remittance"], row["label"]] if row["remittance"] != row["label"] else [row["label"]]
    structured = references([*(row["structured_references"] or []), *(row["document_numbers"] or [])])
    named = set().union(*(variants(found) for found in structured | found_in(texts)))
    said = read(texts if is_read else ())
    partner_id, partner_by, alike = knowledge.partner(row)
    amount = Decimal(row["amount"])
    return _new_facts(
        id=row["id"],
        amount=amount,
        currency=row["currency_name"],
        date=row["booking_date"] or row["value_date"],
        original=Decimal(row["original_amount"]) if row["original_amount"] else None,
        original_currency=row["original_currency_name"],
        local=amount if row["currency_name"] == knowledge.currency else None,
        charges=charges_inside(row),
        references=frozenset(named),
        end_to_end=references([row["end_to_end_id"]]),
        tokens=frozenset(said.tokens),
        parts=frozenset(said.parts),
        called=frozenset(said.called),
        meant=frozenset(said.meant),
        partner_id=partner_id,
        partner_by=partner_by,
        alike=alike,
        is_return=is_return(row) or bool(row["is_difference"]),
    )


def sanitized(number: str | None) -> str | None:
    """Return an account number as it is compared."""
    return normalise(number) if number else None


def charges_inside(row: Row) -> Decimal:
    """Return what the bank took off the amount, as it says; charges that are no part of it are left out."""
    return sum(
        (
            Decimal(charge["money"]["amount"])
            for charge in row["charges"] or []
            if charge.get("included") is not False and charge["money"].get("currency") == row["currency_name"]
        ),
        Decimal(0),
    )


def is_return(row: Row) -> bool:
    """Say whether a payment came back: it names documents that it does not pay."""
    sub_family = (row["transaction_code"] or "").rpartition("-")[2]
    if row["return_code"] or row["is_reversal"] or sub_family in RETURNS:
        return True
    return any(says_return(text) for text in {row["label"], row["remittance"]})
