import base64

from odoo import fields, models

from ..trail import timestamp
from ..trail.head import HeadBroken, parse


class FinanceAuditReceipt(models.Model):
    """What a place outside said when it was told a head; added, never changed."""

    _name = "finance.audit.receipt"
    _description = "Receipt of an Anchor"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _rec_name = "anchor_name"
    _allow_sudo_commands = False

    anchor_ref = fields.Integer(string="Id of the anchor", readonly=True, aggregator=None, index=True)
    anchor_name = fields.Char(string="Anchor", readonly=True)
    kind = fields.Char(readonly=True)
    number = fields.Integer(string="Checkpoint", readonly=True, aggregator=None)
    at = fields.Datetime(string="When", readonly=True)
    digest = fields.Char(string="SHA-256 of the head", readonly=True)
    receipt = fields.Text(readonly=True)

    def _is_about(self, signed):
        """Say whether a timestamp witnesses this head."""
        self.ensure_one()
        try:
            digest = parse(signed.note if signed else "").digest()
            timestamp.verify(base64.b64decode(self.receipt or ""), digest)
        except (HeadBroken, timestamp.StampRefused, ValueError):
            return False
        return True
