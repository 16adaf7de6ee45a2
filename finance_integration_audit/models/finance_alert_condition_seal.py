from odoo import api, models
from odoo.tools import SQL

from ..alerting.sighting import Sighting


class FinanceAlertConditionSeal(models.AbstractModel):
    """Entries of the trail that wait to be sealed for too long (A-01): until then nothing proves their order."""

    _name = "finance.alert.condition.seal"
    _description = "Alert: The trail is not sealed"
    _inherit = ["finance.alert.condition"]
    _code = "seal"

    @api.model
    def _title(self):
        return self.env._("The audit trail is not sealed")

    @api.model
    def _unit(self):
        return self.env._("minutes")

    @api.model
    def _remedy(self):
        return self.env._("See whether the server has its master key and the scheduled action that seals runs.")

    @api.model
    def _look(self, threshold):
        until = self.env["finance.audit.checkpoint"]._last().until
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT count(*), (extract(epoch FROM %s - min(e.at)) / 60)::int"
                " FROM finance_audit_entry e JOIN (%s) w ON w.id = e.id",
                self.env.cr.now(),
                self.env["finance.audit.sealer"]._unsealed(until),
            )
        )
        count, minutes = self.env.cr.fetchone()
        if not count or minutes < threshold:
            return []
        return [
            Sighting(
                key="trail",
                text=self.env._(
                    "%(count)s entries of the audit trail are not sealed, the oldest for %(minutes)s minutes",
                    count=count,
                    minutes=minutes,
                ),
                value=minutes,
            )
        ]
