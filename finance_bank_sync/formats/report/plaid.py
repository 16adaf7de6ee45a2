"""Account information as Plaid tells it (specs/openbanking_aggregators.md, section 3).

An amount is positive when money goes out. A report holds the transactions of whole days as ``added``; changes are put
together before (``protocols/plaid.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model import Account, Balance, Detail, Entry, FormatError, Money, Party, References, TransactionCode
from .reader import BOOKED, PENDING
from .values import currency, day, number, obj, objects, text

#: types of accounts whose balance is what is owed
_OWED = frozenset({"credit", "loan"})


class Plaid:
    """The dialect of Plaid."""

    code = "plaid"
    name = "Plaid"

    def entries(self, answer: Any, account: Account, place: str) -> Iterator[tuple[Entry, str]]:
        """Read ``added``."""
        if "added" not in answer:
            raise FormatError("transactions_missing", "The answer has no transactions", place=place)
        for position, told in enumerate(objects(answer["added"], place), 1):
            where = f"{place}, added[{position}]"
            identity = text(told.get("transaction_id"), where)
            if identity is None:
                raise FormatError("text_missing", "The transaction has no id", place=where)
            yield self._entry(told, identity, position, where), identity

    def balances(self, answer: Any, account: Account, place: str) -> Iterator[Balance]:
        """Read the balances of ``accounts``, of which a report names one."""
        for told in objects(answer.get("accounts"), place):
            amounts = obj(told.get("balances"), place)
            for name, code in (("current", "ITBD"), ("available", "ITAV")):
                if amounts.get(name) is None:
                    continue
                amount = number(amounts[name], place)
                if told.get("type") in _OWED and name == "current":
                    amount = -amount
                code_of_money = currency(
                    amounts.get("iso_currency_code") or amounts.get("unofficial_currency_code"), place
                )
                yield Balance(
                    code=code,
                    money=Money(amount=amount, currency=code_of_money),
                    date=day(amounts.get("last_updated_datetime"), place),
                )

    def _entry(self, told: dict[str, Any], identity: str, position: int, place: str) -> Entry:
        if told.get("amount") is None:
            raise FormatError("amount_missing", "There is no amount", place=place)
        money = Money(
            amount=-number(told["amount"], f"{place}.amount"),
            currency=currency(told.get("iso_currency_code") or told.get("unofficial_currency_code"), place),
        )
        meta = obj(told.get("payment_meta"), place)
        others = objects(told.get("counterparties"), place)
        other = (
            text(told.get("merchant_name"), place)
            or text(meta.get("payer" if money.amount > 0 else "payee"), place)
            or next((name for one in others if (name := text(one.get("name"), place))), None)
        )
        kind = text(told.get("transaction_code"), place)
        return Entry(
            position=position,
            money=money,
            status=PENDING if told.get("pending") else BOOKED,
            booking_date=day(told.get("date"), f"{place}.date"),
            account_servicer_reference=identity,
            transaction_code=TransactionCode(proprietary=kind) if kind else None,
            details=(
                Detail(
                    money=money,
                    references=References(
                        cheque_number=text(told.get("check_number"), place),
                        instruction_id=text(meta.get("reference_number"), place),
                    ),
                    counterparty=Party(name=other) if other else None,
                    remittance=text(told.get("original_description"), place) or text(told.get("name"), place),
                ),
            ),
        )
