"""The neutral trial balance: one CSV and its manifest, which every target can take (consolidation_targets, section 5).

UTF-8 without byte order mark, RFC 4180, decimal point, ISO dates, one header row; a row that has no member of a
dimension leaves it empty. The manifest has the control totals of the rows and the SHA-256 of the file.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from odoo.addons.finance_connector_base.engine.spreadsheet import guard

#: opening, debit and credit are of the fiscal year up to the end of the period
VIEW = "YTD"
DIMENSIONS = 8
COLUMNS = (
    *("batch_id", "sequence", "entity_code", "entity_lei", "scenario", "fiscal_year", "period", "period_start"),
    *("period_end", "view", "account_code", "account_name", "account_type", "partner_entity_code", "movement_code"),
    *(f"dim{number}_code" for number in range(1, DIMENSIONS + 1)),
    *("local_currency", "opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit"),
    *("balance", "transaction_currency", "amount_transaction", "group_currency", "amount_group", "rate_type", "rate"),
    *("source_system", "generated_at"),
    # of the period alone; a receiver that needs the fiscal year only ignores them
    *("period_debit", "period_credit", "period_group"),
    # -1: the group shows it with the opposite sign of the books
    "sign",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is the same in every row.

    :param batch: the package and its version
    :param generated: when the balances were read, ISO with zone
    """

    batch: str
    entity: str
    lei: str
    scenario: str
    fiscal_year: int
    period: int
    first: date
    last: date
    currency: str
    group_currency: str
    source: str
    generated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One row; amounts are signed, debit positive, in whole units of their currencies.

    :param opening: at the first day of the fiscal year
    :param debit: of the fiscal year up to the last day of the period
    :param period_debit: of the period alone
    :param amount_group: None: not translated
    :param period_group: change of the period alone, in group currency
    :param sign: -1: these amounts have the opposite sign of the books
    """

    account: str
    name: str
    kind: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    period_debit: Decimal = Decimal(0)
    period_credit: Decimal = Decimal(0)
    partner: str = ""
    movement: str = ""
    members: tuple[str, ...] = ()
    transaction_currency: str = ""
    amount_transaction: Decimal | None = None
    amount_group: Decimal | None = None
    period_group: Decimal | None = None
    rate_type: str = ""
    rate: Decimal | None = None
    sign: int = 1

    @property
    def period(self) -> Decimal:
        """:return: debit less credit of the period alone"""
        return self.period_debit - self.period_credit

    @property
    def closing(self) -> Decimal:
        """:return: what the account stands at"""
        return self.opening + self.debit - self.credit


@dataclass(slots=True)
class _Totals:
    rows: int = 0
    debit: Decimal = field(default_factory=Decimal)
    credit: Decimal = field(default_factory=Decimal)
    balance: Decimal = field(default_factory=Decimal)
    group: Decimal = field(default_factory=Decimal)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many rows, and the manifest of them (JSON)."""

    rows: int
    manifest: bytes


class _Sink:
    """Takes the lines of the table, one at a time, and knows their fingerprint."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def write(self, text: str) -> None:
        piece = text.encode()
        self._digest.update(piece)
        self._stream.write(piece)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def write(head: Head, rows: Iterable[Balance], about: dict[str, Any], stream: BinaryIO) -> Written:
    """Write the file, row by row: however many there are, memory holds one.

    :param about: what else the manifest tells: mapping versions, approver, lock dates
    :param stream: gets the CSV
    """
    sink = _Sink(stream)
    table = csv.writer(sink, lineterminator="\r\n")
    table.writerow(COLUMNS)
    totals = _Totals()
    for number, row in enumerate(rows, 1):
        table.writerow(_line(head, number, row))
        totals.rows += 1
        totals.debit += row.debit
        totals.credit += row.credit
        totals.balance += row.closing
        totals.group += row.amount_group or Decimal(0)
    manifest = {
        "batch_id": head.batch,
        "row_count": totals.rows,
        "control_totals": [
            {
                "entity": head.entity,
                "currency": head.currency,
                "debit": _amount(totals.debit),
                "credit": _amount(totals.credit),
                "balance": _amount(totals.balance),
                "group_currency": head.group_currency,
                "balance_group": _amount(totals.group),
            }
        ],
        "sha256": sink.sha256,
        **about,
    }
    return Written(totals.rows, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode())


def _line(head: Head, number: int, row: Balance) -> list[str]:
    members = (*row.members, *[""] * DIMENSIONS)[:DIMENSIONS]
    return [
        *(head.batch, str(number), head.entity, head.lei, head.scenario, str(head.fiscal_year), str(head.period)),
        *(head.first.isoformat(), head.last.isoformat(), VIEW),
        *(_guarded(row.account), _guarded(row.name), row.kind, _guarded(row.partner), _guarded(row.movement)),
        *map(_guarded, members),
        head.currency,
        *_sides(row.opening),
        *(_amount(row.debit), _amount(row.credit)),
        *_sides(row.closing),
        _amount(row.closing),
        *(row.transaction_currency, "" if row.amount_transaction is None else _amount(row.amount_transaction)),
        head.group_currency if row.amount_group is not None else "",
        "" if row.amount_group is None else _amount(row.amount_group),
        *(row.rate_type, "" if row.rate is None else _amount(row.rate)),
        *(head.source, head.generated),
        *(_amount(row.period_debit), _amount(row.period_credit)),
        "" if row.period_group is None else _amount(row.period_group),
        str(row.sign),
    ]


def _sides(amount: Decimal) -> tuple[str, str]:
    return (_amount(amount), "") if amount >= 0 else ("", _amount(-amount))


def _amount(amount: Decimal) -> str:
    return format(amount, "f")


def _guarded(value: str) -> str:
    return str(guard(value))
