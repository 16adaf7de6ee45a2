"""Mails to those who have to do the next step of an order, besides their activity, where the company wants them."""

from odoo import fields, models
from odoo.fields import Command

TEMPLATE = "finance_bank_sync.mail_template_payment_task"


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _tell_next(self):
        # EXTENDS: Odoo's own mail about the activity would be a second one about the same
        wanted = self.sudo().filtered("company_id.finance_payment_mails")  # sudo: a setting of the company
        result = super(FinancePaymentOrder, self - wanted)._tell_next()
        super(FinancePaymentOrder, wanted.with_context(mail_activity_quick_update=True))._tell_next()
        for order in wanted:
            order._mail_next()
        return result

    def _mail_next(self):
        """Write to each who can do the next step, in their language."""
        self.ensure_one()
        template = self.env.ref(TEMPLATE, raise_if_not_found=False)
        people = self._next_people()[0].filtered("email")
        if not template or not people:
            return
        for user in people - self.env.user:
            told = self.with_context(lang=user.lang)
            template.with_context(lang=user.lang, finance_task=told._next_people()[1]).send_mail(
                self.id,
                email_values={"recipient_ids": [Command.link(user.partner_id.id)], "email_to": False},
            )


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_payment_mails = fields.Boolean(
        string="Mail whoever has to decide about payments",
        help="Besides the activity: a mail by the template 'Payments: somebody has to decide', with the total of the "
        "order and a way to it. Of a confidential order it has the number alone.",
    )
