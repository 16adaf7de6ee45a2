from odoo import api, models

from odoo.addons.finance_connector_base.events import by_name
from odoo.addons.finance_connector_base.safe.masking import mask_text

from ..cash.payment_events import TYPES
from .finance_bank_programs import exact

#: states of a payment that are told
_TOLD = {
    "settled": "finance.payment.settled",
    "rejected": "finance.payment.rejected",
    "returned": "finance.payment.returned",
}


class FinanceEvent(models.Model):
    _inherit = "finance.event"

    @api.model
    def _types(self):
        return {**super()._types(), **by_name(TYPES)}


class FinancePaymentOrder(models.Model):
    """Tells of decisions about orders, in the transaction that decides."""

    _inherit = "finance.payment.order"

    def _tell(self, name):
        events = self.env["finance.event"]
        names = self.env["finance.api"]._names()
        for order in self.sudo():  # sudo: what is told does not depend on who decides
            if not events._wants(name, order.company_id.id):
                continue
            public = names.of("paymentorder", order.id)
            data = {
                "id": public,
                "number": order.name or "",
                "direction": order.direction,
                "account": names.of("account", order.journal_id.id),
                "confidential": order.is_confidential,
                "currency": order.currency_id.name,
                "total": None if order.is_confidential else exact(order.amount),
                "payments": order.payment_count,
            }
            fact = {"subject": public, "company_id": order.company_id.id, "data": data}
            events._emit(name, [{**fact, "correlation_id": order.correlation_id}])

    def _propose(self):
        # EXTENDS
        result = super()._propose()
        self._tell("finance.payment.proposed")
        return result

    def _approve(self, reason=None):
        # EXTENDS
        result = super()._approve(reason)
        if result and self.state == "approved":
            self._tell("finance.payment.approved")
        return result

    def _after_release(self):
        # EXTENDS
        result = super()._after_release()
        self._tell("finance.payment.released")
        return result

    def _unknown(self, detail):
        # EXTENDS
        before = self.state
        result = super()._unknown(detail)
        if self.state == "unknown" and before != "unknown":
            self._tell("finance.payment.unknown")
        return result


class FinancePaymentLine(models.Model):
    """Tells of payments that ended."""

    _inherit = "finance.payment.line"

    def _stood(self, before, after):
        # EXTENDS
        result = super()._stood(before, after)
        if after in _TOLD:
            self._tell(_TOLD[after])
        return result

    def _tell(self, name):
        events = self.env["finance.event"]
        names = self.env["finance.api"]._names()
        # sudo: what is told does not depend on who brings it; who is paid confidentially is told to nobody
        told = self.sudo().filtered(lambda line: not line.is_confidential and events._wants(name, line.company_id.id))
        events._emit(
            name,
            [
                {
                    "subject": names.of("payment", line.id),
                    "company_id": line.company_id.id,
                    "correlation_id": line.order_id.correlation_id,
                    "data": {
                        "id": names.of("payment", line.id),
                        "order": names.of("paymentorder", line.order_id.id),
                        "direction": line.order_id.direction,
                        "counterparty": names.of("counterparty", line.partner_id.id),
                        "amount": exact(line.amount),
                        "currency": line.currency_id.name,
                        "end_to_end_id": mask_text(line.end_to_end_id) if line.end_to_end_id else None,
                        "reasons": (line.reasons or "").split(),
                        "invoices": [names.of("invoice", move.id) for move in line.item_ids.move_id],
                    },
                }
                for line in told
            ],
        )
