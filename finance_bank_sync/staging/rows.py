"""An entry of a statement as rows of ``finance.bank.entry``: one, or one for each payment of a collective booking."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..formats.model import Charge, Detail, Entry, References, TransactionCode
from ..proof import control, keys
from .plain import plain

#: what is written of an entry
COLUMNS = (
    "statement_id",
    "company_id",
    "position",
    "detail_position",
    "key",
    "status",
    "state",
    "booking_date",
    "value_date",
    "amount",
    "currency_name",
    "original_amount",
    "original_currency_name",
    "is_reversal",
    "is_difference",
    "label",
    "remittance",
    "party_name",
    "party_account",
    "own_account",
    "end_to_end_id",
    "structured_references",
    "document_numbers",
    "bank_reference",
    "transaction_code",
    "return_code",
    "return_text",
    "charges",
    "exchange",
    "details",
    "movements",
    "duplicate_of_id",
)
_JSON = ("structured_references", "document_numbers", "charges", "exchange", "details", "movements")
#: characters of a label
_LABEL = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Labels of what has no text of its own, in the language of the company."""

    #: what the details of a collective booking do not explain
    difference: str
    #: a collective booking as a whole, of the number of its payments ("?" where nobody tells it)
    collective: Callable[[int | str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRows:
    """Makes the rows of one statement.

    :param is_final: what it says is booked, and reaches the ledger
    :param is_split: a collective booking becomes a row for each of its payments
    :param movements: says what an entry tells about payments of ours; None asks nothing
    """

    statement_id: int
    company_id: int
    is_final: bool
    is_split: bool
    texts: Texts
    movements: Callable[[Entry], Any] | None = None

    def of(self, entry: Entry, key: str) -> list[dict[str, Any]]:
        """Return the rows of an entry, whose amounts add up to its amount.

        :param key: identity of the booking
        """
        details = entry.details
        if len(details) < 2 or not self.is_split:
            return [self._whole(entry, key)]
        amounts = [
            detail.money.amount
            for detail in details
            if detail.money is not None and detail.money.currency == entry.money.currency
        ]
        if len(amounts) != len(details):
            return [self._whole(entry, key)]
        rows = [
            self._row(entry, detail, keys.detail_key(key, position), position, amount)
            for position, (detail, amount) in enumerate(zip(details, amounts, strict=True), 1)
        ]
        rest = entry.money.amount - sum(amounts, Decimal(0))
        if rest:
            rows.append(self._row(entry, None, f"{key}/rest", len(details) + 1, rest, is_difference=True))
        return rows

    def _whole(self, entry: Entry, key: str) -> dict[str, Any]:
        details = entry.details
        return self._row(entry, details[0] if len(details) == 1 else None, key, 0, entry.money.amount)

    def _row(
        self,
        entry: Entry,
        detail: Detail | None,
        key: str,
        position: int,
        amount: Decimal,
        *,
        is_difference: bool = False,
    ) -> dict[str, Any]:
        """:param position: of the payment in its collective booking; 0 for a whole entry"""
        refs = party = back = None
        # what an entry says of its amount is not said of one payment in it
        original = exchange = None
        charges: tuple[Charge, ...] = ()
        code, remittance, extra = entry.transaction_code, "", entry.additional_information
        if not position:
            original, exchange, charges = entry.original, entry.exchange, entry.charges
        if detail is not None:
            refs, party, back = detail.references, detail.counterparty, detail.return_reason
            original, exchange = detail.original or original, detail.exchange or exchange
            charges = detail.charges or charges
            code = detail.transaction_code or code
            remittance, extra = detail.remittance or "", detail.additional_information or extra
        values = {
            "statement_id": self.statement_id,
            "company_id": self.company_id,
            "position": entry.position,
            "detail_position": position,
            "key": key,
            "status": entry.status,
            "state": self._state(entry),
            "booking_date": entry.booking_date,
            "value_date": entry.value_date,
            "amount": amount,
            "currency_name": entry.money.currency,
            "original_amount": original.amount if original else None,
            "original_currency_name": original.currency if original else None,
            "is_reversal": entry.is_reversal,
            "is_difference": is_difference,
            "label": self.texts.difference if is_difference else self._label(entry, detail, remittance, extra),
            "remittance": remittance or extra,
            "party_name": (party.name or party.ultimate_name) if party else None,
            "party_account": (party.iban or party.account_number) if party else None,
            "own_account": detail.own_account if detail else None,
            "end_to_end_id": refs.end_to_end_id if refs else None,
            "structured_references": list(detail.structured_references) if detail else None,
            "document_numbers": list(detail.document_numbers) if detail else None,
            "bank_reference": _bank_reference(entry, refs, is_one_of_many=bool(position)),
            "transaction_code": _code(code),
            "return_code": back.code if back else None,
            "return_text": back.text if back else None,
            "charges": [plain(charge) for charge in charges],
            "exchange": plain(exchange) if exchange else None,
            "details": [plain(one) for one in entry.details] if not position and len(entry.details) > 1 else None,
            "movements": self.movements(entry) if self.movements is not None and position < 2 else None,
            "duplicate_of_id": None,
        }
        for column in _JSON:
            values[column] = json.dumps(values[column]) if values[column] else None
        return values

    def _state(self, entry: Entry) -> str:
        if not self.is_final:
            return "provisional"
        return "staged" if entry.status == control.BOOKED else "not_booked"

    def _label(self, entry: Entry, detail: Detail | None, remittance: str, extra: str | None) -> str:
        references = end_to_end = ""
        if detail is not None:
            references = " ".join(detail.structured_references)
            end_to_end = detail.references.end_to_end_id or ""
        text = references or remittance or end_to_end or extra
        if not text and entry.batch and detail is None:
            text = self.texts.collective(entry.batch.count or "?")
        return " ".join(text.split())[:_LABEL] if text and text.strip() else "/"


def _bank_reference(entry: Entry, refs: References | None, *, is_one_of_many: bool) -> str | None:
    """Return the bank's own reference: of a payment in a collective booking its own, else that of the booking."""
    own = refs.account_servicer_reference if refs else None
    of_entry = entry.account_servicer_reference
    return (own or of_entry if is_one_of_many else of_entry or own) or entry.entry_reference


def _code(code: TransactionCode | None) -> str | None:
    if code is None:
        return None
    iso = "-".join(part for part in (code.domain, code.family, code.subfamily) if part)
    return iso or code.proprietary
