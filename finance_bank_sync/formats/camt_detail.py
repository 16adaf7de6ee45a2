"""One transaction of an entry: ``NtryDtls/TxDtls`` (specs/camt.md sections 5 to 7)."""

from __future__ import annotations

from typing import Any

from .camt_amounts import read_amounts, read_charges
from .camt_codes import read_transaction_code
from .camt_party import counterparty
from .camt_remittance import read_remittance
from .camt_values import LOCAL, Element, children, choice, is_debit, join_lines, reference, text_at, text_of
from .model import NO_REFERENCES, Account, Detail, Money, References, Return, TransactionCode

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
#: sub-families of bank transaction codes that are returns, rejections or reversals
_RETURNS = frozenset({"RRTN", "RPCR", "UPDD", "PRDD", "RCDD", "UPCQ", "UPCT"})


def is_return(code: TransactionCode | None) -> bool:
    """Say whether a transaction code tells that an earlier payment came back."""
    return code is not None and code.subfamily in _RETURNS


def read_detail(
    element: Element, entry: Money, account: Account, *, debit: bool, returned: bool, alone: bool = False
) -> Detail:
    """Read one ``TxDtls``.

    :param entry: amount of the entry, whose currency decides which amount is the own one
    :param alone: it is the only detail, so that without an own amount it has the entry's
    :param debit: direction of the entry, for details that tell none
    :param returned: the entry is a reversal or return
    """
    found = children(element, _ONCE)
    get = found.get
    sign = get("CdtDbtInd")
    if sign is not None:
        debit = is_debit(sign)
    own, original, exchange = read_amounts(get("AmtDtls"), get("Amt"), entry.currency, debit)
    if own is None and alone:
        own = entry
    transaction_code = read_transaction_code(get("BkTxCd"))
    return_reason = _read_return(get("RtrInf"))
    party = None
    parties = get("RltdPties")
    if parties is not None:
        returned = returned or return_reason is not None or is_return(transaction_code)
        party = counterparty(parties, get("RltdAgts"), account, debit=debit, returned=returned)
    references = get("Refs")
    remittance = get("RmtInf")
    return Detail(
        money=own,
        original=original,
        exchange=exchange,
        references=NO_REFERENCES if references is None else _read_references(references),
        counterparty=party,
        additional_information=text_of(get("AddtlTxInf")),
        transaction_code=transaction_code,
        purpose=choice(get("Purp")),
        charges=read_charges(element) if "Chrgs" in found else (),
        return_reason=return_reason,
        **({} if remittance is None else read_remittance(remittance)),
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
    return References(**fields) if fields else NO_REFERENCES


def _read_return(element: Element | None) -> Return | None:
    """Read ``RtrInf``: ``Rsn`` and every ``AddtlInf`` (lines of 105 characters)."""
    if element is None:
        return None
    code = None
    lines: list[str] = []
    for child in element:
        name = LOCAL[child.tag]
        if name == "Rsn":
            code = choice(child)
        elif name == "AddtlInf" and child.text:
            lines.append(child.text)
    return Return(code=code, text=join_lines(lines, 105))
