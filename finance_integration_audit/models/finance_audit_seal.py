from odoo import fields, models


class FinanceAuditSeal(models.Model):
    """The place of one entry: number without gaps (the id), leaf of the Merkle tree, chain; added by the sealer."""

    _name = "finance.audit.seal"
    _description = "Seal of an Audit Entry"
    _inherit = ["finance.append.only"]
    _order = "id"
    _rec_name = "number"
    _allow_sudo_commands = False

    number = fields.Integer(string="Entry", readonly=True, aggregator=None)
    leaf = fields.Char(readonly=True)
    chain = fields.Char(readonly=True)
    key = fields.Char(readonly=True)
    at = fields.Datetime(string="Sealed", readonly=True)

    _number_unique = models.UniqueIndex("(number)")
