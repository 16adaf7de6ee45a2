"""The control file of a run: what was written, of what, and what there is in the ledger; and the proof of both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .parts import Key, Sums

#: of the control file itself
FORMAT = "finance-warehouse-control/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Of one company and currency: what is in the files, what is not because it has not changed, and what there is."""

    company: str
    currency: str
    written: int
    unchanged: int
    ledger: int
    amounts_written: tuple[Decimal, ...] = ()
    amounts_unchanged: tuple[Decimal, ...] = ()
    amounts_ledger: tuple[Decimal, ...] = ()

    @property
    def rows_difference(self) -> int:
        return self.written + self.unchanged - self.ledger

    @property
    def differences(self) -> tuple[Decimal, ...]:
        return tuple(
            written + unchanged - ledger
            for written, unchanged, ledger in zip(
                self.amounts_written, self.amounts_unchanged, self.amounts_ledger, strict=True
            )
        )

    @property
    def is_even(self) -> bool:
        return not self.rows_difference and not any(self.differences)


def compare(passed: Mapping[Key, Sums], ledger: Iterable[tuple[Any, ...]], amounts: int) -> list[Total]:
    """Put together what passed and what the ledger says.

    :param passed: as :class:`.parts.Parts` has counted it
    :param ledger: rows as :meth:`.feed.Feed.totals` gives them
    :param amounts: how many are added up
    """
    nothing = [Decimal(0)] * amounts
    left = dict(passed)
    found = []
    for company, currency, rows, unchanged, *sums in ledger:
        key = (str(company or ""), currency or "")
        written = left.pop(key, Sums(amounts=nothing))
        found.append(
            Total(
                company=key[0],
                currency=key[1],
                written=written.rows,
                unchanged=unchanged,
                ledger=rows,
                amounts_written=tuple(written.amounts),
                amounts_unchanged=tuple(Decimal(one) for one in sums[1::2]),
                amounts_ledger=tuple(Decimal(one) for one in sums[::2]),
            )
        )
    zero = tuple(nothing)
    for key, written in left.items():
        found.append(
            Total(
                company=key[0],
                currency=key[1],
                written=written.rows,
                unchanged=0,
                ledger=0,
                amounts_written=tuple(written.amounts),
                amounts_unchanged=zero,
                amounts_ledger=zero,
            )
        )
    return found


def told(totals: Iterable[Total], names: Iterable[str]) -> list[dict[str, Any]]:
    """:return: totals as the control file has them; amounts are texts, so that no reader makes floats of them"""
    names = list(names)

    def amounts(values: Iterable[Decimal]) -> dict[str, str]:
        return {name: format(value, "f") for name, value in zip(names, values, strict=True)}

    return [
        {
            "company_id": int(total.company) if total.company else None,
            "currency": total.currency or None,
            "written": {"rows": total.written, **amounts(total.amounts_written)},
            "ledger": {"rows": total.ledger, **amounts(total.amounts_ledger)},
        }
        for total in totals
    ]


def dump(content: Mapping[str, Any]) -> bytes:
    """:return: the control file"""
    return json.dumps({"format": FORMAT, **content}, ensure_ascii=False, indent=1).encode()
