"""Orca Spend, an invented platform: a list of approved reports with a number that grows, and one word back."""

from odoo import api, fields, models

from odoo.addons.finance_expense_sync.canonical import ExpenseLine, ExpenseReport, Person
from odoo.addons.finance_expense_sync.platforms.contract import Answer, Batch, Handed
from odoo.addons.finance_expense_sync.platforms.reading import loads, make, stable


class FinanceExpenseAdapterOrca(models.AbstractModel):
    _name = "finance.expense.adapter.orca"
    _inherit = "finance.adapter"
    _description = "Orca Spend"

    _supports = frozenset({"check", "expenses"})
    _uses_http = True
    _expense_told = frozenset({"posted", "failed", "paid"})

    @api.model
    def _check(self, connection):
        with connection._http() as client:
            name = loads(client.get("me").body, "me").needed("company")
        return self.env._("Orca Spend answers for %s.", name)

    @api.model
    def _expense_batch(self, connection, flow, position):
        with connection._http() as client:
            page = loads(client.get("reports", query={"after": position.get("after", 0)}).body, "page")
        handed = tuple(
            Handed(external_id=one.needed("id"), revision=one.number("version") or 0, content=stable(one.value))
            for one in page.nodes("reports")
        )
        return Batch(handed=handed, position={"after": page.number("last")}, more=bool(page.yes("more")))

    @api.model
    def _expense_read(self, connection, content):
        report = loads(content, "report")
        lines = tuple(
            make(
                ExpenseLine,
                line.place,
                external_id=line.needed("id"),
                date=line.day("day"),
                category=line.needed("type"),
                amount=line.amount("amount"),
                payment="company_card" if line.yes("card") else "own",
            )
            for line in report.nodes("lines")
        )
        return make(
            ExpenseReport,
            report.place,
            external_id=report.needed("id"),
            revision=report.number("version") or 0,
            employee=Person(external_id=report.needed("person")),
            state="approved",
            approved=report.moment("approved"),
            currency=report.needed("currency"),
            total=report.amount("total"),
            lines=lines,
        )

    @api.model
    def _expense_confirm(self, connection, outcome):
        told = {"result": outcome.result, "number": outcome.number, "text": outcome.text}
        with connection._http() as client:
            # PUT: said again it changes nothing
            answer = client.request("PUT", f"reports/{outcome.external_id}/outcome", json=told, expect={409})
        return Answer(external_id=outcome.external_id, taken=answer.status != 409, gone=answer.status == 409)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.expense.adapter.orca", "Orca Spend")],
        ondelete={"finance.expense.adapter.orca": "cascade"},
    )
