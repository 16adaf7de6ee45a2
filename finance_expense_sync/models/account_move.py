from odoo import fields, models

from .windows import window_of


class AccountMove(models.Model):
    _inherit = "account.move"

    finance_expense_posting_ids = fields.One2many("finance.expense.posting", "move_id", string="Expense postings")
    finance_expense_count = fields.Integer(string="Expense reports", compute="_compute_finance_expense_count")
    finance_receipt_count = fields.Integer(string="Receipts", compute="_compute_finance_expense_count")

    def _compute_finance_expense_count(self):
        # sudo: how many there are; the buttons ask for the right
        postings = self.env["finance.expense.posting"].sudo().search([("move_id", "in", self.ids)])
        by_move = postings.grouped("move_id")
        for move in self:
            reports = by_move.get(move._origin, postings.browse()).report_id
            move.finance_expense_count = len(reports)
            move.finance_receipt_count = len(reports.receipt_ids)

    def _finance_expense_reports(self):
        self.ensure_one()
        self.check_access("read")
        return self.env["finance.expense.posting"].search([("move_id", "=", self.id)]).report_id

    def action_view_finance_expenses(self):
        """Show the expense reports that are in this entry."""
        reports = self._finance_expense_reports()
        return window_of(reports, self.env._("Expense Reports"))

    def action_view_finance_receipts(self):
        """Show the receipts of these expenses (E-23)."""
        reports = self._finance_expense_reports()
        return reports._receipts_action(reports)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def action_view_finance_receipts(self):
        """Show the receipts behind this item (E-23)."""
        self.ensure_one()
        return self.move_id.action_view_finance_receipts()
