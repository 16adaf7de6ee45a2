from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionDrift(models.AbstractModel):
    """Master data about which two systems do not agree (M-10): one alert a connection and kind of data."""

    _name = "finance.alert.condition.drift"
    _description = "Alert: Systems do not agree"
    _inherit = ["finance.alert.condition"]
    _code = "drift"
    _klass = "data"

    @api.model
    def _title(self):
        return self.env._("Two systems do not agree about master data")

    @api.model
    def _unit(self):
        return self.env._("records")

    @api.model
    def _remedy(self):
        return self.env._("Open the differences: take theirs, send ours, or ignore one with a reason.")

    @api.model
    def _look(self, threshold):
        drift = self.env["finance.master.drift"]
        words = dict(drift._fields["domain"]._description_selection(self.env))
        groups = drift._read_group(
            [("state", "=", "open")], ["connection_id", "domain", "company_id"], ["__count", "found_at:min"]
        )
        return [
            Sighting(
                key=f"{connection.id}-{domain}-{company.id}",
                text=self.env._(
                    "%(connection)s, %(domain)s: %(count)s records differ, the first since %(day)s",
                    connection=connection.display_name,
                    domain=words.get(domain, domain),
                    count=count,
                    day=first.date(),
                ),
                model="finance.connection",
                res_id=connection.id,
                company_id=company.id,
                connection_id=connection.id,
                value=count,
            )
            for connection, domain, company, count, first in groups
            if count >= max(threshold, 1)
        ]
