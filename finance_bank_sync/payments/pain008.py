"""Direct debits as pain.008.001.02, .08, .09, .10."""

from __future__ import annotations

from . import xml_blocks as xml
from .model import Account, Amendment, Code, Group, Identification, Mandate, Party, Payment
from .versions import Dialect
from .xml_text import CannotWrite, day, leaf, node

ROOT, HEAD, TAIL = "CstmrDrctDbtInitn", "PmtInf", "DrctDbtTxInf"

#: "same mandate, new debtor account": the account is told as this, the bank may be another one
NEW_ACCOUNT = "SMNDA"


def group_head(group: Group, control: str, dialect: Dialect) -> str:
    """Everything of a group before its collections, without the tag around it.

    :param control: number and sum of the collections, as XML
    """
    booking = None if group.batch_booking is None else str(group.batch_booking).lower()
    creditor = scheme_party(None, group.creditor_id) if group.creditor_id else None
    return "".join(
        (
            leaf("PmtInfId", group.id),
            "<PmtMtd>DD</PmtMtd>",
            leaf("BtchBookg", booking),
            control,
            xml.payment_type(group.type, group.sequence),
            day("ReqdColltnDt", group.date),
            xml.party("Cdtr", group.party, dialect),
            xml.account("CdtrAcct", group.account),
            xml.needed_agent("CdtrAgt", group.agent, dialect),
            xml.party("UltmtCdtr", group.ultimate_party, dialect),
            leaf("ChrgBr", group.charges),
            xml.party("CdtrSchmeId", creditor, dialect),
        )
    )


def scheme_party(name: str | None, creditor_id: str | None) -> Party:
    """A creditor as he is identified by his SEPA creditor identifier."""
    numbers: tuple[Identification, ...] = ()
    if creditor_id:
        numbers = (Identification(number=creditor_id, scheme=Code(value="SEPA", is_proprietary=True)),)
    return Party(name=name, identifications=numbers, is_person=True)


def payment(value: Payment, dialect: Dialect) -> str:
    """One collection (``DrctDbtTxInf``).

    :raise CannotWrite: it holds what only transfers have
    """
    if value.intermediary is not None:
        raise CannotWrite("a direct debit has no intermediary bank")
    if len(value.instructions) > 1 or any(one.code for one in value.instructions):
        raise CannotWrite("a direct debit holds one instruction in words")
    words = value.instructions[0].words if value.instructions else None
    parts = [
        "<DrctDbtTxInf>",
        xml.ids(value, dialect),
        xml.payment_type(value.type) if value.type is not None else "",
        xml.money("InstdAmt", value.amount),
        leaf("ChrgBr", value.charges),
        node("DrctDbtTx", mandate(value.mandate, dialect)) if value.mandate else "",
        xml.party("UltmtCdtr", value.ultimate_creditor, dialect),
        xml.needed_agent("DbtrAgt", value.agent, dialect),
        xml.party("Dbtr", value.counterparty, dialect),
        xml.account("DbtrAcct", value.account),
        xml.party("UltmtDbtr", value.ultimate_debtor, dialect),
        leaf("InstrForCdtrAgt", words),
        node("Purp", xml.code(value.purpose)),
    ]
    parts += [xml.regulatory(one) for one in value.regulatory]
    parts.append(xml.remittance(value))
    parts.append("</DrctDbtTxInf>")
    return "".join(parts)


def mandate(value: Mandate, dialect: Dialect) -> str:
    """``MndtRltdInf``."""
    inner = leaf("MndtId", value.reference) + day("DtOfSgntr", value.signed_on)
    if value.amendment is not None:
        inner += "<AmdmntInd>true</AmdmntInd>" + node("AmdmntInfDtls", _amendment(value.amendment, dialect))
    return node("MndtRltdInf", inner)


def _amendment(value: Amendment, dialect: Dialect) -> str:
    creditor = None
    if value.original_creditor_id or value.original_creditor_name:
        creditor = scheme_party(value.original_creditor_name, value.original_creditor_id)
    former = None
    if value.original_iban:
        former = Account(iban=value.original_iban)
    elif value.is_new_account:
        former = Account(number=NEW_ACCOUNT)
    return (
        leaf("OrgnlMndtId", value.original_mandate)
        + xml.party("OrgnlCdtrSchmeId", creditor, dialect)
        + xml.account("OrgnlDbtrAcct", former)
    )
