from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import OPERATOR
from ..engine.notice import notice


class FinanceSubscriptionResend(models.TransientModel):
    """Tells a subscription once more what happened in a time."""

    _name = "finance.subscription.resend"
    _description = "Tell Events Again"

    subscription_id = fields.Many2one("finance.subscription", required=True, readonly=True)
    since = fields.Datetime(
        string="From", required=True, default=lambda self: fields.Datetime.now() - timedelta(hours=1)
    )
    until = fields.Datetime(required=True, default=fields.Datetime.now)
    count = fields.Integer(string="Events", compute="_compute_count")

    @api.depends("subscription_id", "since", "until")
    def _compute_count(self):
        for wizard in self:
            if not (wizard.subscription_id and wizard.since and wizard.until):
                wizard.count = 0
                continue
            events = self.env["finance.event"].sudo()  # sudo: a count
            wizard.count = events.search_count(wizard.subscription_id._events_between(wizard.since, wizard.until))

    def action_confirm(self):
        """Put them into the queue once more, behind the news."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.subscription_id.check_access("read")
        if self.subscription_id.state != "active":
            raise UserError(self.env._("%s is not active. Resume it first.", self.subscription_id.name))
        count = self.subscription_id._tell_again(self.since, self.until)
        return notice(self.env._("%s deliveries are on their way again.", count))
