from odoo import fields, models


class FinanceRiskVerdict(models.Model):
    """One word of a risk system; added by the engine, changed by nobody."""

    _name = "finance.risk.verdict"
    _description = "Word of a Risk System"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _rec_name = "word"
    _allow_sudo_commands = False

    hold_id = fields.Many2one("finance.risk.hold", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    event_id = fields.Char(required=True, readonly=True)
    word = fields.Selection([("released", "Released"), ("rejected", "Rejected")], required=True, readonly=True)
    at = fields.Datetime(string="Heard", required=True, readonly=True)
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict")

    _once = models.UniqueIndex("(hold_id, event_id)", "This word was heard already.")
