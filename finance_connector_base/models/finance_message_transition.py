from odoo import fields, models


class FinanceMessageTransition(models.Model):
    """Append-only row for every change of state of a message: the readable timeline."""

    _name = "finance.message.transition"
    _description = "Message Transition"
    _order = "id"
    _log_access = False
    _rec_name = "after"

    message_id = fields.Many2one("finance.message", required=True, ondelete="restrict", index=True, readonly=True)
    company_id = fields.Many2one(related="message_id.company_id")
    flow_id = fields.Many2one("finance.flow", readonly=True, ondelete="restrict")
    before = fields.Char(readonly=True)
    after = fields.Char(readonly=True)
    at = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    note = fields.Char(readonly=True)

    # a checkpoint counts births per flow and time window
    _births = models.Index("(flow_id, at) WHERE before IS NULL")
