from odoo import fields, models


class FinanceStatutoryTotal(models.Model):
    """One control total: what the files have, and what the ledger has; exact texts."""

    _name = "finance.statutory.total"
    _description = "Control Total of an Extract"
    _order = "extract_id desc, id"
    _allow_sudo_commands = False

    extract_id = fields.Many2one(
        "finance.statutory.extract", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    name = fields.Char(required=True, readonly=True)
    in_file = fields.Char(string="In the files", readonly=True)
    in_ledger = fields.Char(string="In the ledger", readonly=True)
