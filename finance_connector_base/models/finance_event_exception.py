from odoo import api, models

from .finance_event_message import DELIVERY


class FinanceException(models.Model):
    """Tells what needs a person, and when it does no longer."""

    _inherit = "finance.exception"

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions._tell_exceptions("finance.exception.opened")
        return exceptions

    def _close(self, resolution):
        """EXTENDS: fixed, retried or discarded."""
        still_open = self.sudo().filtered(lambda one: one.state == "open")  # sudo: as in what is extended
        result = super()._close(resolution)
        still_open._tell_exceptions("finance.exception.resolved")
        return result

    def _tell_exceptions(self, name):
        event = self.env["finance.event"]
        if not self or not event._wants(name):
            return
        names = self.env["finance.api"]._names()
        event._emit(
            name,
            [
                {
                    "subject": names.of("exception", one.id),
                    "company_id": one.company_id.id,
                    "correlation_id": one.message_id.correlation_id,
                    "data": {
                        "id": names.of("exception", one.id),
                        "message": names.of("message", one.message_id.id),
                        "reason": one.reason_code or None,
                        "kind": one.error_class or None,
                        "due_at": one.due_at or None,
                        "resolution": one.resolution or None,
                    },
                }
                # sudo: raised and closed by the engine, whoever's transaction it is
                for one in self.sudo()
                if one.flow_id.handler != DELIVERY
            ],
        )
