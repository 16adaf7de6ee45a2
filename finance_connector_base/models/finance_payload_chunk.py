from odoo import fields, models


class FinancePayloadChunk(models.Model):
    """A compressed piece of a payload. Nobody has access; only ``finance.payload`` reads it."""

    _name = "finance.payload.chunk"
    _description = "Piece of a Raw Payload"
    _log_access = False
    _order = "payload_id, sequence"
    _rec_name = "sequence"

    payload_id = fields.Many2one("finance.payload", required=True, ondelete="cascade", index=False)
    sequence = fields.Integer(required=True)
    content = fields.Binary(attachment=False, groups=fields.NO_ACCESS)

    _position = models.UniqueIndex("(payload_id, sequence)")
