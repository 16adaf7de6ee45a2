"""Everything in which two lines of one shape differ, as one flat row.

The rules are those of Odoo's ``account.bank.statement.line`` and ``account.move``, written for
entries with one bank item and one counterpart item, without taxes and without reconciliation.
Amounts stay Decimal until PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from odoo.addons.finance_connector_base.engine.series import Number

from .plan import LinePlan

#: Odoo sorts by date, then by falling sequence, then by id
MAX_SEQUENCE = 2**31 - 1
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Ids of the rows of one line."""

    move: int
    line: int
    bank_item: int
    counterpart_item: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFacts:
    """Columns of the entry that follow from its partner."""

    partner_id: int | None = None
    commercial_partner_id: int | None = None
    partner_bank_id: int | None = None
    fiscal_position_id: int | None = None
    payment_method_line_id: int | None = None
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeFacts:
    """What the lines of one shape share.

    :param journal_digits: decimal places of the currency of the journal
    :param counterpart_digits: of the currency of the counterpart item
    :param company_digits: of the currency of the company
    :param is_suspense: the counterpart is the suspense account of the journal
    :param has_residual: the counterpart account can be reconciled
    :param bank_has_residual: Odoo keeps a residual on the bank account
    :param is_checked: Odoo marks what this user posts as reviewed
    """

    journal_digits: int
    counterpart_digits: int
    company_digits: int
    is_suspense: bool
    has_residual: bool
    bank_has_residual: bool
    is_checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts as Odoo's fields store them."""

    label: str | None
    partner_name: str | None
    account_number: str | None
    transaction_type: str | None
    narration: str | None


def row(
    plan: LinePlan,
    *,
    ids: Ids,
    number: Number,
    partner: PartnerFacts,
    shape: ShapeFacts,
    texts: Texts,
    balance: Decimal,
) -> dict[str, Any]:
    """The varying columns of one line.

    :param balance: ``plan.amount`` in the currency of the company
    """
    amount = plan.amount.quantize(_unit(shape.journal_digits))
    transaction = _transaction(plan).quantize(_unit(shape.counterpart_digits))
    balance = balance.quantize(_unit(shape.company_digits))
    # Odoo's total of a plain entry is the amount of its debit item, rounded as the currency of the entry is
    debit = amount if balance > 0 else -transaction if balance else ZERO
    total = debit.quantize(_unit(shape.counterpart_digits), ROUND_HALF_UP)
    is_open = shape.is_suspense or not shape.is_checked
    residual = -transaction if is_open else ZERO
    return {
        "move_id": ids.move,
        "line_id": ids.line,
        "bank_id": ids.bank_item,
        "other_id": ids.counterpart_item,
        "name": number.name,
        "sequence_prefix": number.prefix,
        "sequence_number": number.number,
        "made_sequence_gap": number.made_gap,
        "date": plan.date,
        "partner_id": partner.partner_id,
        "commercial_partner_id": partner.commercial_partner_id,
        "partner_bank_id": partner.partner_bank_id,
        "fiscal_position_id": partner.fiscal_position_id,
        "payment_method_line_id": partner.payment_method_line_id,
        "partner_display_name": partner.display_name,
        "narration": texts.narration,
        "total": total,
        "total_unsigned": abs(total),
        "total_balance": abs(balance),
        "entry_id": plan.entry_id,
        "sequence": plan.sequence,
        "internal_index": f"{plan.date:%Y%m%d}{MAX_SEQUENCE - plan.sequence:0>10}{ids.line:0>10}",
        "label": texts.label,
        "partner_name": texts.partner_name,
        "account_number": texts.account_number,
        "transaction_type": texts.transaction_type,
        "amount": amount,
        "foreign_amount": transaction if plan.foreign_currency_id else ZERO,
        "residual": residual,
        "is_reconciled": not residual if shape.is_suspense else True,
        **_item("bank", amount, balance, shape.bank_has_residual),
        **_item("other", -transaction, -balance, shape.has_residual),
    }


def _transaction(plan: LinePlan) -> Decimal:
    return plan.foreign_amount if plan.foreign_amount is not None else plan.amount


def _item(side: str, amount: Decimal, balance: Decimal, has_residual: bool) -> dict[str, Any]:
    return {
        f"{side}_amount_currency": amount,
        f"{side}_balance": balance,
        f"{side}_debit": max(balance, ZERO),
        f"{side}_credit": max(-balance, ZERO),
        f"{side}_residual": balance if has_residual else ZERO,
        f"{side}_residual_currency": amount if has_residual else ZERO,
        f"{side}_reconciled": has_residual and not balance and not amount,
    }


@cache
def _unit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)
