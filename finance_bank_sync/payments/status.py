"""What a bank says about payments: canonical values of pain.002 and camt.029.

A bank may speak about the whole file, a group, or single payments, and leave out what is as one would think. What it
said about one payment is found by :meth:`StatusReport.said`: the lowest level counts, and ``PART`` says nothing about a
payment that is not mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..formats.model import Money

#: statuses of a level that are true of some of its payments only
PARTIAL = frozenset(("PART", "PACR"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: ISO code or the bank's own, and words."""

    code: str | None = None
    is_proprietary: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many payments have a status, as the bank counts them."""

    status: str
    count: int | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionStatus:
    """What is said about one payment; ``status`` is None where only its level above tells one."""

    status: str | None
    reasons: tuple[Reason, ...] = ()
    status_id: str | None = None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    bank_reference: str | None = None
    accepted_at: datetime | None = None
    #: what was ordered, where the bank repeats it
    amount: Money | None = None
    #: line and element in the report
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatus:
    """What is said about a group (``PmtInf``) and payments in it."""

    id: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: tuple[Count, ...] = ()
    transactions: tuple[TransactionStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A status that holds for a payment.

    :param level: ``transaction``, ``group`` or ``message``: where the bank said it
    """

    status: str
    level: str
    reasons: tuple[Reason, ...] = ()
    transaction: TransactionStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The ids of a payment of ours, to find what is said about it.

    :param key: whatever the caller knows it by
    """

    key: int
    group_id: str
    end_to_end_id: str
    instruction_id: str | None = None
    uetr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """One report about one of our messages."""

    #: ``pain.002.001.10``, ``camt.029.001.09`` ...
    format: str
    message_id: str
    created_at: datetime | None = None
    original_message_id: str | None = None
    #: as the bank writes it: ``pain.001.001.09`` or only ``pain.001``
    original_format: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: tuple[Count, ...] = ()
    groups: tuple[GroupStatus, ...] = ()

    def transactions(self) -> Iterator[tuple[GroupStatus, TransactionStatus]]:
        """Every payment that is mentioned, with its group."""
        for group in self.groups:
            for transaction in group.transactions:
                yield group, transaction

    def answers(self, payments: Iterable[Named], *, accepts_rest: bool = False) -> Iterator[tuple[Named, Said]]:
        """What the report says about each of many payments, as :meth:`said` would, in time that grows with their sum.

        :param payments: those of the message that is answered
        """
        index = _Index(self)
        for payment in payments:
            found = index.find(payment)
            if found is not None:
                said = self._of(*found)
            else:
                group = index.levels.get(payment.group_id)
                level = (group.status, "group", group.reasons) if group else (self.status, "message", self.reasons)
                said = self._level(level[0], level[1], level[2], accepts_rest) if level[0] else None
            if said is not None:
                yield payment, said

    def said(
        self,
        *,
        group_id: str,
        end_to_end_id: str,
        instruction_id: str | None = None,
        uetr: str | None = None,
        accepts_rest: bool = False,
    ) -> Said | None:
        """What the report says about one payment of ours.

        :param accepts_rest: this bank mentions only exceptions: the others of a ``PART`` are accepted
        :return: None: nothing
        """
        groups = [group for group in self.groups if group.id in (None, group_id)]
        for group in groups:
            for one in group.transactions:
                if _is_meant(one, end_to_end_id, instruction_id, uetr):
                    return self._of(group, one)
        for group in groups:
            if group.status and group.id is not None:
                return self._level(group.status, "group", group.reasons, accepts_rest)
        if self.status is None:
            return None
        return self._level(self.status, "message", self.reasons, accepts_rest)

    def _of(self, group: GroupStatus, one: TransactionStatus) -> Said | None:
        if one.status:
            return Said(status=one.status, level="transaction", reasons=one.reasons, transaction=one)
        # it is mentioned without a status of its own: that of its level holds, the reasons are its own
        for status, level, reasons in (
            (group.status, "group", group.reasons),
            (self.status, "message", self.reasons),
        ):
            if status and status not in PARTIAL:
                return Said(status=status, level=level, reasons=one.reasons or reasons, transaction=one)
        return None

    @staticmethod
    def _level(status: str, level: str, reasons: tuple[Reason, ...], accepts_rest: bool) -> Said | None:
        if status not in PARTIAL:
            return Said(status=status, level=level, reasons=reasons)
        return Said(status="ACCP", level=level) if accepts_rest and status == "PART" else None


class _Index:
    """Where each payment is mentioned: by UETR, by end-to-end id, by instruction id; the first mention counts."""

    def __init__(self, report: StatusReport) -> None:
        self._mentions: dict[tuple[str, str], list[tuple[int, GroupStatus, TransactionStatus]]] = {}
        #: the first group of an id that has a status
        self.levels: dict[str, GroupStatus] = {}
        number = 0
        for group in report.groups:
            if group.id is not None and group.status:
                self.levels.setdefault(group.id, group)
            for one in group.transactions:
                number += 1
                for kind, value in (
                    ("uetr", one.uetr),
                    ("end_to_end", one.end_to_end_id),
                    ("instruction", one.instruction_id),
                ):
                    if value:
                        self._mentions.setdefault((kind, value), []).append((number, group, one))

    def find(self, payment: Named) -> tuple[GroupStatus, TransactionStatus] | None:
        """:return: the first mention that is meant"""
        found = [
            mention
            for kind, value in (
                ("uetr", payment.uetr),
                ("end_to_end", payment.end_to_end_id),
                ("instruction", payment.instruction_id),
            )
            if value
            for mention in self._mentions.get((kind, value), ())
            if mention[1].id in (None, payment.group_id)
            and _is_meant(mention[2], payment.end_to_end_id, payment.instruction_id, payment.uetr)
        ]
        if not found:
            return None
        _number, group, one = min(found, key=lambda mention: mention[0])
        return group, one


def _is_meant(one: TransactionStatus, end_to_end_id: str, instruction_id: str | None, uetr: str | None) -> bool:
    """The most telling id that both sides have decides; end-to-end ids alone may be ``NOTPROVIDED`` many times."""
    if one.uetr and uetr:
        return one.uetr == uetr
    if one.end_to_end_id and one.end_to_end_id != "NOTPROVIDED":
        return one.end_to_end_id == end_to_end_id
    return bool(one.instruction_id) and one.instruction_id == instruction_id
