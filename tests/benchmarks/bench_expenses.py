"""Approved reports in files to posted entries: read, gated, coded, planned, booked, written down.

Ours is the whole walk from the stored file on, messages and records of reports included. The peer is plain
``account.move``: the same entries created and posted one by one, which is what a script or an integration does; the
floor is the same entries in one core create and one post, with nothing around them.

"per line" makes an entry for each line, "summarised" one for each report with its lines summed up.

What dominates: of the peer and the floor Odoo's own create and post; of ours the records of reports and lines, and
the few entries of each batch that Odoo makes to copy from (docs/decisions/0020).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

#: lines of one report
EACH = 5
#: entries that are made one by one: their time an entry does not depend on how many there are
PEER_ENTRIES = 300
DAY = date(2026, 3, 10)
HEAD = "report_id,employee_id,report_currency,approved,line_id,date,category,amount,payment,tax_code,tax_amount\n"


def run(context: Any) -> Iterator[dict[str, Any]]:
    with context.odoo() as env:
        bench = Bench(env)
        bench.ours(10, "line")
        for grain in ("line", "report"):
            for size in context.sizes(500, 10_000):
                mine = context.measure(bench.ours, size, grain)
                moves = bench.moves
                several = min(len(moves), PEER_ENTRIES)
                values = bench.values(moves)
                alone = context.measure(bench.one_by_one, values[:several])
                together = context.measure(bench.together, values)
                yield context.row(
                    f"expenses {'per line' if grain == 'line' else 'summarised'}",
                    size,
                    mine,
                    peer="account.move one by one",
                    peer_measure=alone,
                    peer_size=several * size // len(moves),
                    floor="account.move in one create",
                    floor_measure=together,
                )


class Bench:
    """A company with a policy and mappings; each run brings reports of its own."""

    def __init__(self, env: Any) -> None:
        company = env["res.company"].create({"name": "Benchmark", "country_id": env.ref("base.us").id})
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        env.cr.commit()  # Odoo loads the chart of a new company once more when it is stored
        env.user.write({"company_ids": [(4, company.id)], "company_id": company.id})
        self.env = env = env(context={**env.context, "allowed_company_ids": company.ids})
        # the benchmark is the superuser: without naming it, it finds what other companies have
        of_account, mine = ("company_ids", "=", company.id), ("company_id", "=", company.id)
        accounts = env["account.account"].search([of_account, ("account_type", "=", "expense")], limit=2)
        clearing = env["account.account"].search([of_account, ("account_type", "=", "liability_current")], limit=1)
        journal = env["account.journal"].search([mine, ("type", "=", "general")], limit=1)
        tax = env["account.tax"].search(
            [mine, ("type_tax_use", "=", "purchase"), ("amount_type", "=", "percent")], limit=1
        )
        self.rate = tax.amount
        self.policy = env["finance.expense.policy"].create(
            {"name": "Benchmark", "journal_id": journal.id, "card_account_id": clearing.id, "check_duplicates": False}
        )
        self.connection = env["finance.connection"].create(
            {
                "name": "Benchmark",
                "adapter": "finance.adapter.manual",
                "company_id": company.id,
                "environment": "test",
                "state": "active",
                "check_ok": True,
                "max_concurrency": 0,
            }
        )
        partners = env["res.partner"].create([{"name": f"Employee {number}"} for number in range(200)])
        targets = [("employee", f"E{number}", partner.id) for number, partner in enumerate(partners)]
        targets += [("expense_category", code, account.id) for code, account in zip("AB", accounts, strict=True)]
        targets.append(("expense_tax", "T", tax.id))
        domains = {domain.code: domain.id for domain in env["finance.mapping.domain"].search([])}
        mappings = env["finance.mapping"].create(
            [
                {"domain_id": domains[domain], "connection_id": self.connection.id, "code": code, "res_id": res_id}
                for domain, code, res_id in targets
            ]
        )
        env.flush_all()
        env.cr.execute(
            "UPDATE finance_mapping SET state = 'active', valid_from = '2020-01-01' WHERE id = ANY(%s)", [mappings.ids]
        )
        self.count = 0
        self.moves: Any = None
        env.invalidate_all()
        env.cr.commit()

    def file(self, size: int) -> bytes:
        self.count += 1
        rows = [HEAD]
        for number in range(size):
            report = f"B{self.count}-{number // EACH}"
            gross, tax = 100 + self.rate, self.rate
            rows.append(
                f"{report},E{number // EACH % 200},USD,{DAY},{number % EACH},{DAY},{'AB'[number % 2]},{gross:.2f},"
                f"{'own' if number % 5 else 'company_card'},T,{tax:.2f}\n"
            )
        return "".join(rows).encode()

    def ours(self, size: int, grain: str) -> None:
        from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

        env = self.env
        self.policy.write({"grain": grain, "is_summarised": grain == "report"})
        self.connection._expense_receive(f"{self.count}.csv", self.file(size))
        env.cr.commit()
        env["finance.dispatcher"]._drain(CommittedSteps(env.cr))
        reports = env["finance.expense.report"].search([("external_id", "=like", f"B{self.count}-%")])
        assert set(reports.mapped("state")) == {"posted"}, reports.mapped("detail")[:3]
        assert len(reports) == -(-size // EACH)
        self.moves = reports.posting_ids.move_id

    def values(self, moves: Any) -> list[dict[str, Any]]:
        """The same entries as values of the API."""
        return [
            {
                "journal_id": move.journal_id.id,
                "date": move.date,
                "ref": move.ref,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": line.account_id.id,
                            "partner_id": line.partner_id.id,
                            "name": line.name,
                            "amount_currency": line.amount_currency,
                            "balance": line.balance,
                            "tax_ids": [(6, 0, line.tax_ids.ids)],
                            "tax_tag_ids": [(6, 0, line.tax_tag_ids.ids)],
                            "tax_repartition_line_id": line.tax_repartition_line_id.id,
                        },
                    )
                    for line in move.line_ids
                ],
            }
            for move in moves
        ]

    def one_by_one(self, values: list[dict[str, Any]]) -> None:
        for one in values:
            self.env["account.move"].create(one).action_post()
            self.env.cr.commit()

    def together(self, values: list[dict[str, Any]]) -> None:
        self.env["account.move"].create(values).action_post()
        self.env.cr.commit()
