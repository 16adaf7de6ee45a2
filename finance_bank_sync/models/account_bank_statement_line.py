from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.notice import notice


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
    finance_outcome = fields.Selection(related="finance_entry_id.match_outcome", string="Matching")
    finance_score = fields.Integer(related="finance_entry_id.match_score", string="Certainty")
    finance_is_tied = fields.Boolean(related="finance_entry_id.match_is_tied", string="Several fit")
    finance_owner_id = fields.Many2one(
        "res.users", string="Taken over by", readonly=True, copy=False, index="btree_not_null"
    )
    finance_match_ids = fields.One2many("finance.bank.match", "line_id", string="Matches")
    finance_why = fields.Char(string="Why", compute="_compute_finance_why")
    finance_suggestion_count = fields.Integer(compute="_compute_finance_suggestions")
    finance_suggestion_text = fields.Char(string="Best suggestion", compute="_compute_finance_suggestions")

    # what no statement brought is looked for by each that comes
    _finance_stranger = models.Index("(journal_id) WHERE finance_entry_id IS NULL")

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

    @api.depends("is_reconciled", "finance_match_ids.state", "finance_entry_id.suggestion_ids")
    def _compute_finance_why(self):
        for line in self:
            if line.is_reconciled:
                found = line.finance_match_ids.filtered(lambda match: match.state == "active")
            else:
                found = line.finance_entry_id.suggestion_ids
            line.finance_why = found[:1].explanation

    def action_undo_reconciliation(self):
        """EXTENDS account: what a person takes back is not made again by itself."""
        if not self:  # with each change of a journal item, core takes back what there mostly is not
            return super().action_undo_reconciliation()
        matches = self.env["finance.bank.match"]._of(self)
        result = super().action_undo_reconciliation()
        # sudo: entries are written by nobody; whoever could undo may also leave the line to a person
        entries = self.finance_entry_id.sudo()
        for entry in entries:
            entry.write(
                {
                    "is_left_to_person": True,
                    "match_rule": False,
                    "match_outcome": "proposed" if entry.suggestion_ids else "unmatched",
                }
            )
        for match in matches.filtered(lambda match: match.mode == "person"):
            self.env["finance.bank.lesson"].sudo()._doubt(match.entry_id)  # sudo: written by nobody by hand
        matches._take_back()
        for line in self.filtered("finance_entry_id"):
            self.env["finance.audit"]._record(
                "bank.line.undone", line, correlation_id=line.sudo().finance_correlation_id
            )
        return result

    def action_finance_accept(self):
        """Accept the best suggestion of each chosen line; those where two are as good as each other stay."""
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        open_lines = self.filtered(lambda line: not line.is_reconciled)
        # sudo: the engine's own rows, of lines the user may see
        best = [(line, line.sudo().finance_entry_id.suggestion_ids[:1].sudo(False)) for line in open_lines]
        ready = [found for line, found in best if found and (len(self) == 1 or not line.finance_is_tied)]
        if len(self) == 1 and not ready:
            raise UserError(self.env._("Nothing is proposed for this line. Choose items or an account."))
        failed = []
        for found in ready:
            if len(self) == 1:
                found._accept()
                continue
            try:
                # one line that is not open any more does not keep the others
                with self.env.cr.savepoint():
                    found._accept()
            except UserError as error:
                failed.append(str(error))
        message = self.env._("%(done)s of %(all)s lines were matched.", done=len(ready) - len(failed), all=len(self))
        if failed:
            message += " " + failed[0]
        return notice(message, "success" if len(ready) > len(failed) else "info")

    def action_finance_take(self):
        """The user works these lines from now on."""
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        # sudo: whoever decides about lines may take them over; nothing else of the line is written
        self.sudo().finance_owner_id = self.env.user
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_finance_match_again(self):
        """Match the chosen open lines with what is open by now."""
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        # sudo: the rules read items and write suggestions as the engine does, for lines the user may see
        reconciled = self.env["finance.bank.rematcher"].sudo()._match_again(self.sudo())
        return notice(
            self.env._("%(done)s of %(all)s lines were reconciled.", done=len(reconciled), all=len(self)),
            "success" if reconciled else "info",
        )

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
