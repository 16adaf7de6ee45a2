from odoo import fields, models


class FinanceCursor(models.Model):
    """Where a flow has read to over there: files seen, a watermark, a page token.

    A row of its own, so that a long fetch does not conflict with whoever edits or schedules
    the flow. It advances in the transaction that stores what was read, and in no other.
    """

    _name = "finance.cursor"
    _description = "Reading Position"
    _log_access = False
    _rec_name = "name"
    _allow_sudo_commands = False

    flow_id = fields.Many2one("finance.flow", required=True, readonly=True, ondelete="cascade")
    name = fields.Char(required=True, readonly=True)
    value = fields.Json(readonly=True)

    _one_per_name = models.UniqueIndex("(flow_id, name)")
