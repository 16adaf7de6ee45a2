from odoo import api, fields, models


class FinanceCardDecisionWizard(models.TransientModel):
    """Asks for what a decision about card transactions needs: a reason, a day, an expense."""

    _name = "finance.card.decision.wizard"
    _description = "Decision about Card Transactions"

    operation = fields.Selection(
        [
            ("personal", "Private spending"),
            ("undo", "Not private"),
            ("difference", "Accept the difference"),
            ("claim", "Choose the claim"),
            ("date", "Book on another day"),
        ],
        required=True,
        readonly=True,
    )
    transaction_ids = fields.Many2many("finance.card.transaction", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", compute="_compute_partner_id")
    day = fields.Date(
        string="Booked on",
        compute="_compute_day",
        store=True,
        readonly=False,
        help="Empty: the day of the charge.",
    )
    line_id = fields.Many2one("finance.expense.line", string="Expense")
    reason = fields.Char(required=True)

    @api.depends("transaction_ids")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.transaction_ids.partner_id[:1]

    @api.depends("transaction_ids", "operation")
    def _compute_day(self):
        for wizard in self:
            exceptions = wizard.transaction_ids.message_id.exception_ids.filtered(lambda one: one.state == "open")
            days = [params["following"] for params in exceptions.mapped("params") if (params or {}).get("following")]
            wizard.day = max(days) if days and wizard.operation == "date" else False

    def action_confirm(self):
        """Decide."""
        self.ensure_one()
        cards = self.transaction_ids
        cards._check_decider()
        if self.operation == "personal":
            cards._personal(self.day, self.reason)
        elif self.operation == "undo":
            cards._not_personal(self.reason)
        elif self.operation == "difference":
            cards._accept_difference(self.day, self.reason)
        elif self.operation == "date":
            cards._booking_date(self.day, self.reason)
        else:
            cards._claimed_by(self.line_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
