from odoo import api, models

from odoo.addons.finance_connector_base.events import by_name

from ..alerting.events import TYPES


class FinanceEvent(models.Model):
    _inherit = "finance.event"

    @api.model
    def _types(self):
        return {**super()._types(), **by_name(TYPES)}


class FinanceAlert(models.Model):
    """Tells subscribers of alerts, in the transaction that raises or resolves them."""

    _inherit = "finance.alert"

    def _tell_event(self, name):
        events = self.env["finance.event"]
        names = self.env["finance.api"]._names()
        for alert in self:
            if not events._wants(name, alert.company_id.id):
                continue
            public = names.of("alert", alert.id)
            data = {
                "id": public,
                "code": alert.code,
                "kind": alert.klass,
                "urgent": alert.is_urgent,
                "text": alert.text,
                "since": alert.first_at,
            }
            fact = {"subject": public, "company_id": alert.company_id.id, "data": data}
            if alert.correlation_id:
                fact["correlation_id"] = alert.correlation_id
            events._emit(name, [fact])
