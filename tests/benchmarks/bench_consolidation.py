"""Packages of balances from a large ledger: every cut against the plain SQL of the same cut, and OCA's trial balance.

The generator writes posted journal items by SQL: 400 accounts, 200 partners, 24 months, three analytic
plans of 40, 15 and 5 accounts, two of five items with a distribution, 3,600 distinct ones. Each cut is built into a
package by itself, rows, rounding, names and proofs included; the floor is the sums alone, fetched in one query, with
the same memory for them as a build gives itself (with PostgreSQL's own 4 MB the sums by partner take half as long
again). A cut also has the company of the group an item is with, which the floor does not look up. The last rows are a
package of all three cuts, and its next version after 1,000 late items. A cut and its floor are measured in turns.

What dominates: reading the items once and adding them up (the floor); beside it about 0.1 s that do not depend on the
ledger (records, checks, the journal of the suite), and of cuts with many members, writing the rows. Of the next
version, counting the older items by an index: none of them was deleted.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from ledger import copy_rows, in_bulk, own_company

PEERS = ("account_financial_report",)

ACCOUNTS, PARTNERS, DISTRIBUTIONS = 400, 200, 3_600
PLANS = (40, 15, 5)
KINDS = ("asset_current", "liability_current", "equity", "income", "expense")
LATE = 1_000
FIRST, LAST = date(2025, 12, 1), date(2025, 12, 31)

FLOORS = {
    "balance": """
        SELECT account_id, count(*), COALESCE(sum(balance) FILTER (WHERE date < '2025-01-01'), 0),
               COALESCE(sum(balance) FILTER (WHERE date >= '2025-01-01' AND date < '2025-12-01'), 0),
               COALESCE(sum(debit) FILTER (WHERE date >= '2025-12-01'), 0),
               COALESCE(sum(credit) FILTER (WHERE date >= '2025-12-01'), 0)
          FROM account_move_line WHERE company_id = %(company)s AND parent_state = 'posted' AND date <= '2025-12-31'
      GROUP BY account_id""",
    "partners": """
        SELECT account_id, partner_id, count(*), COALESCE(sum(balance) FILTER (WHERE date < '2025-01-01'), 0),
               COALESCE(sum(balance) FILTER (WHERE date >= '2025-01-01' AND date < '2025-12-01'), 0),
               COALESCE(sum(debit) FILTER (WHERE date >= '2025-12-01'), 0),
               COALESCE(sum(credit) FILTER (WHERE date >= '2025-12-01'), 0)
          FROM account_move_line WHERE company_id = %(company)s AND parent_state = 'posted' AND date <= '2025-12-31'
      GROUP BY account_id, partner_id""",
    "plan": """
        SELECT l.account_id, m.member, count(*),
               COALESCE(sum(l.balance * m.share) FILTER (WHERE date < '2025-01-01'), 0),
               COALESCE(sum(l.balance * m.share) FILTER (WHERE date >= '2025-01-01' AND date < '2025-12-01'), 0),
               COALESCE(sum(l.debit * m.share) FILTER (WHERE date >= '2025-12-01'), 0),
               COALESCE(sum(l.credit * m.share) FILTER (WHERE date >= '2025-12-01'), 0)
          FROM account_move_line l
          LEFT JOIN LATERAL (
               SELECT a.id AS member, e.value::numeric / 100 AS share
                 FROM jsonb_each_text(l.analytic_distribution) e
                CROSS JOIN LATERAL unnest(string_to_array(e.key, ',')) AS k(id)
                 JOIN account_analytic_account a ON a.id = k.id::int AND a.root_plan_id = %(plan)s) m ON TRUE
         WHERE l.company_id = %(company)s AND l.parent_state = 'posted' AND l.date <= '2025-12-31'
      GROUP BY l.account_id, m.member""",
}


def run(context: Any) -> Iterator[dict[str, Any]]:
    for size in context.sizes(100_000, 1_000_000):
        with context.odoo(*PEERS) as env:
            bench = Bench(env, size)
            peer = context.measure(bench.peer)
            for code in FLOORS:
                floor, ours = by_turns(context, partial(bench.floor, code), partial(bench.build, code))
                rows, closing = bench.proof()
                print(f"  {code}: {rows} balances that come to {closing}")
                assert closing == "0", "a package that does not come to zero"
                yield context.row(
                    f"package, cut {code}", size, ours,
                    peer="OCA trial balance by account" if code == "balance" else None,
                    peer_measure=peer if code == "balance" else None,
                    floor="plain SQL of the cut", floor_measure=floor,
                )  # fmt: skip
            whole = context.measure(bench.build_all, repeat=3)
            bench.approve()
            bench.late(LATE)
            changes = context.measure(bench.build_changes, repeat=3)
            rows, closing = bench.proof()
            print(f"  changes: {rows} balances that come to {closing}")
            assert rows and closing == "0", "changes that do not come to zero"
            yield context.row(
                f"next version, {LATE:,} late items", size, changes, peer="the whole package", peer_measure=whole
            )


def by_turns(context: Any, *works: Any, times: int = 5) -> list[Any]:
    """Measure works in turns, so that a machine that is slower for a while is slower for all of them.

    :return: for each the measure whose seconds are the median
    """
    measures = [[context.measure(work) for work in works] for _time in range(times)]
    return [sorted(found, key=lambda measure: measure.seconds)[times // 2] for found in zip(*measures, strict=True)]


def vacuum(cr: Any) -> None:
    """Do what the database does by itself some minutes after so many rows were written."""
    cr.commit()
    cr.connection.autocommit = True
    cr.execute("VACUUM ANALYZE account_move, account_move_line")
    cr.connection.autocommit = False


class Bench:
    """A company with a ledger of so many items, and a scenario."""

    def __init__(self, env: Any, size: int) -> None:
        from odoo.addons.finance_consolidation_export.models.finance_consolidation_builder import WORK_MEMORY

        self.memory = WORK_MEMORY
        self.env, self.company = own_company(env)
        self.random = random.Random(20251231)
        self.package = None
        self.versions = 0
        account = self.env["account.account"]
        self.accounts = account.create(
            [
                {
                    "name": f"Account {number}",
                    "code": f"{number % 5 + 1}{number:05d}",
                    "account_type": KINDS[number % 5],
                }
                for number in range(ACCOUNTS)
            ]
        )
        account.create({"name": "Earnings", "code": "299999", "account_type": "equity_unaffected"})
        self.partners = self.env["res.partner"].create([{"name": f"Partner {n}"} for n in range(PARTNERS)])
        self.plans = self.env["account.analytic.plan"].create([{"name": f"Plan {n}"} for n in range(len(PLANS))])
        self.analytic = [
            self.env["account.analytic.account"].create(
                [{"name": f"{plan.name} {n}", "code": f"{number}-{n}", "plan_id": plan.id} for n in range(count)]
            )
            for number, (plan, count) in enumerate(zip(self.plans, PLANS, strict=True))
        ]
        self.journal = self.env["account.journal"].create({"name": "Ledger", "code": "LDG9", "type": "general"})
        with in_bulk(self.env.cr, "account_move", "account_move_line"):
            self._ledger(size)
        self._scenario()
        self.env.cr.commit()
        vacuum(self.env.cr)

    # -- generator ---------------------------------------------------------------------------

    def _ledger(self, size: int) -> None:
        """Entries of four items each, copied in the database from one that Odoo posted."""
        own = self.accounts[0].id
        [move] = self.env["account.move"].create(
            {
                "journal_id": self.journal.id,
                "date": "2024-01-15",
                "line_ids": [
                    (0, 0, {"account_id": own, "debit": amount, "credit": 0, "name": "x"})
                    if amount > 0
                    else (0, 0, {"account_id": own, "debit": 0, "credit": -amount, "name": "x"})
                    for amount in (70, 30, -60, -40)
                ],
            }
        )
        move.action_post()
        self.env.flush_all()
        count = size // 4
        moves = self._copy("account_move", [move.id], count, {"name": "'LDG9/' || g.k", "date": self._day()})
        self.env.cr.execute(
            "CREATE TEMP TABLE bench_distribution (n serial PRIMARY KEY, value jsonb); CREATE TEMP TABLE bench_account"
            " (n serial PRIMARY KEY, id int); CREATE TEMP TABLE bench_partner (n serial PRIMARY KEY, id int)"
        )
        cr = self.env.cr
        distributions = [(self._distribution(),) for _number in range(DISTRIBUTIONS)]
        cr.execute_values("INSERT INTO bench_distribution (value) VALUES %s", distributions)
        cr.execute_values("INSERT INTO bench_account (id) VALUES %s", [(one,) for one in self.accounts.ids])
        cr.execute_values("INSERT INTO bench_partner (id) VALUES %s", [(one,) for one in self.partners.ids])
        for number, line in enumerate(move.line_ids.sorted("id")):
            spread = f"(g.k * {2 * number + 7} + {number} * 131)"
            self._copy(
                "account_move_line",
                [line.id],
                count,
                {
                    "move_id": f"{moves} + g.k",
                    "move_name": "'LDG9/' || g.k",
                    "date": self._day(),
                    "account_id": f"(SELECT id FROM bench_account a WHERE a.n = {spread} %% {ACCOUNTS} + 1)",
                    "partner_id": "(SELECT id FROM bench_partner p"
                    f" WHERE p.n = g.k::bigint * 7919 / 13 %% {PARTNERS} + 1)",
                    "analytic_distribution": "CASE WHEN g.k * 31 / 7 %% 5 < 2 THEN (SELECT value"
                    " FROM bench_distribution d"
                    f" WHERE d.n = g.k::bigint * 104729 / 11 %% {DISTRIBUTIONS} + 1) END",
                },
            )

    def _day(self) -> str:
        return "DATE '2024-01-01' + (g.k * 37 %% 730)::int"

    def _distribution(self) -> str:
        one, other, third = (self.random.choice(accounts).id for accounts in self.analytic)
        again = self.random.choice(self.analytic[0]).id
        part = self.random.choice((10, 25, 33.33, 50, 60))
        shapes = (
            f'{{"{one}": 100.0}}',
            f'{{"{one},{other}": {part}, "{again},{other}": {100 - part:.2f}}}',
            f'{{"{one},{other},{third}": 100.0}}',
            f'{{"{one}": {part}}}',
        )
        return self.random.choice(shapes)

    def _copy(self, table: str, ids: list[int], count: int, given: dict[str, str]) -> int:
        """:return: the id before the first copy"""
        self.env.cr.execute(f"SELECT max(id) FROM {table}")
        before = int(self.env.cr.fetchone()[0])
        source = f"generate_series(1, {count}) AS g(k)"
        copy_rows(self.env.cr, table, source, "t.id", ids[0], {"id": f"{before} + g.k", **given})
        self.env.cr.execute(f"SELECT setval('{table}_id_seq', {before} + {count})")
        return before

    def _scenario(self) -> None:
        env = self.env
        chart = env["finance.consolidation.chart"].create({"name": "Group"})
        groups = env["finance.consolidation.account"].create(
            [
                {"chart_id": chart.id, "code": f"G{n}", "name": f"G{n}", "kind": kind, "rate_type": "closing"}
                for n, kind in enumerate(("asset", "liability", "equity", "income", "expense"), 1)
            ]
        )
        env["finance.consolidation.mapping"].create(
            {
                "name": "All",
                "chart_id": chart.id,
                "state": "active",
                "rule_ids": [
                    (0, 0, {"operation": "prefix", "code": str(n), "account_id": group.id})
                    for n, group in enumerate(groups, 1)
                ],
            }
        )
        entity = env["finance.consolidation.entity"].create({"code": "B1", "company_id": self.company.id, "name": "B"})
        dimension = env["finance.consolidation.dimension"]
        by_partner = dimension.create({"name": "Partner", "code": "customer", "source": "partner"})
        by_plan = dimension.create({"name": "Plan", "code": "plan", "source": "plan", "plan_id": self.plans[0].id})
        self.scenario = env["finance.consolidation.scenario"].create(
            {"name": "Actual", "code": "BENCH", "chart_id": chart.id, "currency_id": self.company.currency_id.id}
        )
        self.entity = entity
        self.dimensions = {"balance": dimension, "partners": by_partner, "plan": by_plan}

    # -- measured ----------------------------------------------------------------------------

    def build(self, code: str) -> None:
        self.scenario.cut_ids[0].dimension_ids = self.dimensions[code]
        self.versions += 1
        self.package = self.env["finance.consolidation.package"].create(
            {
                "scenario_id": self.scenario.id,
                "entity_id": self.entity.id,
                "date_from": FIRST,
                "date_to": LAST,
                "is_preliminary": True,
                "version": self.versions,
            }
        )
        self.package._build()
        self.env.flush_all()
        self.env.cr.commit()

    def build_all(self) -> None:
        """A package of all cuts."""
        cut = self.scenario.cut_ids[0]
        for code in list(FLOORS)[1:]:
            if code not in self.scenario.cut_ids.mapped("code"):
                cut.copy({"code": code, "name": code, "dimension_ids": [(6, 0, self.dimensions[code].ids)]})
        self.build("balance")

    def approve(self) -> None:
        """As if the package had been built and approved an hour after everything was written."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_consolidation_package SET state = 'approved', oldest_transaction = now() AT TIME ZONE 'UTC'"
            " WHERE id = %s",
            [self.package.id],
        )
        self.env.cr.commit()
        self.env.invalidate_all()
        self.previous = self.package

    def late(self, count: int) -> None:
        """So many items that came after the approval."""
        self.env.cr.execute("SELECT max(id) FROM account_move_line WHERE company_id = %s", [self.company.id])
        last = int(self.env.cr.fetchone()[0])
        for side, sign in (("debit", 1), ("credit", -1)):
            self._copy(
                "account_move_line",
                [last],
                count // 2,
                {
                    "debit": "g.k" if side == "debit" else "0",
                    "credit": "g.k" if side == "credit" else "0",
                    "balance": f"{sign} * g.k",
                    "amount_currency": f"{sign} * g.k",
                    "date": "DATE '2025-12-31'",
                    "write_date": "now() AT TIME ZONE 'UTC'",
                    "account_id": "(SELECT id FROM bench_account a WHERE a.n = g.k %% 7 + 1)",
                },
            )
        self.env.cr.commit()

    def build_changes(self) -> None:
        self.versions += 1
        self.package = self.previous.copy(
            {"version": self.versions, "previous_id": self.previous.id, "is_preliminary": True}
        )
        self.package._build()
        self.env.flush_all()
        self.env.cr.commit()

    def proof(self) -> tuple[int, str]:
        self.env.cr.execute(
            "SELECT count(*), trim_scale(sum(closing))::text FROM finance_consolidation_row WHERE package_id = %s",
            [self.package.id],
        )
        return self.env.cr.fetchone()

    def floor(self, code: str) -> int:
        self.env.cr.execute("SELECT set_config('work_mem', %s, TRUE)", [self.memory])
        self.env.cr.execute(FLOORS[code], {"company": self.company.id, "plan": self.plans[0].id})
        return len(self.env.cr.fetchall())

    def peer(self) -> Any:
        report = self.env["report.account_financial_report.trial_balance"]
        wizard = self.env["trial.balance.report.wizard"].create(
            {
                "date_from": "2025-01-01",
                "date_to": LAST,
                "company_id": self.company.id,
                "target_move": "posted",
                "hide_account_at_0": False,
                "show_hierarchy": False,
            }
        )
        values = wizard._prepare_report_trial_balance()
        values |= {"wizard_name": wizard._name, "wizard_id": wizard.id}
        return report._get_report_values(wizard.ids, values)
