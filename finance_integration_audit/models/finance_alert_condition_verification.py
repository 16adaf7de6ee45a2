from datetime import timedelta

from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionVerification(models.AbstractModel):
    """The trail has not been verified for too long (A-05): who would break it, might stop that first.

    What a verification finds raises an alert of its own (``audit_trail_broken``).
    """

    _name = "finance.alert.condition.verification"
    _description = "Alert: The trail is not verified"
    _inherit = ["finance.alert.condition"]
    _code = "verification"

    @api.model
    def _title(self):
        return self.env._("The audit trail is not verified")

    @api.model
    def _unit(self):
        return self.env._("hours")

    @api.model
    def _remedy(self):
        return self.env._("Verify now (Audit > Trail > Verifications); then see why the scheduled action does not run.")

    @api.model
    def _look(self, threshold):
        now = self.env.cr.now()
        first = self.env["finance.audit.entry"].search([("at", "!=", False)], order="id", limit=1)
        last = self.env["finance.audit.verification"].search(
            [("state", "in", ("proved", "broken"))], order="ended_at desc", limit=1
        )
        since = last.ended_at or first.at
        if not since or since > now - timedelta(hours=threshold):
            return []
        hours = int((now - since).total_seconds() // 3600)
        return [
            Sighting(
                key="trail",
                text=self.env._("Nobody has verified the audit trail for %s hours", hours),
                model="finance.audit.verification" if last else "",
                res_id=last.id or 0,
                value=hours,
            )
        ]
