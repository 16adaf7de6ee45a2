from datetime import datetime, time, timedelta

from odoo import api, models

from ..lineage.hops import BAD, GOOD, WAITS, Gap, Hop

#: days after which a payment should be on a statement
BOOKED_DAYS = 3


class FinanceTraceSourcePayments(models.AbstractModel):
    """Payments in the ledger, and whether the bank has booked them."""

    _name = "finance.trace.source.payments"
    _description = "Trace: Payments"
    _inherit = ["finance.trace.source"]
    _traced = ("account.payment",)
    _stage = 40
    _references = ("name", "memo", "payment_reference")

    @api.model
    def _links(self, records):
        for payment in records:
            yield payment, payment.invoice_ids, False
        # a payment stands for its entry
        for move, other, _at in self.env["finance.trace.source.documents"]._reconciled(records.move_id):
            yield move.origin_payment_id, other, False

    @api.model
    def _tone(self, record):
        if record.state in ("rejected", "canceled"):
            return BAD
        return GOOD if record.is_matched else WAITS

    @api.model
    def _hops(self, records):
        for payment in records:
            yield Hop(
                key=(payment._name, payment.id),
                at=payment.create_date,
                rank=40,
                title=self.env._(
                    "Payment %(name)s: %(amount)s",
                    name=payment.display_name,
                    amount=payment.currency_id.format(payment.amount),
                ),
                system=self._here(payment.company_id),
                state=self._label(payment, "state"),
                person=payment.create_uid.name or "",
                detail=payment.journal_id.name,
            )

    @api.model
    def _gaps(self, records):
        for payment in records:
            if payment.state in ("in_process", "paid") and not payment.is_matched:
                yield Gap(
                    key=(payment._name, payment.id),
                    title=self.env._("No booked entry of the bank: %s", payment.display_name),
                    system=payment.journal_id.name,
                    due=datetime.combine(payment.date, time.max).replace(microsecond=0) + timedelta(days=BOOKED_DAYS),
                    detail=payment.currency_id.format(payment.amount),
                )
