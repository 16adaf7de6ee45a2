from odoo import api, fields, models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    finance_entry_id = fields.Many2one(
        "finance.bank.entry",
        string="Received entry",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    finance_statement_id = fields.Many2one(
        related="finance_entry_id.statement_id", string="Received statement"
    )
    finance_correlation_id = fields.Char(
        related="finance_entry_id.statement_id.correlation_id", string="Correlation id"
    )
    finance_suggestion_count = fields.Integer(compute="_compute_finance_suggestions")
    finance_suggestion_text = fields.Char(string="Best suggestion", compute="_compute_finance_suggestions")

    @api.depends("finance_entry_id.suggestion_ids")
    def _compute_finance_suggestions(self):
        for line in self:
            suggestions = line.finance_entry_id.suggestion_ids if not line.is_reconciled else False
            line.finance_suggestion_count = len(suggestions) if suggestions else 0
            line.finance_suggestion_text = suggestions[:1].display_name if suggestions else False

    def action_finance_reconcile(self):
        """Open the dialog with the suggestions for this line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reconcile"),
            "res_model": "finance.bank.reconcile.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def action_finance_open_entry(self):
        """Show what the bank wrote about this line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.bank.entry",
            "view_mode": "form",
            "res_id": self.finance_entry_id.id,
        }
