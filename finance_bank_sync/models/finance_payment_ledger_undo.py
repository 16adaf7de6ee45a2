from odoo import api, models

from .finance_bank_ledger import QUIET


class FinancePaymentLedger(models.AbstractModel):
    """Takes payments out of the ledger again: what they paid is open, with the reason (K-13, K-14)."""

    _inherit = "finance.payment.ledger"

    @api.model
    def _unbook(self, lines, state):
        """The payments did not take place: cancel their entries, or reverse them where the period is closed.

        :param str state: of Odoo's payment: ``rejected`` or ``canceled``
        """
        payments = lines.sudo().payment_id.with_context(**QUIET)  # sudo: books are kept whoever brings the answer
        payments = payments.filtered(lambda payment: payment.state not in ("rejected", "canceled"))
        closed = payments.filtered(lambda payment: payment.move_id and self._is_closed(payment.move_id))
        (payments - closed).move_id.line_ids.remove_move_reconcile()
        (payments - closed).action_cancel()
        if closed:
            self._reverse(closed)
        payments.state = state

    @api.model
    def _is_closed(self, move):
        locks = move.company_id._get_violated_lock_dates(move.date, False, move.journal_id)
        return bool(locks or move.inalterable_hash or move.need_cancel_request)

    @api.model
    def _reverse(self, payments):
        """Entries that undo those of payments, today; both are reconciled with each other."""
        today = self.env["account.payment"]._fields["date"].context_today(self)
        moves = payments.move_id
        moves._reverse_moves(
            [
                {"date": today, "ref": self.env._("Undoes %(entry)s: %(memo)s", entry=move.name, memo=move.ref or "")}
                for move in moves
            ],
            cancel=True,
        )

    @api.model
    def _give_back(self, lines):
        """The money was paid and came back: the entry is reversed and stays (K-14).

        What the payment paid is open again. Its amount on the outstanding account meets the reversal; where the
        bank's booking is reconciled with it, the booking stays and the return meets the reversal instead.
        """
        # sudo: as above
        payments = lines.sudo().payment_id.with_context(**QUIET)
        payments = payments.filtered(lambda payment: payment.state not in ("rejected", "canceled"))
        today = self.env["account.payment"]._fields["date"].context_today(self)
        for payment in payments.filtered("move_id"):
            liquidity, counterpart, rest = payment._seek_for_lines()
            (counterpart | rest).remove_move_reconcile()
            reversal = payment.move_id._reverse_moves(
                [{"date": today, "ref": self.env._("Came back: %s", payment.memo or payment.name)}]
            )
            reversal._post(soft=False)
            accounts = (counterpart | rest).account_id
            for account in accounts.filtered("reconcile"):
                (payment.move_id | reversal).line_ids.filtered(
                    lambda item, account=account: item.account_id == account and not item.reconciled
                ).reconcile()
            mine = reversal.line_ids.filtered(lambda item, taken=liquidity.account_id: item.account_id == taken)
            if liquidity.account_id.reconcile and not any(liquidity.mapped("reconciled")):
                (liquidity | mine).reconcile()
        payments.state = "rejected"


class FinanceBankSettlement(models.AbstractModel):
    _inherit = "finance.bank.settlement"

    @api.model
    def _settle_return(self, line, suspense, settlement):
        """EXTENDS: the booking of a payment that came back is taken from it; its reversal, made earlier, is left."""
        origin = self.env["account.bank.statement.line"].browse(settlement.origin_line_id)
        items = origin.move_id.line_ids
        met = (items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id) - items
        payments = met.payment_id.filtered(lambda payment: payment.state == "rejected" and payment.move_id)
        result = super()._settle_return(line, suspense, settlement)
        for payment in payments:
            liquidity = payment._seek_for_lines()[0]
            entries = payment.move_id | payment.move_id.reversal_move_ids
            left = entries.line_ids.filtered(
                lambda item, taken=liquidity.account_id: item.account_id == taken and not item.reconciled
            )
            if len(left.move_id) > 1:
                left.reconcile()
        return result
