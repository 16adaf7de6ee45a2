"""pain.002 as the bank writes it, versions 03 and 10."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from sandbox.bank.camt_entry import Element, add, maybe
from sandbox.payments.orders import Order

VERSIONS = (3, 10)


@dataclass(slots=True, kw_only=True)
class Report:
    """What one report says. ``orders`` are the payments that it mentions, each with status and reason."""

    id: str
    created_at: datetime
    message_id: str
    #: name of the message that it answers
    name: str
    status: str | None = None
    reason: str | None = None
    text: str | None = None
    orders: Sequence[tuple[Order, str, str | None]] = field(default_factory=tuple)


def render(report: Report, version: int = 10) -> bytes:
    """The report as a file."""
    root = etree.Element("Document")
    root.set("xmlns", f"urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version:02d}")
    message = add(root, "CstmrPmtStsRpt")
    head = add(message, "GrpHdr")
    add(head, "MsgId", report.id)
    add(head, "CreDtTm", report.created_at.isoformat(timespec="seconds"))
    group = add(message, "OrgnlGrpInfAndSts")
    add(group, "OrgnlMsgId", report.message_id or "NOTPROVIDED")
    add(group, "OrgnlMsgNmId", report.name or "pain.001")
    maybe(group, "GrpSts", report.status)
    _reason(group, report.reason, report.text)
    for identifier in dict.fromkeys(order.group_id for order, _status, _reason_code in report.orders):
        _group(message, identifier, (one for one in report.orders if one[0].group_id == identifier), version)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="utf-8") + b"\n"


def _group(message: Element, identifier: str, orders: Iterable[tuple[Order, str, str | None]], version: int) -> None:
    node = add(message, "OrgnlPmtInfAndSts")
    add(node, "OrgnlPmtInfId", identifier)
    for order, status, reason in orders:
        one = add(node, "TxInfAndSts")
        maybe(one, "OrgnlInstrId", order.instruction_id)
        add(one, "OrgnlEndToEndId", order.end_to_end_id)
        if version >= 10:
            maybe(one, "OrgnlUETR", order.uetr)
        add(one, "TxSts", status)
        _reason(one, reason, None)


def _reason(node: Element, reason: str | None, text: str | None) -> None:
    if reason:
        info = add(node, "StsRsnInf")
        add(info, "Rsn/Cd", reason)
        maybe(info, "AddtlInf", text[:105] if text else None)
