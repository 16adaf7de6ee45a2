"""Movements of CODA: records 2.1 to 2.3 and the information 3.1 to 3.3 about them."""

from __future__ import annotations

import re

from ..model import Detail, Exchange, Money, Party, References, Return, TransactionCode
from ..text_values import Invalid, reference
from .coda_records import CodaRecord, Communication, other_account

#: reject, return, refund, reversal, cancellation
_RETURNS = frozenset("12345")
_ISO_CODE = re.compile(r"[A-Z][A-Z0-9]{3}", re.ASCII)


class Movement:
    """Records 2.1 to 2.3 and 3.1 to 3.3 of one movement."""

    def __init__(self, first: CodaRecord) -> None:
        self.first = first
        self.number = first.raw(3, 10)
        self.amount = first.amount(32)
        self.code = first.raw(54, 61)
        self.kind = first.raw(62, 62)
        self.text = first.raw(63, 115)
        self.second: CodaRecord | None = None
        self.third: CodaRecord | None = None
        # informations: (kind, text), the last one may go on
        self.notes: list[list[str]] = []

    def take(self, record: CodaRecord) -> None:
        """Take a further record of this movement or of an information about it."""
        kind = record.text[:2]
        if kind in ("22", "23") and record.raw(3, 10) != self.number:
            raise Invalid("record_unexpected", "The record belongs to another movement", record.raw(3, 10), record.line)
        if kind == "22":
            self.second = record
            self.text += record.raw(11, 63)
        elif kind == "23":
            self.third = record
            self.text += record.raw(83, 125)
        elif kind == "31":
            self.notes.append([record.raw(40, 40), record.raw(41, 113)])
        elif kind in ("32", "33") and self.notes:
            self.notes[-1][1] += record.raw(11, 115) if kind == "32" else record.raw(11, 100)
        else:
            raise Invalid("record_unknown", "There is no such record here", kind, record.line)

    def detail(self, currency: str, said: Communication) -> Detail:
        """Return the movement as a transaction."""
        second, third = self.second, self.third
        reason = said.reason
        if second is not None and second.raw(113, 113) in _RETURNS:
            reason = reason or _iso_code(second.word(114, 117))
        # some banks fill it with zeros
        end_to_end = reference(second.word(64, 98).lstrip("0") and second.word(64, 98)) if second is not None else None
        ultimate, rest = self._informations()
        return Detail(
            money=Money(amount=self.amount, currency=currency),
            references=References(end_to_end_id=end_to_end or None, mandate_id=said.mandate),
            counterparty=self._party(third, second, said, ultimate),
            structured_references=(said.structured,) if said.structured else (),
            remittance=said.free,
            original=self._original(said, currency),
            exchange=_exchange(said, currency),
            additional_information=rest,
            transaction_code=TransactionCode(proprietary=self.code[1:], issuer="BBA"),
            purpose=_iso_code(second.word(122, 125)) if second is not None else None,
            return_reason=Return(code=reason) if reason else None,
        )

    def _original(self, said: Communication, currency: str) -> Money | None:
        """Return the amount in another currency, in the direction of the booking."""
        if said.original is None or said.original[1] == currency:
            return None
        amount, other, _rate = said.original
        return Money(amount=amount.copy_negate() if self.amount < 0 and amount else amount, currency=other)

    def _party(
        self, third: CodaRecord | None, second: CodaRecord | None, said: Communication, ultimate: str | None
    ) -> Party | None:
        account = other_account(third.raw(11, 47)) if third is not None else None
        name = third.word(48, 82) if third is not None else ""
        long = next((text[3:73].strip() for kind, text in self.notes if kind == "1" and text[:3] == "001"), "")
        # record 2.3 has 35 characters for a name, information 001 has 70
        name = long if long.startswith(name) else name
        bic = second.word(99, 109) if second is not None else ""
        party = Party(
            name=name or None,
            ultimate_name=ultimate,
            iban=account.iban if account else None,
            account_number=account.number if account else None,
            bic=bic or None,
            identifier=said.creditor,
        )
        return None if party == Party() else party

    def _informations(self) -> tuple[str | None, str | None]:
        """:return: (ultimate party, everything else that is text)"""
        ultimate, rest = None, []
        for kind, text in self.notes:
            if kind == "1" and text[:3] in ("008", "009"):
                ultimate = text[3:73].strip() or ultimate
            elif kind == "1" and text[:3] == "001":
                continue
            else:
                rest.append(" ".join((text[3:] if kind == "1" else text).split()))
        return ultimate, " ".join(piece for piece in rest if piece) or None


def _iso_code(text: str) -> str | None:
    """Return a code of ISO 20022; statements from before version 2.3 have other things in its place."""
    return text if _ISO_CODE.fullmatch(text) else None


def _exchange(said: Communication, currency: str) -> Exchange | None:
    if said.original is None or said.original[1] == currency:
        return None
    _amount, other, rate = said.original
    return Exchange(source_currency=other, target_currency=currency, rate=rate)
