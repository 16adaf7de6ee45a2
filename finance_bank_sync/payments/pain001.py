"""Credit transfers as pain.001.001.03, .09, .10, .11."""

from __future__ import annotations

from . import xml_blocks as xml
from .model import Group, Payment
from .versions import Dialect
from .xml_text import leaf, node

ROOT, HEAD, TAIL = "CstmrCdtTrfInitn", "PmtInf", "CdtTrfTxInf"


def group_head(group: Group, control: str, dialect: Dialect) -> str:
    """Everything of a group before its payments, without the tag around it.

    :param control: number and sum of the payments, as XML
    """
    day = group.date.isoformat()
    booking = None if group.batch_booking is None else str(group.batch_booking).lower()
    return "".join(
        (
            leaf("PmtInfId", group.id),
            "<PmtMtd>TRF</PmtMtd>",
            leaf("BtchBookg", booking),
            control,
            xml.payment_type(group.type),
            f"<ReqdExctnDt>{day}</ReqdExctnDt>" if dialect.is_first else f"<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt>",
            xml.party("Dbtr", group.party, dialect),
            xml.account("DbtrAcct", group.account),
            xml.needed_agent("DbtrAgt", group.agent, dialect),
            xml.party("UltmtDbtr", group.ultimate_party, dialect),
            leaf("ChrgBr", group.charges),
        )
    )


def payment(value: Payment, dialect: Dialect) -> str:
    """One payment (``CdtTrfTxInf``)."""
    parts = [
        "<CdtTrfTxInf>",
        xml.ids(value, dialect),
        xml.payment_type(value.type) if value.type is not None else "",
        node("Amt", xml.money("InstdAmt", value.amount)),
        leaf("ChrgBr", value.charges),
        xml.party("UltmtDbtr", value.ultimate_debtor, dialect),
        xml.agent("IntrmyAgt1", value.intermediary, dialect),
        xml.agent("CdtrAgt", value.agent, dialect),
        xml.party("Cdtr", value.counterparty, dialect),
        xml.account("CdtrAcct", value.account),
        xml.party("UltmtCdtr", value.ultimate_creditor, dialect),
    ]
    parts += [xml.instruction(one) for one in value.instructions]
    parts.append(node("Purp", xml.code(value.purpose)))
    parts += [xml.regulatory(one) for one in value.regulatory]
    parts.append(xml.remittance(value))
    parts.append("</CdtTrfTxInf>")
    return "".join(parts)
