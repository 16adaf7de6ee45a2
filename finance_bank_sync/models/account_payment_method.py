from odoo import api, models


class AccountPaymentMethod(models.Model):
    _inherit = "account.payment.method"

    @api.model
    def _get_payment_method_information(self):
        """EXTENDS account: payment orders are paid from bank accounts, in any currency."""
        information = super()._get_payment_method_information()
        return {**information, "finance_transfer": {"mode": "multi", "type": ("bank",)}}


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _default_outbound_payment_methods(self):
        """EXTENDS account: a new bank account can pay by order at once."""
        methods = super()._default_outbound_payment_methods()
        if self.type == "bank":
            method = self.env.ref("finance_bank_sync.account_payment_method_transfer", raise_if_not_found=False)
            methods |= method or methods
        return methods
