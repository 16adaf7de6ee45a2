"""Reads the answers of banks: pain.002 (status report) and camt.029 (answer to a request to cancel), all versions.

Elements mean the same in every version; what is missing is inherited when it is asked for (:mod:`.status`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import BinaryIO

from odoo.addons.finance_connector_base.safe import SafetyError
from odoo.addons.finance_connector_base.safe.xml import Element, XmlLimits, document

from ..formats.camt.place import line_of, path_of, short
from ..formats.camt.values import LOCAL, descend, text_at
from ..formats.model import FormatError, Money
from .status import Count, GroupStatus, Reason, StatusReport, TransactionStatus

#: a report about a hundred thousand payments has about 60 MB
LIMITS = XmlLimits(file=128 * 1024**2, record=128 * 1024**2)

_NAMES = {"CstmrPmtStsRpt": "pain.002", "RsltnOfInvstgtn": "camt.029"}
_NAMESPACE = re.compile(r"((?:pain\.002|camt\.029)\.\d{3}\.\d{2})")


def identify(head: bytes) -> str | None:
    """:return: ``pain.002`` or ``camt.029``, by the first bytes of a file; None: neither"""
    text = head[:8192].decode("latin-1")
    return next((name for tag, name in _NAMES.items() if re.search(rf"<(?:[\w.-]+:)?{tag}[\s/>]", text)), None)


def read(source: bytes | BinaryIO) -> StatusReport:
    """Read one report.

    :raise FormatError: it is none, or broken; line and element are named
    """
    try:
        root = document(source, LIMITS)
    except SafetyError as error:
        raise FormatError(error.code, error.message, place=error.place) from error
    message = root if LOCAL[root.tag] in _NAMES else next(iter(root), root)
    kind = _NAMES.get(LOCAL[message.tag])
    if kind is None:
        raise FormatError("answer_unknown", "The file is neither pain.002 nor camt.029", place=LOCAL[root.tag])
    found = _NAMESPACE.search(message.tag)
    name = found[1] if found else kind
    return _status_report(message, name) if kind == "pain.002" else _resolution(message, name)


def _status_report(message: Element, name: str) -> StatusReport:
    head = descend(message, "GrpHdr")
    original = descend(message, "OrgnlGrpInfAndSts")
    if head is None or original is None:
        raise _broken(message, "answer_incomplete", "GrpHdr or OrgnlGrpInfAndSts is missing")
    groups = [_group(one, "PmtInfSts", "TxSts", "StsRsnInf") for one in _all(message, "OrgnlPmtInfAndSts")]
    # version 02 has the payments beside the groups
    loose = tuple(_transaction(one, "TxSts", "StsRsnInf") for one in _all(message, "TxInfAndSts"))
    if loose:
        groups.append(GroupStatus(transactions=loose))
    return StatusReport(
        format=name,
        message_id=_needed(head, "MsgId"),
        created_at=_moment(text_at(head, "CreDtTm")),
        original_message_id=text_at(original, "OrgnlMsgId"),
        original_format=text_at(original, "OrgnlMsgNmId"),
        status=text_at(original, "GrpSts"),
        reasons=_reasons(original, "StsRsnInf"),
        counts=_counts(original, "NbOfTxsPerSts"),
        groups=tuple(groups),
    )


def _resolution(message: Element, name: str) -> StatusReport:
    assignment = descend(message, "Assgnmt")
    if assignment is None:
        raise _broken(message, "answer_incomplete", "Assgnmt is missing")
    confirmed = text_at(descend(message, "Sts"), "Conf")
    groups: list[GroupStatus] = []
    original: Element | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    for details in _all(message, "CxlDtls"):
        head = descend(details, "OrgnlGrpInfAndSts")
        if head is not None:
            original = head
            status = text_at(head, "GrpCxlSts")
            reasons = _reasons(head, "CxlStsRsnInf")
        groups += [
            _group(one, "PmtInfCxlSts", "TxCxlSts", "CxlStsRsnInf") for one in _all(details, "OrgnlPmtInfAndSts")
        ]
        loose = tuple(_transaction(one, "TxCxlSts", "CxlStsRsnInf") for one in _all(details, "TxInfAndSts"))
        if loose:
            groups.append(GroupStatus(transactions=loose))
    return StatusReport(
        format=name,
        message_id=_needed(assignment, "Id"),
        created_at=_moment(text_at(assignment, "CreDtTm")),
        original_message_id=text_at(original, "OrgnlMsgId"),
        original_format=text_at(original, "OrgnlMsgNmId"),
        # a confirmation of the whole case holds where no level says more
        status=status or _CONFIRMED.get(confirmed or "", confirmed),
        reasons=reasons,
        groups=tuple(groups),
    )


#: confirmation of a case, told as the status of a cancellation
_CONFIRMED = {"CNCL": "ACCR", "RJCR": "RJCR", "PDCR": "PDCR", "PECR": "PACR"}


def _group(element: Element, status: str, transaction: str, reason: str) -> GroupStatus:
    return GroupStatus(
        id=text_at(element, "OrgnlPmtInfId"),
        status=text_at(element, status),
        reasons=_reasons(element, reason),
        counts=_counts(element, "NbOfTxsPerSts"),
        transactions=tuple(_transaction(one, transaction, reason) for one in _all(element, "TxInfAndSts")),
    )


def _transaction(element: Element, status: str, reason: str) -> TransactionStatus:
    return TransactionStatus(
        status=text_at(element, status),
        reasons=_reasons(element, reason),
        status_id=text_at(element, "StsId") or text_at(element, "CxlStsId"),
        end_to_end_id=text_at(element, "OrgnlEndToEndId"),
        instruction_id=text_at(element, "OrgnlInstrId"),
        uetr=text_at(element, "OrgnlUETR"),
        bank_reference=text_at(element, "AcctSvcrRef"),
        accepted_at=_moment(text_at(element, "AccptncDtTm")),
        amount=_amount(element),
        place=f"{line_of(element)}, {path_of(element)}",
    )


def _reasons(element: Element, tag: str) -> tuple[Reason, ...]:
    found = []
    for one in _all(element, tag):
        code, own = text_at(descend(one, "Rsn"), "Cd"), text_at(descend(one, "Rsn"), "Prtry")
        words = " ".join(text.text.strip() for text in _all(one, "AddtlInf") if text.text and text.text.strip())
        if code or own or words:
            found.append(Reason(code=code or own, is_proprietary=code is None and own is not None, text=words or None))
    return tuple(found)


def _counts(element: Element, tag: str) -> tuple[Count, ...]:
    found = []
    for one in _all(element, tag):
        status, count = text_at(one, "DtldSts"), text_at(one, "DtldNbOfTxs")
        if status:
            number = int(count) if count and count.isascii() and count.isdigit() else None
            found.append(Count(status=status, count=number, total=_decimal(one, text_at(one, "DtldCtrlSum"))))
    return tuple(found)


def _amount(element: Element) -> Money | None:
    original = descend(element, "OrgnlTxRef")
    amount = descend(original, "Amt", "InstdAmt") if original is not None else None
    if amount is None:
        amount = descend(element, "OrgnlInstdAmt")
    if amount is None:
        return None
    value, currency = _decimal(amount, amount.text), amount.get("Ccy")
    return Money(amount=value, currency=str(currency)) if value is not None and currency else None


def _decimal(element: Element, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or len(text) > 40:
        raise _broken(element, "amount_invalid", "That is no amount", text)
    return value


def _moment(text: str | None) -> datetime | None:
    """A moment as the bank wrote it, without zone; None where it is no moment: it decides nothing."""
    match = re.match(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d)?", text or "")
    try:
        return datetime.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def _all(element: Element | None, name: str) -> Iterable[Element]:
    return [child for child in element if LOCAL[child.tag] == name] if element is not None else ()


def _needed(element: Element, name: str) -> str:
    text = text_at(element, name)
    if not text:
        raise _broken(element, "answer_incomplete", f"{name} is missing")
    return text


def _broken(element: Element, code: str, message: str, value: str = "") -> FormatError:
    return FormatError(code, message, place=f"{line_of(element)}, {path_of(element)}", value=short(value))
