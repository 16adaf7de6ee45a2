"""What the answer of matching means for the line of a booking."""

from __future__ import annotations

from typing import Any

from ..matching.answers import Answer, Booked
from .plan import Settlement, Verdict


def decided(answer: Answer) -> dict[str, Any]:
    """Return the values of a :class:`~.plan.LinePlan` that are decided.

    They tell where its counterpart goes, at once or by a settlement after it.
    """
    fact = answer.fact
    values = {
        "entry_id": answer.row["id"],
        "amount": fact.amount,
        "partner_id": fact.partner_id if fact.partner_by != "name" or answer.decision.items else None,
    }
    if answer.decision.items:
        return values | _paid(answer)
    if answer.takes_origin:
        origin = answer.origins[0]
        return values | {
            "rule": "return",
            "score": origin.score,
            "parts": origin.parts,
            "settlement": Settlement(origin_line_id=origin.id, fee=origin.fee),
        }
    if answer.takes_account and answer.booked is not None:
        return values | _booked(answer.booked, answer.booked.partner_id or values["partner_id"])
    return values


def verdict(answer: Answer, rule: str | None) -> Verdict:
    """Return what lists and filters show of an answer."""
    return Verdict(answer.outcome, answer.score, answer.decision.is_tied, rule)


def _paid(answer: Answer) -> dict[str, Any]:
    """Open items that it pays."""
    decision = answer.decision
    partners = {item.partner_id for item in decision.items}
    values: dict[str, Any] = {
        # payments that left together are of many
        "partner_id": (partners.pop() or None) if len(partners) == 1 else None,
        "rule": decision.rule,
        "score": decision.score,
        "parts": decision.parts,
    }
    item_ids = tuple(item.id for item in decision.items)
    if not decision.difference:
        return values | {"counterpart_account_id": decision.items[0].account_id, "item_ids": item_ids}
    return values | {
        "settlement": Settlement(
            item_ids=item_ids,
            partner_id=values["partner_id"],
            difference=decision.difference.kind,
            difference_amount=decision.difference.amount,
        )
    }


def _booked(booked: Booked, partner_id: int | None) -> dict[str, Any]:
    """An account that a rule tells; what else than the account it tells takes a settlement."""
    values: dict[str, Any] = {
        "partner_id": partner_id,
        "rule": "rule",
        "score": booked.score,
        "parts": booked.parts,
        "rule_id": booked.rule_id,
    }
    if not booked.tax_ids and not booked.analytic and not booked.label:
        return values | {"counterpart_account_id": booked.account_id}
    return values | {
        "settlement": Settlement(
            account_id=booked.account_id,
            partner_id=partner_id,
            tax_ids=booked.tax_ids,
            analytic=booked.analytic,
            label=booked.label,
        )
    }
