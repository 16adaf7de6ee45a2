from datetime import timedelta

from odoo import api, models

from ..lineage.hops import BAD, GOOD, WAITS, Gap, Hop

#: the bank should say something by then
ANSWER = timedelta(hours=4)
#: payments that one message of the bank is about; with more it is a collection
FEW = 8
_OVER = ("settled", "returned", "rejected", "cancelled", "recalled")


class FinanceTraceSourcePaymentOrders(models.AbstractModel):
    """Payment orders with their decisions, and each payment with what the bank said, where that module is there."""

    _name = "finance.trace.source.payment.orders"
    _description = "Trace: Payment Orders"
    _inherit = ["finance.trace.source"]
    _traced = ("finance.payment.order", "finance.payment.line")
    _stage = 50
    _references = (
        "name",
        "message_id_for_bank",
        "bank_reference",
        "correlation_id",
        "end_to_end_id",
        "uetr",
        "reference",
    )

    @api.model
    def _links(self, records):
        for record in records:
            if record._name == "finance.payment.order":
                yield record, record.message_id, False
                yield record, record.line_ids, True
                continue
            yield record, record.order_id, False
            yield record, record.item_ids.move_id, False
            yield record, record.payment_id, False
            yield record, record._bookings(), False
            yield record, record.fact_ids.message_id, False

    @api.model
    def _back(self, records):
        if records._name == "finance.message":
            yield from self._pointing("finance.payment.order", "message_id", records)
            for message, facts, _wide in self._pointing("finance.payment.fact", "message_id", records):
                yield message, facts.line_id, len(facts.line_id) > FEW
        elif records._name == "account.payment":
            yield from self._pointing("finance.payment.line", "payment_id", records)
        elif records._name == "account.move":
            for move, items, _wide in self._pointing("finance.payment.item", "move_id", records):
                yield move, items.line_id, False
        elif records._name == "account.bank.statement.line":
            for line, facts, _wide in self._pointing("finance.payment.fact", "statement_line_id", records):
                yield line, facts.line_id, False

    @api.model
    def _tone(self, record):
        if record._name == "finance.payment.order":
            return BAD if record.attention else WAITS
        if record.state in ("rejected", "unclear", "returned"):
            return BAD
        return GOOD if record.state == "settled" else WAITS

    @api.model
    def _hops(self, records):
        for record in records:
            if record._name == "finance.payment.order":
                yield from self._order_hops(record)
            else:
                yield from self._line_hops(record)

    @api.model
    def _order_hops(self, order):
        key, system = (order._name, order.id), self._here(order.company_id)
        for decision in order.approval_ids:
            yield Hop(
                key=key,
                at=decision.at,
                rank=50,
                title=self.env._(
                    "%(decision)s: payment order %(name)s", decision=self._label(decision, "decision"), name=order.name
                ),
                system=system,
                person=decision.user_id.name,
                detail=self.env._("Content %s", (decision.digest or "")[:12]) if decision.digest else "",
                tone=GOOD if decision.decision in ("approve", "release", "executed") else "plain",
            )
        if order.sent_at:
            yield Hop(
                key=key,
                at=order.sent_at,
                rank=55,
                title=self.env._("Sent to the bank: %s", order.message_id_for_bank or order.name),
                system=order.journal_id.name,
                state=self._label(order, "state"),
                tone=GOOD,
            )

    @api.model
    def _line_hops(self, line):
        for fact in line.fact_ids:
            yield Hop(
                key=(line._name, line.id),
                at=fact.at,
                rank=65,
                title=self.env._(
                    "%(kind)s: %(code)s", kind=self._label(fact, "kind"), code=fact.code or line.end_to_end_id or ""
                ),
                system=line.journal_id.name,
                state=self._label(line, "state"),
                detail=fact.text or fact.reasons or "",
            )

    @api.model
    def _gaps(self, records):
        for line in records:
            if line._name != "finance.payment.line" or line.state in _OVER or not line.order_id.sent_at:
                continue
            answered = bool(line.fact_ids)
            yield Gap(
                key=(line._name, line.id),
                title=self.env._("Not on a statement yet: %s", line.end_to_end_id or "")
                if answered
                else self.env._("Sent, and the bank has said nothing: %s", line.end_to_end_id or ""),
                system=line.journal_id.name,
                due=line.order_id.sent_at + (timedelta(days=3) if answered else ANSWER),
                detail=line.currency_id.format(line.amount),
            )
