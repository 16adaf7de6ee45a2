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
    finance_statement_id = fields.Many2one(related="finance_entry_id.statement_id", string="Received statement")
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

    def unlink(self):
        """EXTENDS account: a booking whose line was deleted is not on the ledger any more."""
        entries = self.finance_entry_id.sudo()  # sudo: entries are written by nobody
        result = super().unlink()
        entries._release()
        return result

    def action_undo_reconciliation(self):
        """EXTENDS account: what a person takes back is not made again by itself."""
        result = super().action_undo_reconciliation()
        # sudo: entries are written by nobody; whoever could undo may also leave the line to a person
        entries = self.finance_entry_id.sudo()
        entries.write({"is_left_to_person": True, "match_rule": False})
        for line in self.filtered("finance_entry_id"):
            self.env["finance.audit"]._record(
                "bank.line.undone", line, correlation_id=line.sudo().finance_correlation_id
            )
        return result

    def action_finance_match_again(self):
        """Match the chosen open lines with what is open by now."""
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        # sudo: the rules read items and write suggestions as the engine does, for lines the user may see
        reconciled = self.env["finance.bank.rematcher"].sudo()._match_again(self.sudo())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "%(done)s of %(all)s lines were reconciled.", done=len(reconciled), all=len(self)
                ),
                "type": "success" if reconciled else "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_finance_reconcile(self):
        """Open the dialog with the suggestions for this line."""
        self.ensure_one()
        self.check_access("read")
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
