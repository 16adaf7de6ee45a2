import time

from odoo import api, fields, models

from ..webhooks.tally import Tally

#: days for which refusals are kept
KEPT_DAYS = 90
_tally = Tally()


class FinanceWebhookRefusal(models.Model):
    """Deliveries that were refused: how many, why, and from where. Nothing of their content is kept.

    A process writes the first of a kind at once and then the sum of what came within some seconds, so that a flood
    of forged deliveries is no flood of rows.
    """

    _name = "finance.webhook.refusal"
    _description = "Refused Delivery"
    _order = "id desc"
    _rec_name = "reason"
    _log_access = False
    _allow_sudo_commands = False

    webhook_id = fields.Many2one("finance.webhook", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="webhook_id.company_id", store=True, index=True)
    at = fields.Datetime(string="When", required=True, readonly=True, index=True)
    reason = fields.Selection(
        [
            ("unsigned", "Not signed"),
            ("malformed", "Signature unreadable"),
            ("signature", "Wrong signature"),
            ("old", "Too old"),
            ("early", "From the future"),
            ("no_secret", "No secret is set here"),
            ("certificate", "Certificate not trusted"),
            ("address", "Not from the sender's addresses"),
            ("too_large", "Too large"),
            ("media_type", "Not sent as it is"),
        ],
        required=True,
        readonly=True,
    )
    remedy = fields.Char(string="What to do", compute="_compute_remedy")
    address = fields.Char(readonly=True, help="Of the last one.")
    count = fields.Integer(string="Times", required=True, readonly=True, default=1, aggregator="sum")

    @api.depends("reason")
    def _compute_remedy(self):
        texts = {
            "unsigned": self.env._(
                "Look whether the sender signs, and whether the scheme chosen here is the sender's."
            ),
            "malformed": self.env._("Look whether the scheme chosen here is the sender's."),
            "signature": self.env._("Set the secret that the sender shows. If it is right, somebody else is trying."),
            "old": self.env._("Compare the clocks. The sender repeats a delivery with a new time; a recording cannot."),
            "early": self.env._("Compare the clocks of this server and of the sender."),
            "no_secret": self.env._("Set the secret that the sender shows."),
            "certificate": self.env._("Look at the host in the certificate and at the trusted authorities."),
            "address": self.env._("If the sender has new addresses, enter them here."),
            "too_large": self.env._("Raise the largest delivery here, or let the sender send less."),
            "media_type": self.env._("Let the sender send JSON, unpacked, not a form."),
        }
        for refusal in self:
            refusal.remedy = texts.get(refusal.reason)

    @api.model
    def _note(self, webhook, reason, address):
        """Count a refusal; :return: whether a row was written"""
        count = _tally.note((self.env.cr.dbname, webhook.id, reason), time.monotonic())
        if count:
            # sudo: nobody writes refusals directly
            self.sudo().create(
                {
                    "webhook_id": webhook.id,
                    "at": self.env.cr.now(),
                    "reason": reason,
                    "address": address,
                    "count": count,
                }
            )
        return bool(count)

    @api.autovacuum
    def _gc_old(self):
        self.search(
            [("at", "<", fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS))], limit=10000
        ).unlink()
