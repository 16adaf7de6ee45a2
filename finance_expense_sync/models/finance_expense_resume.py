from odoo import api, models

from odoo.addons.account.models.company import LOCK_DATE_FIELDS


class FinanceExpenseResume(models.AbstractModel):
    """What waits for something in Odoo goes on when it is there (E-10): nobody has to think of the messages."""

    _name = "finance.expense.resume"
    _description = "Resuming of Expense Reports"

    @api.model
    def _go_on(self, *keys):
        if keys:
            self.env["finance.message"]._resume_waiting(*keys)

    @api.model
    def _activated(self, records, vals):
        if vals.get("active"):
            codes = self.env["finance.expense.codes"]
            self._go_on(*(codes._active_key(record) for record in records))


class AccountAccount(models.Model):
    _inherit = "account.account"

    def write(self, vals):
        result = super().write(vals)
        self.env["finance.expense.resume"]._activated(self, vals)
        return result


class AccountAnalyticAccount(models.Model):
    _inherit = "account.analytic.account"

    def write(self, vals):
        result = super().write(vals)
        self.env["finance.expense.resume"]._activated(self, vals)
        return result


class AccountTax(models.Model):
    _inherit = "account.tax"

    def write(self, vals):
        result = super().write(vals)
        self.env["finance.expense.resume"]._activated(self, vals)
        return result


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        self.env["finance.expense.resume"]._activated(self, vals)
        return result


class ResCurrency(models.Model):
    _inherit = "res.currency"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active"):
            self.env["finance.expense.resume"]._go_on(*(f"expense_currency:{one.name}" for one in self))
        return result


class ResCurrencyRate(models.Model):
    _inherit = "res.currency.rate"

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        rates._finance_expense_go_on()
        return rates

    def write(self, vals):
        result = super().write(vals)
        self._finance_expense_go_on()
        return result

    def _finance_expense_go_on(self):
        self.env["finance.expense.resume"]._go_on(*(f"expense_rate:{one.name}" for one in self.currency_id))


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if set(LOCK_DATE_FIELDS) & vals.keys():
            self._finance_expense_go_on()
        return result

    def _finance_expense_go_on(self):
        self.env["finance.expense.resume"]._go_on(*(f"expense_period:{one.id}" for one in self.root_id))


class AccountLockException(models.Model):
    _inherit = "account.lock_exception"

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions.company_id._finance_expense_go_on()
        return exceptions


class FinanceExpensePolicy(models.Model):
    _inherit = "finance.expense.policy"

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._go_on()
        return policies

    def write(self, vals):
        result = super().write(vals)
        self._go_on()
        return result

    def _go_on(self):
        self.env["finance.expense.resume"]._go_on(*(f"expense_policy:{one.id}" for one in self.company_id))


class FinanceExpenseIntercompany(models.Model):
    _inherit = "finance.expense.intercompany"

    @api.model_create_multi
    def create(self, vals_list):
        pairs = super().create(vals_list)
        pairs._go_on()
        return pairs

    def write(self, vals):
        result = super().write(vals)
        self._go_on()
        return result

    def _go_on(self):
        self.env["finance.expense.resume"]._go_on(
            *(f"expense_intercompany:{one.company_id.id}:{one.other_id.id}" for one in self)
        )
