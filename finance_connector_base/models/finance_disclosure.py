from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import AUDITOR, OPERATOR
from ..safe import masking

#: how long content stays readable for whoever gave the reason
VALID_MINUTES = 15
#: bytes of an original shown on the screen; the whole can be downloaded
SHOWN_SIZE = 200_000


class FinanceDisclosure(models.Model):
    """A look of a person into unmasked content: who, when, what and why.

    Made by a dialog that asks for a reason and, again, who sits there. For a quarter of an hour the person
    who made it sees the content and can download the original; the row itself stays, as evidence.
    """

    _name = "finance.disclosure"
    _description = "Look into an Original"
    _order = "id desc"
    _rec_name = "message_id"
    _allow_sudo_commands = False

    message_id = fields.Many2one("finance.message", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    connection_id = fields.Many2one(related="message_id.connection_id")
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, index=True)
    reason = fields.Text(required=True, readonly=True)
    payload_sha256 = fields.Char(string="SHA-256 of the original", readonly=True)
    valid_until = fields.Datetime(required=True, readonly=True)
    download_count = fields.Integer(string="Downloads", readonly=True, aggregator="sum")
    is_valid = fields.Boolean(compute="_compute_content")
    has_payload = fields.Boolean(compute="_compute_content")
    has_evidence = fields.Boolean(compute="_compute_content")
    content = fields.Text(string="Original", compute="_compute_content")
    data_text = fields.Text(string="Values", compute="_compute_content")

    @api.depends("valid_until", "message_id")
    @api.depends_context("uid")
    def _compute_content(self):
        for disclosure in self:
            valid = disclosure._may_show()
            # sudo: whoever disclosed it may read it, and nobody else
            message = disclosure.sudo().message_id
            payload = message.payload_id
            disclosure.is_valid = valid
            disclosure.has_payload = bool(payload)
            disclosure.has_evidence = bool(message.evidence_id)
            head = payload._read_head(SHOWN_SIZE) if valid and payload else b""
            disclosure.content = masking.printable(head)
            # tokens and passwords that slipped into a message are nobody's to read
            disclosure.data_text = message._told(masking.plain_json) if valid else ""

    def _may_show(self):
        """:return bool: it is the user's own, not over, and the user still has the role"""
        self.ensure_one()
        return (
            self.user_id.id == self.env.uid
            and self.valid_until > fields.Datetime.now()
            and any(self.env.user.has_group(group) for group in (OPERATOR, AUDITOR))
        )

    @api.model
    def _disclose(self, message, reason):
        """Write the reason down and open the content to the user, in the transaction that shows it."""
        message._check_role(OPERATOR, AUDITOR)
        payload = message.sudo().payload_id  # sudo: payloads have no rights of their own
        disclosure = self.sudo().create(  # sudo: nobody writes these, the role was just checked
            {
                "message_id": message.id,
                "company_id": message.company_id.id,
                "user_id": self.env.uid,
                "reason": reason,
                "payload_sha256": payload.sha256,
                "valid_until": fields.Datetime.now() + timedelta(minutes=VALID_MINUTES),
            }
        )
        self.env["finance.audit"]._record(
            "payload.disclosed",
            message,
            reason=reason,
            after={"sha256": payload.sha256, "disclosure": disclosure.id},
            correlation_id=message.correlation_id,
        )
        return disclosure.sudo(False)

    @api.model
    def _of(self, message):
        """:return: the user's valid disclosure of a message, or none"""
        found = self.search(
            [
                ("message_id", "=", message.id),
                ("user_id", "=", self.env.uid),
                ("valid_until", ">", fields.Datetime.now()),
            ],
            limit=1,
        )
        return found if found and found._may_show() else self.browse()

    def _note_download(self):
        self.sudo().write({"download_count": self.download_count + 1})  # sudo: nobody writes these

    def action_download(self):
        """Download the original bytes; the controller checks again and leaves an audit entry."""
        return self._download("payload")

    def action_download_evidence(self):
        """Download what proves a delivery by hand; the controller checks again and leaves an audit entry."""
        return self._download("evidence")

    def _download(self, what):
        self.ensure_one()
        self.check_access("read")
        if not self._may_show():
            raise AccessError(self.env._("The time to look at this is over. Give a reason again on the message."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/finance/message/{self.message_id.id}/{what}",
            "target": "download",
        }

    def action_view_message(self):
        """Go to the message that was looked into."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.message",
            "res_id": self.message_id.id,
            "view_mode": "form",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("Who looked at what is kept; it is not deleted."))
