from odoo import api, fields, models
from odoo.exceptions import UserError


class FinanceExpenseDecisionWizard(models.TransientModel):
    """A decision about reports, with its reason: let pass, book in an open period, or return to the claimant."""

    _name = "finance.expense.decision.wizard"
    _description = "Decision about Expense Reports"

    operation = fields.Selection(
        [("pass", "Let pass"), ("date", "Book in an open period"), ("return", "Return to the claimant")], required=True
    )
    report_ids = fields.Many2many("finance.expense.report", string="Reports", required=True)
    detail = fields.Text(string="What is in the way", compute="_compute_detail")
    choice = fields.Selection(
        [("next", "Book it in the next open period"), ("hold", "Leave it until the period is opened again")],
        default="next",
    )
    day = fields.Date(string="Book on", compute="_compute_day", store=True, readonly=False)
    reason = fields.Char()
    text = fields.Text(string="What the claimant has to correct", compute="_compute_text", store=True, readonly=False)

    @api.depends("report_ids")
    def _compute_detail(self):
        for wizard in self:
            wizard.detail = "\n".join(report.detail for report in wizard.report_ids if report.detail)

    @api.depends("report_ids", "operation")
    def _compute_day(self):
        for wizard in self:
            exceptions = wizard.report_ids.message_id.exception_ids.filtered(lambda one: one.state == "open")
            days = [params["following"] for params in exceptions.mapped("params") if (params or {}).get("following")]
            wizard.day = max(days) if days else False

    @api.depends("report_ids", "operation")
    def _compute_text(self):
        for wizard in self:
            # only what a claimant can correct is said in our words; the rest is for finance to put into words
            known = wizard.report_ids.filtered(
                lambda report: report.reason_code in ("expense_policy", "receipt_missing", "expense_duplicate")
            )
            wizard.text = known[:1].detail or False

    def action_confirm(self):
        """Write the decision down, and let the reports go on."""
        self.ensure_one()
        reports = self.report_ids
        reports.check_access("read")
        if self.operation == "return":
            if not (self.text or "").strip():
                raise UserError(self.env._("Say what the claimant has to correct."))
            reports._return(self.text.strip())
        elif self.operation == "date" and self.choice == "hold":
            return {"type": "ir.actions.act_window_close"}
        elif not (self.reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept with the report."))
        elif self.operation == "date":
            if not self.day:
                raise UserError(self.env._("Choose the day."))
            reports._book_on(self.day, self.reason.strip())
        else:
            reports._let_pass(self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
