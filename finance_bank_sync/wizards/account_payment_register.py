from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.finance_payment_by_hand import NEVERTHELESS


class AccountPaymentRegister(models.TransientModel):
    """Paying by hand what a payment order pays (K-10): a warning before its release, a right and a reason after it."""

    _inherit = "account.payment.register"

    finance_orders_text = fields.Text(string="In payment orders", compute="_compute_finance_orders")
    finance_is_in_flight = fields.Boolean(compute="_compute_finance_orders")
    finance_may_pay = fields.Boolean(compute="_compute_finance_orders")
    finance_reason = fields.Char(
        string="Pay nevertheless, because",
        help="It is being paid by an order that has been released: why it is paid by hand as well. "
        "Whoever released the order is told.",
    )

    @api.depends("line_ids")
    def _compute_finance_orders(self):
        by_hand = self.env["finance.payment.by.hand"]
        for wizard in self:
            claims = by_hand._claims(wizard.line_ids.ids)
            wizard.finance_orders_text = "\n".join(dict.fromkeys(by_hand._told(claim) for claim in claims)) or False
            wizard.finance_is_in_flight = bool(by_hand._refused(claims))
            wizard.finance_may_pay = by_hand._may_pay_nevertheless()

    def _create_payments(self):
        """EXTENDS account: of a payment by hand and an order over the same items one pays them."""
        self.ensure_one()
        by_hand = self.env["finance.payment.by.hand"]
        claims = by_hand._claims_to_pay(self.line_ids.ids)
        self._finance_check_open()
        reason, wizard = (self.finance_reason or "").strip(), self
        if reason and by_hand._refused(claims) and by_hand._may_pay_nevertheless():
            wizard = self.with_context(finance_paid_nevertheless=NEVERTHELESS)
        wizard.env["finance.payment.by.hand"]._check(claims)
        payments = super(AccountPaymentRegister, wizard)._create_payments()
        by_hand._paid(claims, reason)
        return payments.with_env(self.env)

    def _finance_check_open(self):
        """:raise UserError: while the dialog was open, an order has paid what it would pay"""
        lines = self.line_ids
        residual = abs(sum(lines.mapped("amount_residual")))
        is_less = self.can_edit_wizard and self.company_currency_id.compare_amounts(self.source_amount, residual) > 0
        if not is_less and not any(lines.mapped("reconciled")):
            return
        # sudo: that an order has paid it, and its number unless it is confidential
        orders = self.env["finance.payment.item"].sudo().search([("move_line_id", "in", lines.ids)]).line_id.order_id
        names = [order.name for order in orders if not order.is_confidential and order.state != "cancelled"]
        raise UserError(
            self.env._(
                "Less is open by now of %(documents)s: paid by %(orders)s. Close the dialog and look again.",
                documents=", ".join(lines.move_id.mapped("display_name")),
                orders=", ".join(names) or self.env._("somebody else"),
            )
        )
