from odoo import fields, models


class FinanceWarehouseFile(models.Model):
    """A file that a run has delivered."""

    _name = "finance.warehouse.file"
    _description = "File of a Run"
    _order = "run_id desc, id"
    _allow_sudo_commands = False

    run_id = fields.Many2one("finance.warehouse.run", required=True, readonly=True, ondelete="cascade", index=True)
    run_feed_id = fields.Many2one(
        "finance.warehouse.run.feed", required=True, readonly=True, ondelete="cascade", index=True
    )
    code = fields.Selection(related="run_feed_id.code", string="Feed")
    name = fields.Char(required=True, readonly=True)
    rows = fields.Integer(readonly=True)
    size = fields.Float(string="Bytes", readonly=True, digits=(16, 0))
    sha256 = fields.Char(string="SHA-256", readonly=True)
