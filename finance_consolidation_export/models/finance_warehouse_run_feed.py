from odoo import fields, models

from ..extracts.feeds import FEEDS


class FinanceWarehouseRunFeed(models.Model):
    """What a run has read of one feed."""

    _name = "finance.warehouse.run.feed"
    _description = "Feed of a Run"
    _order = "run_id desc, id"
    _allow_sudo_commands = False

    run_id = fields.Many2one("finance.warehouse.run", required=True, readonly=True, ondelete="cascade", index=True)
    code = fields.Selection([(feed.code, feed.name) for feed in FEEDS], string="Feed", readonly=True, required=True)
    schema = fields.Char(readonly=True, required=True, help="Version and digest of the columns.")
    scope = fields.Char(readonly=True, required=True)
    is_whole = fields.Boolean(string="Everything", readonly=True)
    upserts = fields.Integer(string="New or changed", readonly=True)
    deletions = fields.Integer(string="Removed", readonly=True)
    ledger_rows = fields.Integer(string="In the ledger", readonly=True)
