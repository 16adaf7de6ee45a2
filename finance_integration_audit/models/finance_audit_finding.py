from odoo import fields, models


class FinanceAuditFinding(models.Model):
    """One thing that was done to the trail."""

    _name = "finance.audit.finding"
    _description = "Finding in the Audit Trail"
    _order = "id"
    _rec_name = "kind"
    _allow_sudo_commands = False

    verification_id = fields.Many2one(
        "finance.audit.verification", required=True, readonly=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        [
            ("edited", "Edited"),
            ("deleted", "Deleted"),
            ("inserted", "Put in later"),
            ("reordered", "Changed places"),
            ("truncated", "End cut off"),
            ("rolled_back", "Cut off, or an older backup"),
            ("recomputed", "Hashes made anew"),
            ("key_swapped", "Key exchanged"),
            ("checkpoint_replaced", "Checkpoint replaced"),
            ("unprotected", "Without protection"),
            ("trigger", "Trigger missing or disabled"),
            ("unsealed", "Not sealed for too long"),
        ],
        string="What",
        readonly=True,
    )
    seq = fields.Integer(string="Place", readonly=True, aggregator=None)
    detail = fields.Char(readonly=True)
