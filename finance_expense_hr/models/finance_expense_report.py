from odoo import fields, models

from odoo.addons.finance_connector_base.engine import states

from .finance_expense_twins import ALIKE


class FinanceExpenseReport(models.Model):
    _inherit = "finance.expense.report"

    hr_expense_id = fields.Many2one(
        "hr.expense",
        string="Looks like, in Odoo",
        compute="_compute_hr_expense_id",
        help="The expense entered in Odoo that it waits for a decision about.",
    )

    def _compute_hr_expense_id(self):
        for report in self:
            expense = self.env["hr.expense"]
            if report.state == "exception" and report.reason_code == ALIKE:
                # sudo: which one it is; the button asks for the right
                exceptions = report.sudo().message_id.exception_ids.filtered(lambda one: one.state == "open")
                ids = [
                    found for params in exceptions.mapped("params") if (found := (params or {}).get("hr_expense_id"))
                ]
                expense = expense.sudo().browse(ids[-1:]).exists()
            report.hr_expense_id = expense

    def action_view_hr_expense(self):
        """Show the expense in Odoo that it looks like."""
        self.ensure_one()
        self.check_access("read")
        self.env["hr.expense"].check_access("read")
        return self.env["finance.expense.handler.report"]._form_of("hr.expense", self.hr_expense_id.id)

    def _finance_called(self):
        """:return: what reports are called where others read of them"""
        return ", ".join(" ".join(part for part in (one.number, one.name) if part) for one in self)

    def _finance_go_on(self):
        """Let those go on that wait for a decision about two claims."""
        for report in self.sudo():  # sudo: whoever changes the other claim need not see reports
            if report.message_id.state == states.HELD and report.reason_code == ALIKE:
                report.message_id._resume_waiting(f"expense:{report.connection_id.id}:{report.external_id}")
