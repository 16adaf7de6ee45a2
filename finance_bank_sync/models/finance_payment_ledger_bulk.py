import logging

from odoo import api, models

from .finance_payment_ledger_bulk_batch import PaymentBatch

_logger = logging.getLogger(__name__)

#: payments that are planned and proved together
PIECE = 1000


class FinancePaymentLedgerBulk(models.AbstractModel):
    """Books many payments by copying rows of a few that Odoo made, posted and reconciled (K-34).

    As with the lines of a large statement (``finance.bank.ledger.bulk``): a few payments of each shape are made by
    the ORM; the rules of ``ledger.payment`` must explain every column of them, and every change of what they paid,
    before the others are written as copies with these rules. What is not usual (another currency, a part of a
    document, a discount, a credit note, taxes on the payment, a closed period) or not proved is left to the ORM.
    """

    _inherit = "finance.payment.ledger"

    @api.model
    def _book_all(self, lines, method):
        """OVERRIDE"""
        if not self.env["finance.bank.ledger"]._is_many(len(lines)):
            return super()._book_all(lines, method)
        obstacle = self.env["finance.payment.ledger.bulk.safety"]._obstacle(lines.journal_id)
        outstanding = self._outstanding(lines.order_id, method)
        if not obstacle and not outstanding:
            obstacle = "payments have no entry"
        if obstacle:
            _logger.info("order %s is booked by the ORM: %s", lines.order_id.id, obstacle)
            return super()._book_all(lines, method)
        payments = self.env["account.payment"]
        for start in range(0, len(lines), PIECE):
            payments |= self._book_piece(lines[start : start + PIECE], method, outstanding)
        return payments

    @api.model
    def _book_piece(self, lines, method, outstanding):
        """:return: payments of the lines, most of them copied where that is proved"""
        self.env.flush_all()
        # nothing changes any more what the plans say of the items
        self.env["finance.bank.settlement"]._lock_items(lines.item_ids.move_line_id.ids)
        batch = PaymentBatch(self, lines, method, outstanding)
        payments = batch.by_orm(batch.first)
        payments |= batch.by_orm(batch.prove())
        return payments | (batch.copy_proved() or batch.by_orm(batch.copies))
