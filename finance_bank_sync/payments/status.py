"""What a bank says about payments: canonical values of pain.002 and camt.029.

A bank may speak about the whole file, a group, or single payments, and leave out what is as one would think. What it
said about one payment is found by :meth:`StatusReport.said`: the lowest level counts, and ``PART`` says nothing about a
payment that is not mentioned.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def _is_meant(one: TransactionStatus, end_to_end_id: str, instruction_id: str | None, uetr: str | None) -> bool:
    """The most telling id that both sides have decides; end-to-end ids alone may be ``NOTPROVIDED`` many times."""
    if one.uetr and uetr:
        return one.uetr == uetr
    if one.end_to_end_id and one.end_to_end_id != "NOTPROVIDED":
        return one.end_to_end_id == end_to_end_id
    return bool(one.instruction_id) and one.instruction_id == instruction_id
