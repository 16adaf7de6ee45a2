from collections import Counter

from odoo import api, models

from ..alerting.sighting import Sighting

REFUSED = ("rejected", "returned")


class FinanceAlertConditionPaymentRejected(models.AbstractModel):
    """Payments that the bank refused or that came back, until a person has seen it (M-07): one alert an order."""

    _name = "finance.alert.condition.payment_rejected"
    _description = "Alert: Payments were refused"
    _inherit = ["finance.alert.condition"]
    _code = "payment_rejected"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("Payments were refused or came back")

    @api.model
    def _unit(self):
        return self.env._("payments")

    @api.model
    def _remedy(self):
        return self.env._(
            "Open the order: each payment names the bank's reason. Mend that, then pay it again from there."
        )

    @api.model
    def _look(self, threshold):
        # another module of the suite; alerts do not need it
        if "finance.payment.order" not in self.env:
            return []
        refused = self.env["finance.payment.line"].search(
            [("state", "in", REFUSED), ("order_id.attention", "!=", False)]
        )
        found = []
        for order, lines in refused.grouped("order_id").items():
            if len(lines) < threshold:
                continue
            reasons = Counter(code for line in lines for code in (line.reasons or "").replace(",", " ").split()[:1])
            found.append(
                Sighting(
                    key=str(order.id),
                    text=self.env._(
                        "%(order)s: %(count)s of %(all)s payments were refused or came back (%(why)s)",
                        order=order.name,
                        count=len(lines),
                        all=order.payment_count,
                        why=", ".join(code for code, _count in reasons.most_common(3)) or self.env._("no reason given"),
                    ),
                    model="finance.payment.order",
                    res_id=order.id,
                    company_id=order.company_id.id,
                    connection_id=order.flow_id.connection_id.id,
                    correlation_id=order.correlation_id or "",
                    value=len(lines),
                )
            )
        return found
