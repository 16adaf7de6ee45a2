import dataclasses

from odoo import api, fields, models

from ..payments import mandates
from ..payments.model import Amendment, Mandate

#: told to the debtor beforehand: another amount or day is announced anew
_ANNOUNCED = frozenset(("amount", "date", "mandate_id", "partner_id"))


class FinancePaymentLine(models.Model):
    """What a collection has besides a payment: the mandate, its sequence, and that the debtor was told."""

    _inherit = "finance.payment.line"

    mandate_id = fields.Many2one(
        "finance.mandate",
        check_company=True,
        domain="[('commercial_partner_id', 'parent_of', partner_id), ('state', '=', 'active'),"
        " ('company_id', '=', company_id)]",
        ondelete="restrict",
        index="btree_not_null",
    )
    sequence_type = fields.Selection(
        [("FRST", "First"), ("RCUR", "Recurrent"), ("OOFF", "One collection"), ("FNAL", "Last")],
        string="Sequence type",
        readonly=True,
        copy=False,
        help="Out of the history of the mandate, when the order is proposed.",
    )
    announced_on = fields.Date(readonly=True, copy=False, help="When the debtor was told of amount and day.")
    direction = fields.Selection(related="order_id.direction")
    refund_until = fields.Date(
        compute="_compute_refund_until", help="So long the debtor gets the money back without a reason."
    )
    # the mandate as the bank is told it, and what of it is told as changed
    mandate_told = fields.Json(readonly=True, copy=False, groups="base.group_system")
    mandate_change = fields.Json(readonly=True, copy=False, groups="base.group_system")

    _payment_protected = frozenset(("sequence_type", "announced_on", "mandate_told", "mandate_change"))

    @api.depends("mandate_id.scheme", "date", "order_id.requested_date", "state")
    def _compute_refund_until(self):
        for line in self:
            is_paid = line.state == "settled" and line.mandate_id
            line.refund_until = is_paid and mandates.refund_until(line.mandate_id._terms(), line._due())

    def write(self, vals):
        """EXTENDS: what is collected otherwise than announced is announced anew."""
        result = super().write(vals)
        if _ANNOUNCED & vals.keys() and not self.env.su:
            self._forget_announcement()
        return result

    def _forget_announcement(self):
        # sudo: written by steps alone
        self.sudo().filtered("announced_on").write({"announced_on": False})

    def _due(self):
        """:return: day of the collection"""
        return self.date or self.order_id.requested_date

    def _event_values(self):
        """:return: what each row of the mandate's history says about a collection"""
        return {
            "mandate_id": self.mandate_id.id,
            "company_id": self.company_id.id,
            "line_id": self.id,
            "due": self._due(),
            "sequence_type": self.sequence_type,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
        }

    def _payment_values(self):
        # EXTENDS
        values = super()._payment_values()
        if self.order_id.direction == "debit" and self.mandate_id.signed_on:
            change = self.mandate_change and Amendment(**self.mandate_change)
            values["mandate"] = Mandate(
                reference=self.mandate_id.reference, signed_on=self.mandate_id.signed_on, amendment=change or None
            )
        return values

    def _stood(self, before, after):
        # EXTENDS
        result = super()._stood(before, after)
        collected = self.filtered("mandate_id")
        if collected:
            self.env["finance.mandate"]._happened(collected, after)
        return result


def as_json(change):
    """:return: an :class:`..payments.model.Amendment` as it is kept, False for none"""
    return dataclasses.asdict(change) if change else False
