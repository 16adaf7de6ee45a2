"""What people or the bank said was not executed, and was: nothing that pays the same again leaves unseen (K-10)."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..payments import progress
from .finance_payment_order import BOUND

#: problems of a payment that was thought not to have been made
_AFTER_ALL = (progress.DECIDED_OTHERWISE, progress.REJECTED_BUT_EXECUTED)
#: nothing was paid, or it came back
_OVER = (progress.REJECTED, progress.CANCELLED, progress.RETURNED_STATE)


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def _stood(self, before, after):
        # EXTENDS
        result = super()._stood(before, after)
        if before in (progress.REJECTED, progress.CANCELLED) and after not in _OVER:
            self._stop_others()
        return result

    def _stop_others(self):
        """Payments that would pay the same as these again: what is approved is void, whoever has the others is told."""
        # sudo: whoever brings the answer; people of the other orders are told
        lines = self.sudo()
        items = lines.item_ids.move_line_id
        others = lines.resubmitted_ids | lines.search([("item_ids.move_line_id", "in", items.ids)])
        others = (others - lines).filtered(lambda line: line.state not in _OVER and line.order_id.state != "cancelled")
        for order in others.order_id:
            told = self.env._(
                "It pays again what was executed after all: %s. Take it out, ask the payee, or ask the bank to cancel.",
                ", ".join(lines.order_id.mapped("name")),
            )
            if order.state in BOUND:
                order._void(told)
            order.attention = told
            order._alarm(told)


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _paid_after_all(self):
        """:return: name of an order whose payment was executed after all and is paid again by this one, or nothing"""
        self.ensure_one()
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                WITH mine AS (
                    SELECT id, resubmit_of_id FROM finance_payment_line
                     WHERE order_id = %s AND COALESCE(duplicate_reason, '') = ''),
                same AS (
                    SELECT resubmit_of_id AS id FROM mine WHERE resubmit_of_id IS NOT NULL
                    UNION
                    SELECT theirs.line_id FROM mine
                      JOIN finance_payment_item ours ON ours.line_id = mine.id
                      JOIN finance_payment_item theirs
                        ON theirs.move_line_id = ours.move_line_id AND theirs.line_id <> mine.id)
                SELECT o.name FROM same
                  JOIN finance_payment_line p ON p.id = same.id AND p.state NOT IN %s
                  JOIN finance_payment_order o ON o.id = p.order_id
                  LEFT JOIN account_payment booked ON booked.id = p.payment_id
                    -- people may have put right what the bank said; in the ledger it did not take place
                 WHERE booked.state IN ('rejected', 'canceled') OR string_to_array(p.problems, ' ') && %s::text[]
                 LIMIT 1
                """,
                self.id,
                _OVER,
                list(_AFTER_ALL),
            )
        )
        return found[0][0] if found else None

    def _paid_again(self):
        name = self._paid_after_all()
        return name and self.env._(
            "It pays again what was executed after all: %s. Take it out, or give a reason to pay it nevertheless.", name
        )

    def _release_checks(self):
        # EXTENDS
        result = super()._release_checks()
        problem = self._paid_again()
        if problem:
            raise UserError(problem)
        return result

    def _sending_problem(self, message):
        # EXTENDS: it may have become known between release and sending
        return super()._sending_problem(message) or self._paid_again()
