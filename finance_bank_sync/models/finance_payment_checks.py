"""What stands against an order besides the bank's rules: paid already, or not open any more (K-10)."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import CREATOR
from .finance_payment_order import BOUND, OPEN


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _propose_checks(self):
        """EXTENDS: documents that are paid by now, payments that were made already, a journal that cannot pay."""
        issues = super()._propose_checks() + self._closed_items() + self._duplicates()
        try:
            self.env["finance.payment.ledger"]._method(self.sudo())  # sudo: how the journal is set up
        except UserError as error:
            issues.append(self._issue("payment_method", str(error), self.env._("Open the journal and add it")))
        return issues

    def _release_checks(self):
        """EXTENDS: between approval and release somebody may have paid."""
        result = super()._release_checks()
        wrong = [issue for issue in self._closed_items() + self._duplicates() if issue["severity"] == "error"]
        if wrong:
            raise UserError(self._told(wrong))
        return result

    def _issue(self, code, message, fix, *, line_id=False, place="", severity="error"):
        return {
            "code": code,
            "place": place,
            "message": message.rstrip("."),
            "fix": fix.rstrip("."),
            "line_id": line_id,
            "severity": severity,
        }

    def _closed_items(self):
        """:return: issues about documents of which less is open than would be paid

        Once it is released its own payments close them: of those that it still claims something else did.
        """
        self.ensure_one()
        self.env.flush_all()
        is_released = self.state not in (*OPEN, *BOUND)
        found = self.env.execute_query(
            SQL(
                """
                SELECT i.line_id, m.name FROM finance_payment_item i
                  JOIN finance_payment_line l ON l.id = i.line_id
                  JOIN account_move_line a ON a.id = i.move_line_id
                  JOIN account_move m ON m.id = a.move_id
                  -- payments by hand that have no entry: the bank's booking will close the document
                  LEFT JOIN LATERAL (
                        SELECT sum(p.amount) AS amount FROM account_move__account_payment r
                          JOIN account_payment p ON p.id = r.payment_id AND p.move_id IS NULL
                               AND p.state IN ('in_process', 'paid') AND p.currency_id = a.currency_id
                         WHERE r.invoice_id = m.id AND NOT EXISTS (
                               SELECT FROM finance_payment_line o WHERE o.payment_id = p.id)) waiting ON TRUE
                 WHERE l.order_id = %(order)s AND (i.claims OR NOT %(is_released)s)
                   AND (a.parent_state <> 'posted' OR a.reconciled IS TRUE
                        OR abs(a.amount_residual_currency) - COALESCE(waiting.amount, 0)
                           < abs(i.amount + COALESCE(i.discount, 0)))
                 ORDER BY i.line_id, i.id
                """,
                order=self.id,
                is_released=is_released,
            )
        )
        return [
            self._issue(
                "item_closed",
                self.env._("Less of %s is open by now than would be paid", name),
                self.env._("Take the payment out, or correct its amount"),
                line_id=line_id,
                place="item_ids",
            )
            for line_id, name in found
        ]

    def _duplicates(self):
        """:return: issues about payments that were made already; a warning where a person said why"""
        self.ensure_one()
        if self.direction != "transfer":
            return []
        duplicates = self.env["finance.payment.duplicates"]
        order = self.sudo()  # sudo: compared with everything, whoever proposes
        lines = order.line_ids
        found = duplicates._find(
            order.company_id,
            [
                duplicates._probe(
                    line.id,
                    partner_id=line.partner_id.id,
                    number=line.partner_bank_id.sanitized_acc_number,
                    amount=line._decimal(line.amount),
                    currency=line.currency_id,
                    text=line.reference or line.remittance,
                    line=line,
                )
                for line in lines
            ],
        )
        return [
            self._issue(
                "duplicate",
                self.env._("Paid already, it seems: %s", found[line.id])
                + (f" ({line.duplicate_reason})" if line.duplicate_reason else ""),
                self.env._("Take it out, or press Pay Nevertheless and say why"),
                line_id=line.id,
                severity="warning" if line.duplicate_reason else "error",
            )
            for line in lines
            if line.id in found
        ]

    def action_pay_nevertheless(self):
        """Ask why the payments of it are made that look like ones that were made already."""
        self._check_group(CREATOR)
        ids = [issue["line_id"] for issue in self._duplicates() if issue["severity"] == "error"]
        if not ids:
            raise UserError(self.env._("Nothing in %s looks like a payment that was made already.", self.display_name))
        return self.line_ids.browse(ids).action_pay_nevertheless()


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def action_pay_nevertheless(self):
        """Ask why payments are made that look like ones that were made already."""
        self.env["finance.message"]._check_role(CREATOR)
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pay Nevertheless"),
            "res_model": "finance.payment.override.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": [(6, 0, self.ids)]},
        }
