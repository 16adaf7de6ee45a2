"""Asks a bank to cancel payments: camt.055, versions .08 and .09."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from .model import Agent, Money, Party
from .versions import NAMESPACE, Dialect
from .xml_blocks import agent, money, party
from .xml_text import CannotWrite, day, leaf, node

VERSIONS = ("camt.055.001.08", "camt.055.001.09")
#: any dialect of the second generation: parties and banks are written alike
_DIALECT = Dialect(version=VERSIONS[0], direction="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A payment that shall not be carried out, or come back."""

    id: str
    group_id: str
    end_to_end_id: str
    instruction_id: str | None = None
    uetr: str | None = None
    amount: Money
    requested_on: date | None = None
    #: ``DUPL``, ``FRAD``, ``TECH``, ``CUST``, ``AC03``, ``AM09`` ...
    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request about payments of one message of ours."""

    id: str
    created_at: datetime
    asks: Party
    bank: Agent
    original_message_id: str
    #: ``pain.001.001.09``
    original_format: str
    payments: Sequence[Recalled]


def render(request: Request, version: str = VERSIONS[0]) -> bytes:
    """Write a request as a file.

    :raise CannotWrite: there is no such version, or nothing to cancel
    """
    if version not in VERSIONS or not request.payments:
        raise CannotWrite(f"{version} cannot tell a request about {len(request.payments)} payments")
    total = sum((one.amount.amount for one in request.payments), Decimal(0))
    assignment = (
        leaf("Id", request.id)
        + node("Assgnr", party("Pty", request.asks, _DIALECT))
        + node("Assgne", agent("Agt", request.bank, _DIALECT))
        + leaf("CreDtTm", request.created_at.replace(tzinfo=None).isoformat(timespec="seconds"))
    )
    control = leaf("NbOfTxs", str(len(request.payments))) + leaf("CtrlSum", f"{total:f}")
    original = leaf("OrgnlMsgId", request.original_message_id) + leaf("OrgnlMsgNmId", request.original_format)
    groups: dict[str, list[Recalled]] = {}
    for one in request.payments:
        groups.setdefault(one.group_id, []).append(one)
    inner = "".join(
        node(
            "OrgnlPmtInfAndCxl",
            leaf("OrgnlPmtInfId", group) + node("OrgnlGrpInf", original) + "".join(map(_transaction, members)),
        )
        for group, members in groups.items()
    )
    body = node("Assgnmt", assignment) + node("CtrlData", control) + node("Undrlyg", inner)
    document = f'<Document xmlns="{NAMESPACE}{version}">{node("CstmrPmtCxlReq", body)}</Document>\n'
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + document).encode()


def _transaction(one: Recalled) -> str:
    requested = day("Dt", one.requested_on)
    return node(
        "TxInf",
        leaf("CxlId", one.id)
        + leaf("OrgnlInstrId", one.instruction_id)
        + leaf("OrgnlEndToEndId", one.end_to_end_id)
        + leaf("OrgnlUETR", one.uetr)
        + money("OrgnlInstdAmt", one.amount)
        + node("OrgnlReqdExctnDt", requested)
        + node("CxlRsnInf", node("Rsn", leaf("Cd", one.reason)) + leaf("AddtlInf", one.text)),
    )
