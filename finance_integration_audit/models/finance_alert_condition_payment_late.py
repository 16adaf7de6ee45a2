from datetime import timedelta

from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionPaymentLate(models.AbstractModel):
    """Orders that were sent and about which the bank says nothing, or no last word (M-09): one alert an order.

    Bank Sync marks payments without a last word after banking days (``silent_since``). A bank that used to answer and
    does not is told earlier, by the hours of the rule.
    """

    _name = "finance.alert.condition.payment_late"
    _description = "Alert: Payments without a word of the bank"
    _inherit = ["finance.alert.condition"]
    _code = "payment_late"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("The bank says nothing about payments")

    @api.model
    def _unit(self):
        return self.env._("hours")

    @api.model
    def _remedy(self):
        return self.env._("Ask the bank for the message id of the order. Send nothing again before it has answered.")

    @api.model
    def _look(self, threshold):
        # another module of the suite; alerts do not need it
        if "finance.payment.order" not in self.env:
            return []
        now = self.env.cr.now()
        orders, lines = self.env["finance.payment.order"], self.env["finance.payment.line"]
        silent = dict(
            lines._read_group(
                [("silent_since", "!=", False), ("order_id.state", "in", ("sent", "accepted"))],
                ["order_id"],
                ["__count"],
            )
        )
        unanswered = orders.search([("state", "=", "sent"), ("sent_at", "<=", now - timedelta(hours=threshold))])
        answering = self._answering(unanswered.journal_id)
        found = []
        for order in orders.union(*silent) | unanswered:
            if order not in silent and (order.journal_id not in answering or order.line_ids.fact_ids):
                continue
            hours = int((now - order.sent_at).total_seconds() // 3600) if order.sent_at else 0
            found.append(
                Sighting(
                    key=str(order.id),
                    text=self.env._(
                        "%(order)s: sent %(hours)s hours ago, no last word about %(count)s of %(all)s payments",
                        order=order.name,
                        hours=hours,
                        count=silent.get(order, order.payment_count),
                        all=order.payment_count,
                    ),
                    model="finance.payment.order",
                    res_id=order.id,
                    company_id=order.company_id.id,
                    connection_id=order.flow_id.connection_id.id,
                    correlation_id=order.correlation_id or "",
                    value=hours,
                )
            )
        return found

    @api.model
    def _answering(self, journals):
        """:return: accounts whose bank has ever said what became of a payment"""
        lines = self.env["finance.payment.line"]
        return journals.filtered(
            lambda journal: lines.search_count(
                [("journal_id", "=", journal.id), ("fact_ids.kind", "=", "status")], limit=1
            )
        )
