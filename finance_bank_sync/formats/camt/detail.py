"""One transaction of an entry: ``NtryDtls/TxDtls`` (specs/camt.md sections 5 to 7)."""

from __future__ import annotations

from typing import Any

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import NO_REFERENCES, RETURNS, Account, Detail, Money, References, Return, TransactionCode
from .amounts import read_amounts, read_charges
from .codes import read_transaction_code
from .party import counterparty, own_account, sides
from .remittance import NO_REMITTANCE, read_remittance
from .values import LOCAL, Element, Warnings, children, choice, is_debit, join_lines, reference, text_at, text_of

_new_detail = draft(Detail)
_new_references = draft(References)

_ONCE = frozenset({"Refs", "Amt", "CdtDbtInd", "AmtDtls", "BkTxCd", "RltdPties", "RltdAgts", "RmtInf", "RtrInf"})

#: ``Refs``
_REFERENCES = {
    "MsgId": "message_id",
    "PmtInfId": "payment_information_id",
    "InstrId": "instruction_id",
    "EndToEndId": "end_to_end_id",
    "UETR": "uetr",
    "TxId": "transaction_id",
    "MndtId": "mandate_id",
    "ChqNb": "cheque_number",
    "ClrSysRef": "clearing_reference",
    "AcctSvcrRef": "account_servicer_reference",
}


def is_return(code: TransactionCode | None) -> bool:
    """Say whether a transaction code tells that an earlier payment came back."""
    return code is not None and code.subfamily in RETURNS


def read_detail(
    element: Element, entry: Money, account: Account, warnings: Warnings, *, debit: bool, returned: bool
) -> Detail:
    """Read one ``TxDtls``.

    :param entry: amount of the entry, whose currency decides which amount is the own one
    :param debit: direction of the entry, for details that tell none
    :param returned: the entry is a reversal or return
    """
    found = children(element, _ONCE)
    get = found.get
    sign = get("CdtDbtInd")
    if sign is not None and sign.text:
        debit = is_debit(sign)
    amounts = read_amounts(get("AmtDtls"), get("Amt"), entry.currency, debit, warnings)
    own_currency = None if amounts.own is None else amounts.own.currency
    code = get("BkTxCd")
    transaction_code = None if code is None else read_transaction_code(code)
    return_info = get("RtrInf")
    return_reason = None if return_info is None else _read_return(return_info)
    party = own = None
    parties = get("RltdPties")
    if parties is not None:
        returned = returned or return_reason is not None or is_return(transaction_code)
        names = sides(parties)
        party = counterparty(names, get("RltdAgts"), account, debit=debit, returned=returned)
        own = own_account(parties, names, account, party, debit=debit)
    references = get("Refs")
    remittance = read_remittance(found["RmtInf"], warnings) if "RmtInf" in found else NO_REMITTANCE
    return _new_detail(
        money=amounts.own,
        original=amounts.original,
        instructed=amounts.instructed,
        exchange=amounts.exchange,
        references=NO_REFERENCES if references is None else _read_references(references),
        counterparty=party,
        structured_references=remittance.references,
        document_numbers=remittance.document_numbers,
        document_amounts=remittance.document_amounts,
        remittance=remittance.text,
        additional_information=text_of(get("AddtlTxInf")) if "AddtlTxInf" in found else None,
        transaction_code=transaction_code,
        purpose=choice(get("Purp")) if "Purp" in found else None,
        charges=read_charges(element, own_currency, warnings) if "Chrgs" in found else (),
        return_reason=return_reason,
        own_account=own,
    )


def _read_references(element: Element) -> References:
    fields: dict[str, Any] = {}
    own: list[tuple[str, str]] = []
    for child in element:
        name = LOCAL[child.tag]
        field = _REFERENCES.get(name)
        if field is not None:
            text = reference(child.text)
            if text is not None:
                fields[field] = text
        elif name == "Prtry":
            number = reference(text_at(child, "Ref"))
            if number:
                own.append((text_at(child, "Tp") or "", number))
    if own:
        fields["proprietary"] = tuple(own)
    return _new_references(**fields) if fields else NO_REFERENCES


def _read_return(element: Element) -> Return:
    """Read ``RtrInf``: ``Rsn`` and every ``AddtlInf`` (lines of 105 characters)."""
    code = None
    lines: list[str] = []
    for child in element:
        name = LOCAL[child.tag]
        if name == "Rsn":
            code = choice(child)
        elif name == "AddtlInf" and child.text:
            lines.append(child.text)
    return Return(code=code, text=join_lines(lines, 105))
