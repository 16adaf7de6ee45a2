from odoo import models
from odoo.exceptions import UserError

from ..const import ACCOUNTANT
from .finance_expense_decision import PASSABLE
from .windows import window_of


class FinanceExpenseReport(models.Model):
    """Buttons of the form. Thin: check the role, then open or act."""

    _inherit = "finance.expense.report"

    def _dialog(self, operation, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "finance.expense.decision.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_operation": operation, "default_report_ids": self.ids},
        }

    def action_decide(self):
        """Open the decision that the cause asks for."""
        self.ensure_one()
        self._check_decider(ACCOUNTANT)
        if self.reason_code == "expense_period_closed":
            return self._dialog("date", self.env._("Book in an Open Period"))
        if self.reason_code in PASSABLE:
            return self._dialog("pass", self.env._("Let Pass"))
        raise UserError(self.env._("There is nothing to decide: correct what is in the way, it goes on by itself."))

    def action_return(self):
        """Open the dialog that asks what the claimant has to correct."""
        self._check_decider(ACCOUNTANT)
        return self._dialog("return", self.env._("Return to the Claimant"))

    def action_fix(self):
        """Open what the cause offers to mend it."""
        self.ensure_one()
        self._check_decider(ACCOUNTANT)
        exception = self.message_id.exception_ids.filtered(lambda one: one.state == "open")[:1]
        if not exception:
            raise UserError(self.env._("Nothing is in the way any more."))
        return exception.action_fix()

    def action_retry(self):
        """Try again."""
        self._check_decider(ACCOUNTANT)
        return self.message_id.action_retry()

    def action_view_moves(self):
        """Show the entries."""
        self.ensure_one()
        self.check_access("read")
        moves = self.posting_ids.move_id
        return window_of(moves, self.env._("Entries"))

    def action_view_message(self):
        """Show the message it came with."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Message"),
            "res_model": "finance.message",
            "view_mode": "form",
            "res_id": self.message_id.id,
        }

    def action_view_receipts(self):
        """Show the receipts."""
        self.ensure_one()
        self.check_access("read")
        return self._receipts_action(self)

    def _receipts_action(self, reports):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Receipts"),
            "res_model": "finance.expense.receipt",
            "view_mode": "kanban,list",
            "domain": [("report_id", "in", reports.ids)],
        }
