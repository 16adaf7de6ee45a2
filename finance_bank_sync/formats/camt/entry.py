"""One booking: ``Ntry`` with its ``NtryDtls`` (specs/camt.md section 4)."""

from __future__ import annotations

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import NO_CURRENCY, Account, Batch, Detail, Entry, Money, TransactionCode
from .amounts import read_amounts, read_charges
from .codes import read_transaction_code
from .detail import is_return, read_detail
from .values import (
    LOCAL,
    Broken,
    Element,
    Warnings,
    boolean,
    calendar_date,
    children,
    integer,
    is_debit,
    money,
    named,
    reference,
    text_at,
    text_of,
)

_new_entry = draft(Entry)

_ONCE = frozenset(
    {"NtryRef", "Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "ValDt", "AcctSvcrRef", "BkTxCd", "AmtDtls"}
)
_BATCH = frozenset({"MsgId", "PmtInfId", "NbOfTxs", "TtlAmt"})
#: EntryStatus2Code up to version 06, ExternalEntryStatus1Code later
_STATUSES = frozenset({"BOOK", "PDNG", "INFO", "FUTR"})
#: more details than this in one entry are refused: an entry is one value in memory
_MOST_DETAILS = 200_000


class EntryReader:
    """Reads the entries of one statement.

    The details of a large batch arrive before the entry is complete. They are read and
    released in portions (:meth:`read_ahead`), so that memory holds values, not elements.
    """

    def __init__(self, account: Account, currency: str | None, warnings: Warnings) -> None:
        """Start with the first entry.

        :param currency: what ``Acct/Ccy`` tells; the one of an entry that tells none
        """
        self._account = account
        self._currency = currency
        self._warnings = warnings
        self._ahead: list[Detail] = []
        self._batch: Batch | None = None
        #: whether a detail of the current entry has an amount without a currency
        self._has_untold = False

    @property
    def details_ahead(self) -> int:
        """How many details of the current entry were read ahead."""
        return len(self._ahead)

    def read(self, element: Element, position: int) -> Entry:
        """Read a complete ``Ntry``."""
        found = children(element, _ONCE)
        get = found.get
        amount, debit = self._amount(element, found)
        code = read_transaction_code(found["BkTxCd"]) if "BkTxCd" in found else None
        reversal = "RvslInd" in found and bool(boolean(found["RvslInd"]))
        details: tuple[Detail, ...] = ()
        batch = None
        if "NtryDtls" in found:
            # one block is the rule, and looking for more costs as much as reading it
            blocks = [found["NtryDtls"]] if len(found) == len(element) else named(element, "NtryDtls")
            details, batch = self._details(blocks, amount, code, debit=debit, reversal=reversal)
        original = exchange = None
        if "AmtDtls" in found:
            _own, original, _instructed, exchange = read_amounts(
                found["AmtDtls"], None, amount.currency, debit, self._warnings
            )
        if len(details) == 1:
            original = original or details[0].original
            exchange = exchange or details[0].exchange
        return _new_entry(
            position=position,
            money=amount,
            status=self._status(get("Sts"), element),
            booking_date=calendar_date(get("BookgDt")),
            value_date=calendar_date(get("ValDt")),
            entry_reference=reference(found["NtryRef"].text) if "NtryRef" in found else None,
            account_servicer_reference=reference(found["AcctSvcrRef"].text) if "AcctSvcrRef" in found else None,
            is_reversal=reversal,
            transaction_code=code,
            additional_information=text_of(get("AddtlNtryInf")),
            batch=batch,
            charges=read_charges(element, amount.currency, self._warnings) if "Chrgs" in found else (),
            original=original,
            exchange=exchange,
            notification_id=text_at(found["AddtlInfInd"], "MsgId") if "AddtlInfInd" in found else None,
            details=details,
        )

    def read_ahead(self, element: Element) -> bool:
        """Read and remove the complete details of an incomplete ``Ntry``.

        All blocks but the last are complete, and in the last all details but the last.
        """
        found = {LOCAL[child.tag]: child for child in element}
        if not found.keys() >= {"Amt", "CdtDbtInd", "NtryDtls"}:
            return False  # the entry itself tells the fault when it is complete
        amount, debit = self._amount(element, found)
        code = read_transaction_code(found["BkTxCd"]) if "BkTxCd" in found else None
        returned = is_return(code) or bool(boolean(found.get("RvslInd")))
        *earlier, current = named(element, "NtryDtls")
        for block in earlier:
            self._read_block(block, amount, debit, returned)
            element.remove(block)
        if len(current):
            last = current[-1]
            self._read_block(current, amount, debit, returned, until=last)
            for detail in named(current, "TxDtls"):
                if detail is not last:
                    current.remove(detail)
        return True

    def _details(
        self, blocks: list[Element], amount: Money, code: TransactionCode | None, *, debit: bool, reversal: bool
    ) -> tuple[tuple[Detail, ...], Batch | None]:
        returned = reversal or is_return(code)
        for block in blocks:
            self._read_block(block, amount, debit, returned)
        details, batch = self._ahead, self._batch
        self._ahead, self._batch = [], None
        if self._has_untold:
            self._has_untold = False
            _tell_currency(details, amount)
        if len(details) == 1 and details[0].money is None:
            # the entry is this one transaction
            # (nobody else has the value yet, and a copy of it takes a sixth of the time of the entry)
            object.__setattr__(details[0], "money", amount)
            return (details[0],), batch
        return tuple(details), batch

    def _read_block(
        self, block: Element, amount: Money, debit: bool, returned: bool, until: Element | None = None
    ) -> None:
        for child in block:
            name = LOCAL[child.tag]
            if child is until:
                break
            if name == "TxDtls":
                detail = read_detail(child, amount, self._account, self._warnings, debit=debit, returned=returned)
                self._ahead.append(detail)
                if detail.money is not None and detail.money.currency == NO_CURRENCY:
                    self._has_untold = True
            elif name == "Btch" and self._batch is None:
                self._batch = _read_batch(child)
        if len(self._ahead) > _MOST_DETAILS:
            raise Broken("entry_too_large", f"The entry has more than {_MOST_DETAILS} details", block)

    def _amount(self, element: Element, found: dict[str, Element]) -> tuple[Money, bool]:
        """Read ``Amt`` and ``CdtDbtInd``, which tells the real direction also of a reversal."""
        amount, sign = found.get("Amt"), found.get("CdtDbtInd")
        if amount is None:
            raise Broken("amount_missing", "The entry has no amount", element, name="Amt")
        if sign is None:
            raise Broken("credit_debit_missing", "The entry does not tell credit or debit", element, name="CdtDbtInd")
        debit = is_debit(sign)
        if self._currency and not amount.get("Ccy"):
            self._warnings.add("amount_without_currency", amount)
        return money(amount, debit, self._currency), debit

    def _status(self, element: Element | None, entry: Element) -> str:
        """Read ``Sts``: a text up to version 06, ``Cd`` or ``Prtry`` later, mixed up by some banks."""
        if element is None:
            self._warnings.add("entry_without_status", entry)
            return "BOOK"
        status = text_of(element[0] if len(element) else element)
        if status is None:
            raise Broken("status_missing", "The status of the entry is empty", element)
        if status not in _STATUSES:
            self._warnings.add("status_unknown", element)
        return status


def _read_batch(element: Element) -> Batch:
    """Read ``Btch``, the summary of a collective booking."""
    found = children(element, _BATCH)
    total = found.get("TtlAmt")
    return Batch(
        message_id=reference(text_of(found.get("MsgId"))),
        payment_information_id=reference(text_of(found.get("PmtInfId"))),
        count=integer(found.get("NbOfTxs")),
        # (what it is in is not kept, so that nothing hangs on it)
        total=None if total is None or text_of(total) is None else money(total, False, NO_CURRENCY).amount,
    )


def _tell_currency(details: list[Detail], entry: Money) -> None:
    """Take amounts without a currency for parts of the entry where all details add up to it, else for unknown ones."""
    amounts = [detail.money for detail in details if detail.money is not None]
    adds_up = (
        len(amounts) == len(details)
        and all(money_.currency in (entry.currency, NO_CURRENCY) for money_ in amounts)
        and sum(money_.amount for money_ in amounts) == entry.amount
    )
    for detail in details:
        if detail.money is not None and detail.money.currency == NO_CURRENCY:
            told = Money(amount=detail.money.amount, currency=entry.currency) if adds_up else None
            # nobody else has the value yet
            object.__setattr__(detail, "money", told)
