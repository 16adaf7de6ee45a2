from odoo import api, fields, models
from odoo.tools import SQL


class FinanceExpenseAdvance(models.Model):
    """What employees have of advances (E-07): read from the ledger, whoever has booked it there."""

    _name = "finance.expense.advance"
    _description = "Advances of Employees"
    _auto = False
    _order = "company_id, partner_id, currency_id"
    _rec_name = "partner_id"
    _depends = {
        "finance.expense.policy": ["advance_account_id"],
        "account.move.line": ["account_id", "partner_id", "currency_id", "amount_currency", "balance", "parent_state"],
        "account.move": ["reversed_entry_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Employee", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", string="Company currency", readonly=True)
    given = fields.Monetary(readonly=True, aggregator=None, help="Without what was taken back by an opposite entry.")
    used = fields.Monetary(string="Used, returned", readonly=True, aggregator=None)
    amount = fields.Monetary(string="Open", readonly=True, aggregator=None)
    balance = fields.Monetary(
        string="Open, company currency", currency_field="company_currency_id", readonly=True, aggregator="sum"
    )
    open_since = fields.Date(readonly=True, help="Day of the oldest item that is not settled.")
    last_day = fields.Date(string="Last entry", readonly=True)

    @property
    def _table_query(self):
        # an opposite entry takes away from the side of what it takes back
        return SQL(
            """
            SELECT min(l.id) AS id, l.company_id, l.partner_id, l.account_id, l.currency_id, l.company_currency_id,
                   sum(CASE WHEN (l.balance > 0) <> (m.reversed_entry_id IS NOT NULL)
                            THEN l.amount_currency ELSE 0 END) AS given,
                   -sum(CASE WHEN (l.balance > 0) <> (m.reversed_entry_id IS NOT NULL)
                             THEN 0 ELSE l.amount_currency END) AS used,
                   sum(l.amount_currency) AS amount,
                   sum(l.balance) AS balance,
                   min(l.date) FILTER (WHERE NOT l.reconciled AND l.balance > 0) AS open_since,
                   max(l.date) AS last_day
              FROM account_move_line l
              JOIN account_move m ON m.id = l.move_id
             WHERE l.parent_state = 'posted' AND l.partner_id IS NOT NULL
               AND (l.account_id, l.company_id) IN
                   (SELECT p.advance_account_id, p.company_id FROM finance_expense_policy p)
             GROUP BY l.company_id, l.partner_id, l.account_id, l.currency_id, l.company_currency_id
            """
        )

    def action_view_items(self):
        """Show what it consists of."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Advances"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("account_id", "=", self.account_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("parent_state", "=", "posted"),
            ],
        }


class FinanceExpensePoster(models.AbstractModel):
    _inherit = "finance.expense.poster"

    @api.model
    def _posted(self, works):
        """EXTENDS: what a report uses of advances settles the oldest of the employee."""
        result = super()._posted(works)
        for work in works:
            document = work.document
            if document.advance_returned or any("advance" in (line.kind, line.payment) for line in document.lines):
                self._settle_advances(work)
        return result

    @api.model
    def _settle_advances(self, work):
        account = work.payer_policy.advance_account_id.sudo()  # sudo: the engine settles what it has booked
        if not account.reconcile:
            return
        # sudo: as above
        items = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", work.payer.id),
                    ("account_id", "=", account.id),
                    ("partner_id", "=", work.partner.id),
                    ("currency_id.name", "=", work.document.currency),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                ],
                order="date, id",
            )
        )
        if len(set(items.mapped(lambda item: item.balance > 0))) > 1:
            items.reconcile()
