"""Requests to cancel (camt.055) as the bank reads them, and its answer (camt.029, version 09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from sandbox.bank.camt_entry import Element, add

#: answers of a bank: yes, no, later
YES, NO, LATER = "ACCR", "RJCR", "PDCR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A request about one payment."""

    id: str
    message_id: str
    #: ``pain.001.001.09``
    name: str
    group_id: str
    end_to_end_id: str


def read_recalls(data: bytes) -> list[Recall] | None:
    """:return: what a file asks to cancel; None: it is no such request"""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None
    if not any(etree.QName(child).localname == "CstmrPmtCxlReq" for child in root):
        return None
    found = []
    for group in root.iter("{*}OrgnlPmtInfAndCxl"):
        group_id = group.findtext("{*}OrgnlPmtInfId") or ""
        message_id = group.findtext("{*}OrgnlGrpInf/{*}OrgnlMsgId") or ""
        name = group.findtext("{*}OrgnlGrpInf/{*}OrgnlMsgNmId") or ""
        found += [
            Recall(
                id=one.findtext("{*}CxlId") or "",
                message_id=message_id,
                name=name,
                group_id=group_id,
                end_to_end_id=one.findtext("{*}OrgnlEndToEndId") or "",
            )
            for one in group.iter("{*}TxInf")
        ]
    return found


def render(identifier: str, created_at: datetime, answers: Sequence[tuple[Recall, str, str | None]]) -> bytes:
    """The answer as a file.

    :param answers: each request, with the answer and a code of the reason of a no
    """
    root = etree.Element("Document")
    root.set("xmlns", "urn:iso:std:iso:20022:tech:xsd:camt.029.001.09")
    message = add(root, "RsltnOfInvstgtn")
    head = add(message, "Assgnmt")
    add(head, "Id", identifier)
    add(head, "Assgnr/Agt/FinInstnId/BICFI", "DEUTDEFF")
    add(head, "Assgne/Agt/FinInstnId/BICFI", "DEUTDEFF")
    add(head, "CreDtTm", created_at.isoformat(timespec="seconds"))
    add(message, "Sts/Conf", "INFO")
    details = add(message, "CxlDtls")
    first = answers[0][0]
    original = add(details, "OrgnlGrpInfAndSts")
    add(original, "OrgnlMsgId", first.message_id)
    add(original, "OrgnlMsgNmId", first.name)
    for group_id in dict.fromkeys(recall.group_id for recall, _answer, _reason in answers):
        group = add(details, "OrgnlPmtInfAndSts")
        add(group, "OrgnlPmtInfId", group_id)
        for recall, answer, reason in answers:
            if recall.group_id == group_id:
                _transaction(group, recall, answer, reason)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="utf-8") + b"\n"


def _transaction(group: Element, recall: Recall, answer: str, reason: str | None) -> None:
    one = add(group, "TxInfAndSts")
    add(one, "CxlStsId", f"C-{recall.id}"[:35])
    add(one, "OrgnlEndToEndId", recall.end_to_end_id)
    add(one, "TxCxlSts", answer)
    if reason:
        add(one, "CxlStsRsnInf/Rsn/Cd", reason)
