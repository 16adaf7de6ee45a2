from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ACCOUNTANT

#: states of a report in which it claims nothing
NO_CLAIM = ("dropped", "returned")


class FinanceCardClaim(models.Model):
    """An expense that claims a transaction, or may do so. Lines of reports are made anew; this stays."""

    _name = "finance.card.claim"
    _description = "Claim of a Card Transaction"
    _order = "transaction_id, id"
    _rec_name = "report_id"
    _allow_sudo_commands = False

    transaction_id = fields.Many2one(
        "finance.card.transaction", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="transaction_id.company_id", store=True, index=True)
    report_id = fields.Many2one("finance.expense.report", required=True, readonly=True, ondelete="cascade", index=True)
    line_key = fields.Char(string="Line", required=True, readonly=True)
    line_id = fields.Many2one("finance.expense.line", string="Expense", compute="_compute_line_id")
    report_state = fields.Selection(related="report_id.state", string="State of the report")
    state = fields.Selection(
        [("proposed", "Proposed"), ("confirmed", "Confirmed"), ("refused", "Refused")],
        required=True,
        readonly=True,
    )
    origin = fields.Selection(
        [("platform", "The platform says so"), ("rule", "Amount, day and merchant"), ("person", "Chosen by hand")],
        string="Why",
        required=True,
        readonly=True,
    )
    currency_id = fields.Many2one(related="transaction_id.currency_id")
    amount = fields.Monetary(string="Covers", readonly=True, help="Of the charge, in the currency of the card.")
    is_personal = fields.Boolean(string="Private", compute="_compute_line_id")

    _once = models.UniqueIndex("(transaction_id, report_id, line_key)", "This claim is there already.")
    _line = models.Index("(report_id, line_key)")

    @api.depends("report_id.line_ids.external_id", "line_key")
    def _compute_line_id(self):
        for claim in self:
            claim.line_id = claim.report_id.line_ids.filtered(
                lambda line, claim=claim: line.external_id == claim.line_key
            )[:1]
            claim.is_personal = claim.line_id.is_personal

    def _counts(self):
        """:return: those that claim something"""
        return self.filtered(lambda claim: claim.state == "confirmed" and claim.report_id.state not in NO_CLAIM)

    def _rows(self):
        """:return: postings of the report that count, those of the line where each has its own"""
        found = self.env["finance.expense.posting"]
        for claim in self.sudo():  # sudo: the engine
            rows = claim.report_id.posting_ids.filtered(
                lambda row: row.kind == "posted" and row not in row.report_id.posting_ids.reverses_id
            )
            own = rows.filtered(
                lambda row, claim=claim: (
                    row.key.endswith(f":line/{claim.line_key}") or f":line/{claim.line_key}/" in row.key
                )
            )
            found |= own or rows.filtered(lambda row: ":line/" not in row.key)
        return found

    def _moves(self):
        """:return: entries that book what is claimed"""
        return self._rows().move_id

    def _is_booked(self):
        """:return: whether the ledger has all of it"""
        self.ensure_one()
        moves = self._moves()
        return bool(moves) and all(move.state == "posted" for move in moves)

    def _decide(self, state):
        self.env["finance.message"]._check_role(ACCOUNTANT)
        self.check_access("read")
        for claim in self:
            if claim.state == state:
                continue
            if state == "refused" and claim.origin == "platform":
                raise UserError(self.env._("The platform says that they are one: have it corrected there."))
            claim.sudo().state = state  # sudo: nobody writes claims directly; the role was checked
            self.env["finance.audit"]._record(f"card.claim_{state}", claim.transaction_id)
        self.env["finance.card.matcher"]._refresh(self.transaction_id.sudo())  # sudo: as above

    def action_confirm(self):
        """Say that the expense claims the transaction."""
        self._decide("confirmed")

    def action_refuse(self):
        """Say that it does not; it is not proposed again."""
        self._decide("refused")

    def action_view_report(self):
        """Show the report."""
        self.ensure_one()
        self.check_access("read")
        return self.env["finance.expense.handler.report"]._form_of("finance.expense.report", self.report_id.id)
