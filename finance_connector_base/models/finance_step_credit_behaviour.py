from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.step import Finished

#: days that are looked back at
PERIOD = 365


class FinanceStepCreditBehaviour(models.AbstractModel):
    """Adds what those who release want to know and the invoice does not say: how the customer has paid."""

    _name = "finance.step.credit.behaviour"
    _inherit = "finance.step"
    _description = "Bring the Payment Behaviour"

    _kinds = frozenset({"enrich"})

    @api.model
    def _run(self, step):
        move = step._record()
        paid, late, days = self._paid(move.company_id, move.commercial_partner_id)
        overdue, oldest = self._overdue(move.company_id, move.commercial_partner_id)
        evidence = {"paid": paid, "paid_late": late, "days_late": days, "overdue": overdue, "oldest_days": oldest}
        return Finished(outcome=self._words(evidence), evidence=evidence)

    @api.model
    def _words(self, known):
        history = (
            self.env._(
                "%(paid)s invoice(s) paid within a year, %(late)s late, on average %(days)s days after they were due",
                paid=known["paid"],
                late=known["paid_late"],
                days=known["days_late"],
            )
            if known["paid"]
            else self.env._("No invoice paid within a year")
        )
        if not known["overdue"]:
            return self.env._("%s; nothing is overdue", history)
        return self.env._(
            "%(history)s; %(overdue)s item(s) overdue, the oldest since %(days)s days",
            history=history,
            overdue=known["overdue"],
            days=known["oldest_days"],
        )

    @api.model
    def _paid(self, company, customer):
        """:return: invoices that were paid in full, those paid after their due date, and by how many days on average"""
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT count(*), count(*) FILTER (WHERE days > 0), COALESCE(round(avg(days)), 0)
                  FROM (SELECT max(paid.date) - max(item.date_maturity) AS days
                          FROM account_move_line item
                          JOIN account_move move ON move.id = item.move_id AND move.move_type = 'out_invoice'
                          JOIN account_partial_reconcile part ON part.debit_move_id = item.id
                          JOIN account_move_line paid ON paid.id = part.credit_move_id
                         WHERE item.company_id = %(company)s
                           AND move.commercial_partner_id = %(customer)s
                           AND item.parent_state = 'posted'
                           AND item.reconciled
                           AND item.date_maturity >= %(since)s
                      GROUP BY item.id) AS settled
                """,
                company=company.id,
                customer=customer.id,
                since=fields.Date.subtract(fields.Date.context_today(self), days=PERIOD),
            )
        )
        return int(row[0]), int(row[1]), int(row[2])

    @api.model
    def _overdue(self, company, customer):
        """:return: open items past their due date, and the days since the oldest of them"""
        today = fields.Date.context_today(self)
        # sudo: the process looks at the books, whoever started it
        [(count, oldest)] = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "child_of", customer.id),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("amount_residual", ">", 0),
                    ("date_maturity", "<", today),
                ],
                aggregates=["__count", "date_maturity:min"],
            )
        )
        return count, (today - oldest).days if oldest else 0


class FinanceProcessStep(models.Model):
    _inherit = "finance.process.step"

    work = fields.Selection(
        selection_add=[("finance.step.credit.behaviour", "Bring the payment behaviour of the customer")],
        ondelete={"finance.step.credit.behaviour": "cascade"},
    )
