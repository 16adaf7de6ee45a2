from odoo import api, fields, models


class FinanceBankSuggestion(models.Model):
    """A ranked answer for a booking that could not be reconciled without doubt."""

    _name = "finance.bank.suggestion"
    _description = "Reconciliation Suggestion"
    _order = "score desc, id"
    _log_access = False

    entry_id = fields.Many2one("finance.bank.entry", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="entry_id.company_id", store=True)
    item_ids = fields.Many2many("account.move.line", string="Open items", readonly=True)
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

    @api.depends("item_ids", "why")
    def _compute_display_name(self):
        for suggestion in self:
            names = ", ".join(suggestion.item_ids.move_id.mapped("name"))
            suggestion.display_name = f"{names} ({suggestion.explanation})"
