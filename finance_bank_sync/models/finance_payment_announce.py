"""Debtors are told of amount and day before money is collected from them (pre-notification)."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.notice import notice

from ..const import CREATOR

TEMPLATE = "finance_bank_sync.mail_template_debit_announcement"


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    has_to_announce = fields.Boolean(compute="_compute_has_to_announce")

    @api.depends("line_ids.announced_on", "line_ids.mandate_id")
    def _compute_has_to_announce(self):
        for order in self:
            order.has_to_announce = any(line.mandate_id and not line.announced_on for line in order.line_ids)

    def action_announce(self):
        """Send each debtor who was not told yet a mail of amount, day and mandate."""
        self._announcing()
        lines = self._to_announce()
        reachable = lines.filtered(lambda line: line.partner_id.email)
        template = self.env.ref(TEMPLATE).sudo()  # sudo: the text is the company's, whoever sends it
        for start in range(0, len(reachable), 50):
            template.send_mail_batch(reachable[start : start + 50].ids)
        reachable._announced(self.env._("By mail"))
        missing = lines - reachable
        if missing:
            return notice(
                self.env._(
                    "No mail address: %s. Tell them by letter, and press Told Otherwise.",
                    ", ".join(missing.partner_id.mapped("display_name")[:10]),
                ),
                "warning",
                title=self.env._("Not everybody was told"),
                sticky=True,
            )
        return True

    def action_announced_otherwise(self):
        """Note that the debtors were told today by letter or telephone."""
        self._announcing()
        self._to_announce()._announced(self.env._("Otherwise"))
        return True

    def _announcing(self):
        self.ensure_one()
        self.check_access("write")
        self.env["finance.message"]._check_role(CREATOR)
        if self.direction != "debit" or self.state != "draft":
            raise UserError(self.env._("Debtors are told while the order is a draft: then nothing changes any more."))

    def _to_announce(self):
        lines = self.line_ids.filtered(lambda line: line.mandate_id and not line.announced_on)
        if not lines:
            raise UserError(self.env._("Every debtor was told already."))
        return lines


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def _announced(self, how):
        """Note that the debtors of these were told today."""
        lines = self.sudo()  # sudo: written by steps alone
        lines.write({"announced_on": fields.Date.context_today(self)})
        now = self.env.cr.now().replace(microsecond=0)
        self.env["finance.mandate.event"].sudo().create(  # sudo: evidence is written by code alone
            [
                # a draft may go again, that the debtor was told stays
                {
                    **line._event_values(),
                    "line_id": False,
                    "kind": "announced",
                    "at": now,
                    "user_id": self.env.uid,
                    "reason": how,
                }
                for line in lines
            ]
        )

    def _announced_by_invoice(self):
        """:return: day on which the last of the invoices went to the debtor; False: one was not sent"""
        moves = self.item_ids.move_id
        if not moves or not all(move.is_move_sent for move in moves):
            return False
        return max(move.invoice_date for move in moves)
