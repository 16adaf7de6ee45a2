from odoo import api, models

from ..lineage.hops import GOOD, PLAIN, Hop


class FinanceTraceSourceSales(models.AbstractModel):
    """Quotes and sales orders, where Odoo's sales are there: what an invoice began with."""

    _name = "finance.trace.source.sales"
    _description = "Trace: Sales Orders"
    _inherit = ["finance.trace.source"]
    _traced = ("sale.order",)
    _stage = 10
    _references = ("name", "client_order_ref", "reference")

    @api.model
    def _links(self, records):
        for order in records:
            yield order, order.invoice_ids, False

    @api.model
    def _back(self, records):
        if records._name == "account.move":
            for move in records:
                yield move, move.line_ids.sale_line_ids.order_id, False

    @api.model
    def _tone(self, record):
        return GOOD if record.state == "sale" else PLAIN

    @api.model
    def _hops(self, records):
        for order in records:
            yield Hop(
                key=(order._name, order.id),
                at=order.create_date,
                rank=10,
                title=self.env._("Quote made: %s", order.name),
                system=self._here(order.company_id),
                person=order.create_uid.name or "",
            )
            if order.state == "sale":
                yield Hop(
                    key=(order._name, order.id),
                    at=order.date_order,
                    rank=11,
                    title=self.env._("Order confirmed: %s", order.name),
                    system=self._here(order.company_id),
                    tone=GOOD,
                )
