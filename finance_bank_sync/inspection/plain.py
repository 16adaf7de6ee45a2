"""Canonical values as plain JSON data: amounts as text, dates as ISO, what is absent as None."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ..formats.model import NO_CURRENCY, Charge, Detail, Entry, Exchange, Money, TransactionCode


def text_of_amount(amount: Decimal) -> str:
    """Write an amount in full, never with an exponent."""
    return format(amount, "f")


def shown_currency(currency: str | None) -> str | None:
    """A file that tells no currency has none."""
    return None if currency == NO_CURRENCY else currency


def entry_values(entry: Entry) -> dict[str, Any]:
    """Return everything about an entry that a person compares with the bank's own view."""
    only = entry.details[0] if len(entry.details) == 1 else None
    values: dict[str, Any] = {
        "position": entry.position,
        "status": entry.status,
        "booking_date": _day(entry.booking_date),
        "value_date": _day(entry.value_date),
        "amount": text_of_amount(entry.money.amount),
        "currency": shown_currency(entry.money.currency),
        **_foreign(
            entry.original or (only.original if only else None),
            entry.exchange or (only.exchange if only else None),
            entry.money.currency,
        ),
        "charges": [_charge(charge) for charge in _charges(entry, only)],
        "reversal": entry.is_reversal,
        "bank_reference": entry.account_servicer_reference
        or (only.references.account_servicer_reference if only else None)
        or entry.entry_reference,
        "entry_reference": entry.entry_reference,
        "transaction_code": _code((only.transaction_code if only else None) or entry.transaction_code),
        **_transaction(only),
        "additional_information": _more(entry, only),
    }
    if entry.batch is not None:
        values["batch"] = {
            "message_id": entry.batch.message_id,
            "payment_information_id": entry.batch.payment_information_id,
            "count": entry.batch.count,
            "total": None if entry.batch.total is None else text_of_amount(entry.batch.total),
        }
    if len(entry.details) > 1 or _is_partial(entry, only):
        values["details"] = [_detail(detail, entry) for detail in entry.details]
    return values


def _more(entry: Entry, only: Detail | None) -> str | None:
    """Return what is told of an entry and of its only transaction; banks tell the same on both levels."""
    told = (entry.additional_information, only.additional_information if only else None)
    return "; ".join(dict.fromkeys(text for text in told if text)) or None


def _is_partial(entry: Entry, only: Detail | None) -> bool:
    """Say whether the only transaction that is told is another amount than the entry: charges, or parts not told."""
    return only is not None and only.money is not None and only.money != entry.money


def _charges(entry: Entry, only: Detail | None) -> list[Charge]:
    """Return the charges of an entry and of its only transaction; banks tell the same one on both levels."""
    if only is None or (entry.charges and _is_partial(entry, only)):
        return list(entry.charges)
    amounts = {charge.money for charge in entry.charges}
    return [*entry.charges, *(charge for charge in only.charges if charge.money not in amounts)]


def _detail(detail: Detail, entry: Entry) -> dict[str, Any]:
    return {
        "amount": text_of_amount(detail.money.amount) if detail.money else None,
        "currency": shown_currency(detail.money.currency) if detail.money else None,
        **_foreign(detail.original, detail.exchange, (detail.money or entry.money).currency),
        "charges": [_charge(charge) for charge in detail.charges],
        "bank_reference": detail.references.account_servicer_reference,
        "transaction_code": _code(detail.transaction_code),
        **_transaction(detail),
        "additional_information": detail.additional_information,
    }


def _transaction(detail: Detail | None) -> dict[str, Any]:
    """What only a transaction has; all of it absent for an entry without one or with several."""
    party = detail.counterparty if detail else None
    references = detail.references if detail else None
    back = detail.return_reason if detail else None
    return {
        "counterparty": (party.name or party.ultimate_name) if party else None,
        "counterparty_account": (party.iban or party.account_number) if party else None,
        "counterparty_bic": party.bic if party else None,
        "end_to_end_id": references.end_to_end_id if references else None,
        "mandate_id": references.mandate_id if references else None,
        "transaction_id": references.transaction_id if references else None,
        "cheque_number": references.cheque_number if references else None,
        "structured": list(detail.structured_references) if detail else [],
        "documents": list(detail.document_numbers) if detail else [],
        "remittance": detail.remittance if detail else None,
        "purpose": detail.purpose if detail else None,
        "return_reason": back.code if back else None,
        "return_text": back.text if back else None,
    }


def _foreign(original: Money | None, exchange: Exchange | None, own: str) -> dict[str, Any]:
    # (OFX tells the other currency and a rate, and no amount; some banks swap source and target)
    source = exchange.source_currency if exchange and exchange.source_currency != own else None
    return {
        "original_amount": text_of_amount(original.amount) if original else None,
        "original_currency": original.currency if original else source,
        "rate": text_of_amount(exchange.rate) if exchange and exchange.rate is not None else None,
    }


def _charge(charge: Charge) -> dict[str, Any]:
    return {
        "amount": text_of_amount(charge.money.amount),
        "currency": shown_currency(charge.money.currency),
        "included": charge.included,
        "bearer": charge.bearer,
        "code": charge.code,
    }


def _code(code: TransactionCode | None) -> str | None:
    if code is None:
        return None
    return "-".join(part for part in (code.domain, code.family, code.subfamily) if part) or code.proprietary


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
