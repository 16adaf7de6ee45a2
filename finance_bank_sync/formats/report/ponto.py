"""Account information as Ponto Connect tells it: JSON:API documents (specs/openbanking_aggregators.md, section 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model import Account, Balance, Detail, Entry, FormatError, Money, Party, References, TransactionCode
from ..text_values import compact, is_iban, reference
from .reader import BOOKED, PENDING
from .values import currency, day, number, obj, objects, text

_STATUS = {"transaction": BOOKED, "pendingTransaction": PENDING}
#: attribute of an account -> code, attribute with its day
_BALANCES = {
    "currentBalance": ("ITBD", "currentBalanceReferenceDate"),
    "availableBalance": ("ITAV", "availableBalanceReferenceDate"),
}


class Ponto:
    """The dialect of Ponto Connect."""

    code = "ponto"
    name = "Ponto Connect"

    def entries(self, answer: Any, account: Account, place: str) -> Iterator[tuple[Entry, str]]:
        """Read the resources of a page; their ids are stable."""
        if "data" not in answer:
            raise FormatError("transactions_missing", "The answer has no data", place=place)
        for position, resource in enumerate(objects(answer["data"], place), 1):
            where = f"{place}, data[{position}]"
            status = _STATUS.get(text(resource.get("type"), where) or "")
            if status is None:
                raise FormatError("transactions_missing", "This is no transaction", place=where)
            identity = text(resource.get("id"), where) or ""
            yield self._entry(obj(resource.get("attributes"), where), identity, status, position, where), identity

    def balances(self, answer: Any, account: Account, place: str) -> Iterator[Balance]:
        """Read the balances among the attributes of an account."""
        resource = answer.get("data")
        if not isinstance(resource, dict) or resource.get("type") != "account":
            return
        told = obj(resource.get("attributes"), place)
        for name, (code, dated) in _BALANCES.items():
            if told.get(name) is not None:
                money = Money(amount=number(told[name], place), currency=currency(told.get("currency"), place))
                yield Balance(code=code, money=money, date=day(told.get(dated), place))

    def _entry(self, told: dict[str, Any], identity: str, status: str, position: int, place: str) -> Entry:
        if told.get("amount") is None:
            raise FormatError("amount_missing", "There is no amount", place=place)
        amount = Money(amount=number(told["amount"], place), currency=currency(told.get("currency"), place))
        remittance = text(told.get("remittanceInformation"), place)
        is_structured = told.get("remittanceInformationType") == "structured"
        other = compact(text(told.get("counterpartReference"), place) or "")
        party = Party(
            name=text(told.get("counterpartName"), place),
            iban=other if is_iban(other.upper()) else None,
            account_number=None if is_iban(other.upper()) else other or None,
            identifier=text(told.get("creditorId"), place),
        )
        return Entry(
            position=position,
            money=amount,
            status=status,
            booking_date=day(told.get("executionDate"), f"{place}.executionDate"),
            value_date=day(told.get("valueDate"), f"{place}.valueDate"),
            # the bank's own reference where Ponto has it, else Ponto's
            account_servicer_reference=text(told.get("internalReference"), place) or identity or None,
            transaction_code=_code(told, place),
            additional_information=text(told.get("additionalInformation"), place)
            or text(told.get("description"), place),
            details=(
                Detail(
                    money=amount,
                    references=References(
                        end_to_end_id=reference(text(told.get("endToEndId"), place)) or None,
                        mandate_id=text(told.get("mandateId"), place),
                    ),
                    counterparty=party if party != Party() else None,
                    structured_references=(compact(remittance),) if remittance and is_structured else (),
                    remittance=None if is_structured else remittance,
                    purpose=text(told.get("purposeCode"), place),
                ),
            ),
        )


def _code(told: dict[str, Any], place: str) -> TransactionCode | None:
    iso = (text(told.get("bankTransactionCode"), place) or "").split("-")
    own = text(told.get("proprietaryBankTransactionCode"), place)
    if len(iso) == 3 and all(iso):
        return TransactionCode(domain=iso[0], family=iso[1], subfamily=iso[2], proprietary=own)
    return TransactionCode(proprietary=own) if own else None
