"""Orders as the bank reads them from pain.001 and pain.008, and what it refuses at once."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

#: messages of which the official schema is at hand
_MESSAGES = {"CstmrCdtTrfInitn": "CdtTrfTxInf", "CstmrDrctDbtInitn": "DrctDbtTxInf"}


class Refused(Exception):
    """The whole file is refused, with a reason code; the ids are known as far as it could be read."""

    def __init__(self, reason: str, text: str, message_id: str = "", name: str = "pain.001") -> None:
        super().__init__(text)
        self.reason = reason
        self.message_id = message_id
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One payment or collection as it was ordered. ``iban`` is the customer's own account."""

    message_id: str
    group_id: str
    is_debit: bool
    iban: str
    day: date
    end_to_end_id: str
    instruction_id: str | None = None
    uetr: str | None = None
    amount: Decimal
    currency: str
    name: str
    account: str
    text: str = ""
    reference: str | None = None
    mandate_id: str | None = None
    #: one booking for the whole group
    is_batch: bool = False


@dataclass(slots=True, kw_only=True)
class File:
    """A file that was read."""

    message_id: str
    #: ``pain.001.001.09``
    name: str
    orders: list[Order] = field(default_factory=list)


def read_orders(data: bytes) -> File:
    """Read a file of orders.

    :raise Refused: FF01 (no XML, or not of its schema), AM18 (number), AM10 (sum)
    """
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise Refused("FF01", f"The file cannot be read: {error.msg}") from error
    name = (etree.QName(root).namespace or "").rpartition(":")[2]
    message = next((child for child in root if etree.QName(child).localname in _MESSAGES), None)
    message_id = _text(message, "GrpHdr/MsgId") if message is not None else ""
    if message is None:
        raise Refused("FF01", "The file is neither pain.001 nor pain.008")
    xsd = _schema(name)
    if xsd is None:
        raise Refused("FF01", f"This bank takes no {name}", message_id, name)
    if not xsd.validate(root):
        log: Any = xsd.error_log
        raise Refused("FF01", str(log[0].message)[:105], message_id, name)
    record = _MESSAGES[etree.QName(message).localname]
    file = File(message_id=message_id, name=name)
    for group in _all(message, "PmtInf"):
        found = [_order(group, one, message_id, record == "DrctDbtTxInf") for one in _all(group, record)]
        _control(group, found, file)
        file.orders += found
    _control(_one(message, "GrpHdr"), file.orders, file)
    return file


def _order(group: Any, one: Any, message_id: str, is_debit: bool) -> Order:
    own, other = ("Cdtr", "Dbtr") if is_debit else ("Dbtr", "Cdtr")
    amount = _one(one, "InstdAmt") if is_debit else _one(one, "Amt/InstdAmt")
    when = _text(group, "ReqdColltnDt") or _text(group, "ReqdExctnDt/Dt") or _text(group, "ReqdExctnDt")
    account = _text(one, f"{other}Acct/Id/IBAN") or _text(one, f"{other}Acct/Id/Othr/Id")
    return Order(
        message_id=message_id,
        group_id=_text(group, "PmtInfId"),
        is_debit=is_debit,
        iban=_text(group, f"{own}Acct/Id/IBAN") or _text(group, f"{own}Acct/Id/Othr/Id"),
        day=date.fromisoformat(when[:10]),
        end_to_end_id=_text(one, "PmtId/EndToEndId"),
        instruction_id=_text(one, "PmtId/InstrId") or None,
        uetr=_text(one, "PmtId/UETR") or None,
        amount=Decimal(amount.text),
        currency=amount.get("Ccy"),
        name=_text(one, f"{other}/Nm"),
        account=account,
        text=" ".join(text.text for text in _all(one, "RmtInf/Ustrd")),
        reference=_text(one, "RmtInf/Strd/CdtrRefInf/Ref") or None,
        mandate_id=_text(one, "DrctDbtTx/MndtRltdInf/MndtId") or None,
        is_batch=_text(group, "BtchBookg") == "true",
    )


def _control(head: Any, orders: list[Order], file: File) -> None:
    """The bank counts itself."""
    count, total = _text(head, "NbOfTxs"), _text(head, "CtrlSum")
    if count and int(count) != len(orders):
        raise Refused("AM18", f"{len(orders)} payments instead of {count}", file.message_id, file.name)
    try:
        is_right = not total or Decimal(total) == sum(order.amount for order in orders)
    except InvalidOperation:
        is_right = False
    if not is_right:
        raise Refused("AM10", "The control sum is wrong", file.message_id, file.name)


@cache
def _schema(name: str) -> etree.XMLSchema | None:
    spec = importlib.util.find_spec("sepaxml")
    places = spec.submodule_search_locations if spec else None
    path = Path(next(iter(places))) / "schemas" / f"{name}.xsd" if places else None
    return etree.XMLSchema(etree.parse(str(path))) if path and path.is_file() else None


def _all(node: Any, path: str) -> list[Any]:
    found = [node]
    for tag in path.split("/"):
        found = [child for one in found for child in one if etree.QName(child).localname == tag]
    return found


def _one(node: Any, path: str) -> Any:
    return next(iter(_all(node, path)), None)


def _text(node: Any, path: str) -> str:
    found = _one(node, path)
    return (found.text or "").strip() if found is not None else ""
