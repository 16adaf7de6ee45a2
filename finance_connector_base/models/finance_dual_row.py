from odoo import fields, models


class FinanceDualRow(models.Model):
    """One transaction as one of the two feeds has told it: its key, its digest, what became of it."""

    _name = "finance.dual.row"
    _description = "Transaction of a Dual Run"
    _log_access = False
    _rec_name = "key"
    _allow_sudo_commands = False

    run_id = fields.Many2one("finance.dual.run", required=True, readonly=True, ondelete="cascade")
    side = fields.Selection([("old", "Old"), ("new", "New")], required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    amount = fields.Float(digits=(24, 6), readonly=True)
    currency = fields.Char(readonly=True)
    outcome = fields.Selection(
        [("worked", "Worked"), ("settled", "Needed no work"), ("shadow", "Compared only")], required=True, readonly=True
    )
    message_id = fields.Many2one("finance.message", required=True, readonly=True, ondelete="cascade")

    _of_message = models.UniqueIndex("(message_id, run_id)")
    _by_key = models.Index("(run_id, key, side)")
