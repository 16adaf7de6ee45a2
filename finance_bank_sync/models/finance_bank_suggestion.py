from odoo import api, fields, models


class FinanceBankSuggestion(models.Model):
    """A ranked answer for a booking that could not be reconciled without doubt."""

    _name = "finance.bank.suggestion"
    _description = "Reconciliation Suggestion"
    _order = "score desc, id"
    _log_access = False

    entry_id = fields.Many2one("finance.bank.entry", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="entry_id.company_id", store=True)
    item_ids = fields.Many2many(
        "account.move.line",
        string="Open items",
        readonly=True,
        # whoever may see what the bank sent need not be allowed to see journal items
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    documents = fields.Char(compute="_compute_documents")
    partner_id = fields.Many2one(related="item_ids.partner_id")
    score = fields.Integer(string="Certainty", readonly=True)
    why = fields.Char(readonly=True)
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("why")
    def _compute_explanation(self):
        words = {
            "reference": self.env._("same reference"),
            "number": self.env._("number in the text"),
            "amount": self.env._("same amount"),
            "partner": self.env._("known account of the partner"),
        }
        for suggestion in self:
            suggestion.explanation = ", ".join(words.get(code, code) for code in (suggestion.why or "").split(","))

    @api.depends("item_ids")
    def _compute_documents(self):
        for suggestion in self:
            # sudo: the numbers of the documents are for every reader of the booking
            suggestion.documents = ", ".join(suggestion.sudo().item_ids.move_id.mapped("name"))

    @api.depends("documents", "why")
    def _compute_display_name(self):
        for suggestion in self:
            suggestion.display_name = f"{suggestion.documents} ({suggestion.explanation})"
