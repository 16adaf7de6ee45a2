"""Extracts for a data warehouse from a large ledger, against COPY of the same columns.

The ledger is that of bench_consolidation.py. The floor is one COPY of the same query, its rows counted and thrown away:
no file, no compression, no sums. Ours writes files of 500,000 rows, compressed, adds up three amounts by company and
currency, and asks the ledger for its totals; both are measured in turns. The second row is a run by changes after one
item in a thousand was written.

What dominates: PostgreSQL writing rows as text (the floor); of ours, adding up in Python, which runs beside it as
compression does, and what does not: the totals of the ledger.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from bench_consolidation import Bench, by_turns

PEERS: tuple[str, ...] = ()


class Nowhere:
    """Counts rows."""

    rows = 0

    def write(self, row: bytes) -> int:
        self.rows += 1
        return len(row)


def run(context: Any) -> Iterator[dict[str, Any]]:
    for size in context.sizes(100_000, 1_000_000):
        with context.odoo(*PEERS) as env:
            bench = Bench(env, size)
            reader = Warehouse(env, bench.company)
            floor, ours = by_turns(context, reader.copy, partial(reader.extract, None))
            # with the entry that the others are copies of
            assert size <= reader.rows <= size + 4, (reader.rows, size)
            yield context.row(
                "warehouse, everything", size, ours, floor="COPY of the same columns", floor_measure=floor
            )
            since = reader.change()
            ours = context.measure(reader.extract, since, repeat=3)
            assert size // 1000 <= reader.rows < size // 10, reader.rows
            yield context.row("warehouse, changes", size, ours, floor="COPY of everything", floor_measure=floor)


class Warehouse:
    """The feed of journal items of one company."""

    def __init__(self, env: Any, company: Any) -> None:
        from odoo.addons.finance_consolidation_export.extracts.feeds import items
        from odoo.addons.finance_consolidation_export.extracts.mark import QUERY, Mark

        self.env, self.companies, self.feed = env, company.ids, items.FEED
        self.query, self.mark = QUERY, Mark
        self.reader = env["finance.warehouse.reader"]
        self.rows = 0

    def copy(self) -> int:
        query, values = self.feed.upserts(self.companies, None)
        text = self.env.cr.mogrify(query, values).decode()
        sink = Nowhere()
        self.env.cr.copy_expert(f"COPY ({text}) TO STDOUT WITH (FORMAT csv)", sink)
        return sink.rows

    def extract(self, since: int | None) -> int:
        with tempfile.TemporaryDirectory() as folder:
            parts = self.reader._read(self.feed, self.companies, since, Path(folder), 500_000, "csv")
            totals = self.reader._totals(self.feed, self.companies, since)
        self.rows = parts.upserts
        return len(totals)

    def change(self) -> int:
        """Write every thousandth item; :return: the mark of before"""
        cr = self.env.cr
        cr.commit()
        cr.execute(self.query)
        before = self.mark.of(cr.fetchone())
        cr.execute(
            "UPDATE account_move_line SET ref = 'changed' WHERE id %% 1000 = 0 AND company_id = ANY(%s)",
            [self.companies],
        )
        cr.commit()
        cr.execute(self.query)
        return before.since(self.mark.of(cr.fetchone()))
