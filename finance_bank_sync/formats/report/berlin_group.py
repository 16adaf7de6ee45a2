"""Account information as NextGenPSD2 tells it in JSON (Berlin Group, XS2A 1.3.x; specs/berlingroup.md).

Only the amount of a transaction is required there, and banks differ in most of the rest: amounts with a comma or
without a sign, structured references as text or as object, exchange as object or list. What is read leniently is that
and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from ..model import (
    Account,
    Balance,
    Batch,
    Detail,
    Entry,
    Exchange,
    FormatError,
    Money,
    Party,
    References,
    TransactionCode,
)
from ..text_values import compact, reference
from .reader import BOOKED, PENDING
from .values import currency, day, items, money, number, obj, objects, text

#: balanceType -> ExternalBalanceType1Code
BALANCES = {
    "closingBooked": "CLBD",
    "openingBooked": "OPBD",
    "interimBooked": "ITBD",
    "interimAvailable": "ITAV",
    "closingAvailable": "CLAV",
    "openingAvailable": "OPAV",
    "expected": "XPCD",
    "forwardAvailable": "FWAV",
    "authorised": "ITAV",
    "information": "INFO",
    "nonInvoiced": "INFO",
    "previouslyClosedBooked": "PRCD",
}


class BerlinGroup:
    """The dialect of NextGenPSD2."""

    code = "berlin_group"
    name = "NextGenPSD2 (Berlin Group)"
    #: where the id of the interface stands, best first
    identities: tuple[str, ...] = ("transactionId", "entryReference")
    #: where the id stands that other channels of the bank tell as well, best first
    references: tuple[str, ...] = ("entryReference", "transactionId")

    def entries(self, answer: Any, account: Account, place: str) -> Iterator[tuple[Entry, str]]:
        """Read ``transactions.booked`` and ``transactions.pending``."""
        if "transactions" not in answer:
            raise FormatError("transactions_missing", "The answer has no transactions", place=place)
        lists = obj(answer["transactions"], place)
        for kind, status in (("booked", BOOKED), ("pending", PENDING)):
            for position, told in enumerate(objects(lists.get(kind), f"{place}, {kind}"), 1):
                where = f"{place}, {kind}[{position}]"
                identity = next((found for name in self.identities if (found := text(told.get(name), where))), "")
                yield self.entry(told, status, account, position, where), identity and f"{status}:{identity}"

    def balances(self, answer: Any, account: Account, place: str) -> Iterator[Balance]:
        """Read ``balances``, of the answer itself or of its account."""
        for told in objects(answer.get("balances"), place):
            code = BALANCES.get(text(told.get("balanceType"), place) or "")
            amount = money(told.get("balanceAmount"), place)
            if code and amount:
                yield Balance(code=code, money=amount, date=day(told.get("referenceDate"), place))

    def entry(self, told: dict[str, Any], status: str, account: Account, position: int, place: str) -> Entry:
        """Read one transaction."""
        amount = money(told.get("transactionAmount"), f"{place}.transactionAmount")
        if amount is None:
            raise FormatError("amount_missing", "There is no amount", place=place)
        if (
            amount.amount > 0
            and _is_own(told.get("debtorAccount"), account, place)
            and not _is_own(told.get("creditorAccount"), account, place)
        ):
            # some banks write all amounts without a sign: money of this account that goes to another one
            amount = replace(amount, amount=-amount.amount)
        code = _code(told, place)
        own = next((found for name in self.references if (found := text(told.get(name), place))), None)
        inner = objects(told.get("entryDetails"), f"{place}.entryDetails")
        return Entry(
            position=position,
            money=amount,
            status=status,
            booking_date=day(told.get("bookingDate"), f"{place}.bookingDate"),
            value_date=day(told.get("valueDate"), f"{place}.valueDate"),
            account_servicer_reference=own,
            transaction_code=code,
            additional_information=text(told.get("additionalInformation"), place),
            batch=Batch(count=_count(told.get("batchNumberOfTransactions"))) if told.get("batchIndicator") else None,
            original=_original(told, amount, place),
            exchange=_exchange(told, place),
            details=tuple(
                self._detail(one, amount, account, f"{place}.entryDetails[{number}]", inner=True)
                for number, one in enumerate(inner)
            )
            or (self._detail(told, amount, account, place),),
        )

    def _detail(
        self, told: dict[str, Any], total: Money, account: Account, place: str, *, inner: bool = False
    ) -> Detail:
        amount = money(told.get("transactionAmount"), place) if inner else total
        if amount and inner and total.amount < 0 < amount.amount:
            amount = replace(amount, amount=-amount.amount)
        remittance = [
            text(told.get("remittanceInformationUnstructured"), place),
            *(text(line, place) for line in items(told.get("remittanceInformationUnstructuredArray"), place)),
        ]
        return Detail(
            money=amount,
            references=References(
                end_to_end_id=reference(text(told.get("endToEndId"), place)) or None,
                mandate_id=text(told.get("mandateId"), place),
                cheque_number=text(told.get("checkId"), place),
            ),
            counterparty=_party(told, total, account, place),
            structured_references=_structured(told, place),
            remittance=" ".join(dict.fromkeys(line for line in remittance if line)) or None,
            purpose=text(told.get("purposeCode"), place),
        )


def _is_own(told: Any, account: Account, place: str) -> bool:
    found = _account_number(told, place)
    return bool(found) and found == compact(account.iban or account.number or "").upper()


def _account_number(told: Any, place: str) -> str | None:
    named = obj(told, place)
    number = next((found for key in ("iban", "bban", "pan", "maskedPan", "other") if (found := named.get(key))), None)
    if isinstance(number, dict):
        number = number.get("identification")
    written = text(number, place)
    return compact(written).upper() if written else None


def _party(told: dict[str, Any], total: Money, account: Account, place: str) -> Party | None:
    """The other side: who paid what came in, who got what went out."""
    side, other = ("debtor", "creditor") if total.amount > 0 else ("creditor", "debtor")
    if not (told.get(f"{side}Name") or told.get(f"{side}Account")) and not _is_own(
        told.get(f"{other}Account"), account, place
    ):
        side = other
    number = obj(told.get(f"{side}Account"), place)
    iban = text(number.get("iban"), place)
    party = Party(
        name=text(told.get(f"{side}Name"), place),
        ultimate_name=text(told.get(f"ultimate{side.capitalize()}"), place),
        iban=compact(iban).upper() if iban else None,
        account_number=None if iban else _account_number(number, place),
        bic=text(told.get(f"{side}Agent"), place),
        identifier=text(told.get("creditorId"), place) if side == "creditor" else None,
    )
    return party if party != Party() else None


def _structured(told: dict[str, Any], place: str) -> tuple[str, ...]:
    found = []
    for one in (
        told.get("remittanceInformationStructured"),
        *items(told.get("remittanceInformationStructuredArray"), place),
    ):
        written = text(one.get("reference") if isinstance(one, dict) else one, place)
        if written:
            found.append(compact(written))
    return tuple(dict.fromkeys(found))


def _code(told: dict[str, Any], place: str) -> TransactionCode | None:
    iso = (text(told.get("bankTransactionCode"), place) or "").split("-")
    own = text(told.get("proprietaryBankTransactionCode"), place)
    if len(iso) == 3 and all(iso):
        return TransactionCode(domain=iso[0], family=iso[1], subfamily=iso[2], proprietary=own)
    return TransactionCode(proprietary=own or "-".join(iso)) if own or any(iso) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _exchange(told: dict[str, Any], place: str) -> Exchange | None:
    for one in objects(told.get("currencyExchange"), f"{place}.currencyExchange"):
        rate = one.get("exchangeRate")
        return Exchange(
            source_currency=text(one.get("sourceCurrency"), place),
            target_currency=text(one.get("targetCurrency"), place),
            unit_currency=text(one.get("unitCurrency"), place),
            rate=None if rate in (None, "") else _rate(rate, f"{place}.currencyExchange"),
        )
    return None


def _rate(value: Any, place: str) -> Decimal:
    # a rate has more decimals than an amount; its digits are bounded all the same
    written = text(value, place) or ""
    try:
        rate = Decimal(written.replace(",", "."))
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or len(written) > 30:
        raise FormatError("number_invalid", "This is not a rate of exchange", place=place, value=written[:40])
    return rate


def _original(told: dict[str, Any], amount: Money, place: str) -> Money | None:
    """The amount in the other currency, with the sign of the booking."""
    for one in objects(told.get("currencyExchange"), place):
        instructed = obj(one.get("instructedAmount"), place)
        if instructed.get("amount") is None:
            continue
        other = Money(
            amount=abs(number(instructed["amount"], place)), currency=currency(instructed.get("currency"), place)
        )
        if other.currency != amount.currency:
            return replace(other, amount=-other.amount) if amount.amount < 0 else other
    return None
