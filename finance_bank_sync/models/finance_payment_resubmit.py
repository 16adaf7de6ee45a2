from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..const import CREATOR
from ..payments import progress

#: nothing was paid, or it came back
OVER = (progress.REJECTED, progress.CANCELLED, progress.RETURNED_STATE)
#: what the new order takes from the old one
_SAME = ("currency_id", "urgency", "category_purpose", "batch_booking")


#: payments that are looked at, to say whether some can be made anew
_LOOKED_AT = 200


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    may_resubmit = fields.Boolean(compute="_compute_may_resubmit")

    @api.depends_context("uid")
    @api.depends("state", "line_ids.state", "line_ids.resubmitted_ids.state")
    def _compute_may_resubmit(self):
        is_creator = self.env.user.has_group(CREATOR)
        for order in self:
            order.may_resubmit = is_creator and any(order._failed(_LOOKED_AT).mapped("can_resubmit"))

    def _failed(self, limit=None):
        """:return: payments of it that were not made, or came back"""
        domain = [("order_id", "=", self.id), ("state", "in", OVER)]
        return self.env["finance.payment.line"].search(domain, limit=limit)

    def action_resubmit(self):
        """Make what did not go through anew, in an order of its own, to be corrected and approved again (K-13)."""
        self._check_group(CREATOR)
        lines = self._failed().filtered("can_resubmit")
        if not lines:
            raise UserError(self.env._("Every payment of %s went through, or is made anew already.", self.display_name))
        return lines.action_resubmit()


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    resubmitted_ids = fields.One2many("finance.payment.line", "resubmit_of_id", string="Corrected by", readonly=True)
    can_resubmit = fields.Boolean(compute="_compute_can_resubmit")

    @api.depends("state", "problems", "resubmitted_ids.state")
    def _compute_can_resubmit(self):
        for line in self:
            alive = line.resubmitted_ids.filtered(lambda new: new.state not in OVER)
            line.can_resubmit = line.state in OVER and not line.problems and not alive

    def action_resubmit(self):
        """Make a new order with new payments instead of these, to be corrected and approved again (K-13).

        The routes are asked anew: the way may have been what was wrong, or cannot be used now.
        """
        self.env["finance.message"]._check_role(CREATOR)
        self.check_access("write")
        wrong = self.filtered(lambda line: not line.can_resubmit)
        if wrong or len(self.order_id) != 1:
            raise UserError(
                self.env._(
                    "Choose payments of one order that were rejected, cancelled or came back, and are not made anew."
                )
            )
        return self._resubmit()._get_records_action()

    def _resubmit(self):
        """:return: the new order, one for each way: new payments with ids of their own, which know what they correct"""
        ways = defaultdict(self.browse)
        for line, way in zip(self, self.env["finance.payment.run"]._ways_anew(self), strict=True):
            ways[way] |= line
        return self.env["finance.payment.order"].union(*(lines._resubmit_by(way) for way, lines in ways.items()))

    def _resubmit_by(self, way):
        """:param way: :class:`.finance_payment_run.Way`"""
        old = self.order_id
        flow = self.env["finance.flow"].browse(way.flow_id)
        day = self.env["finance.payment.run"]._execution(
            old.company_id, flow, old.urgency, fields.Date.context_today(self)
        )
        values = {name: old._fields[name].convert_to_write(old[name], old) for name in _SAME}
        values |= {"journal_id": way.journal_id, "profile": way.profile, "version": way.version, "flow_id": flow.id}
        if way.profile == old.profile:
            # who bears the charges is said in the words of the profile
            values["charges"] = old.charges
        order = self.env["finance.payment.order"].create(
            {**values, "company_id": old.company_id.id, "direction": old.direction, "requested_date": day.day}
        )
        if old.is_confidential:
            order.sudo().is_confidential = True  # sudo: as the old one
        lines = self.create([line._resubmitted_values(order) for line in self])
        for line, new in zip(self, lines, strict=True):
            new.sudo().resubmit_of_id = line  # sudo: written here alone
        order.message_post(body=self.env._("Corrects payments of %s.", old._get_html_link()))
        if (order.journal_id, order.flow_id, order.profile) != (old.journal_id, old.flow_id, old.profile):
            order.message_post(body=self.env._("The payment routes lead another way by now. %s", way.note).strip())
        return order

    def _resubmitted_values(self, order):
        self.ensure_one()
        for item in self.item_ids:
            open_amount = abs(item.move_line_id.amount_residual_currency)
            if self.currency_id.compare_amounts(open_amount, abs(item.amount + item.discount)) < 0:
                raise UserError(self.env._("%s is not open any more: it was paid.", item.move_id.display_name))
        return {
            "order_id": order.id,
            "partner_id": self.partner_id.id,
            "partner_bank_id": self.partner_bank_id.id,
            "amount": self.amount,
            "remittance": self.remittance,
            "reference_type": self.reference_type,
            "reference": self.reference,
            "purpose": self.purpose,
            "item_ids": [
                Command.create({"move_line_id": item.move_line_id.id, "amount": item.amount, "discount": item.discount})
                for item in self.item_ids
            ],
        }
