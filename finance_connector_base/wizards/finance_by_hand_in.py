from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import OPERATOR


class FinanceByHandIn(models.TransientModel):
    """Files that a person got from the other side by another way, brought in place of the channel."""

    _name = "finance.by.hand.in"
    _description = "Bring Files by Hand"

    flow_id = fields.Many2one(
        "finance.flow", string="In place of", domain="[('takes_files', '=', True)]", required=True, ondelete="cascade"
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    business_key = fields.Char(
        string="Business transaction",
        help="What people call it, e.g. the number of the statement. Files that say it themselves need none.",
    )
    reason = fields.Text(help="Why by hand; kept with the messages and in the audit trail.")

    @api.onchange("attachment_ids")
    def _onchange_attachment_ids(self):
        if len(self.attachment_ids) > 1:
            self.business_key = False

    def action_bring(self):
        """Queue the files and show what became of them."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.flow_id.check_access("read")
        if not self.flow_id.takes_files:
            raise UserError(self.env._("%s takes no files.", self.flow_id.display_name))
        if not self.attachment_ids:
            raise UserError(self.env._("Choose at least one file."))
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why the files come by hand."))
        if self.business_key and len(self.attachment_ids) > 1:
            raise UserError(self.env._("One business transaction is one file: bring them one by one."))
        messages = self.flow_id._receive_by_hand(
            [(attachment.name, attachment.raw or b"") for attachment in self.attachment_ids],
            self.reason,
            self.business_key or None,
        )
        # the bytes live with the messages now; attachments would keep a second, unguarded copy.
        # One that belongs to a record is that record's.
        self.attachment_ids.filtered(lambda attachment: not attachment.res_id).unlink()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Brought by hand"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": ["|", ("id", "in", messages.ids), ("parent_id", "in", messages.ids)],
        }
