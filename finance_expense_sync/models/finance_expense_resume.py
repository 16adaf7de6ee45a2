from odoo import api, models

from odoo.addons.account.models.company import LOCK_DATE_FIELDS


class FinanceExpenseWatched(models.AbstractModel):
    """What reports may wait for (E-10): when such a record is made or changed, they go on; nobody has to think of it.

    Who inherits it says the keys.
    """

    _name = "finance.expense.watched"
    _description = "What Expense Reports Wait For"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._finance_expense_go_on({})
        return records

    def write(self, vals):
        result = super().write(vals)
        self._finance_expense_go_on(vals)
        return result

    def _finance_expense_go_on(self, vals):
        keys = self._finance_expense_keys(vals)
        if keys:
            self.env["finance.message"]._resume_waiting(*keys)

    def _finance_expense_keys(self, vals):
        """Say what waits for these records; OVERRIDE where it is not that they are active again.

        :param vals: what was written; empty for new records
        :return: list of waiting keys
        """
        codes = self.env["finance.expense.codes"]
        return [codes._active_key(record) for record in self] if vals.get("active") else []


class AccountAccount(models.Model):
    _name = "account.account"
    _inherit = ["account.account", "finance.expense.watched"]


class AccountAnalyticAccount(models.Model):
    _name = "account.analytic.account"
    _inherit = ["account.analytic.account", "finance.expense.watched"]


class AccountTax(models.Model):
    _name = "account.tax"
    _inherit = ["account.tax", "finance.expense.watched"]


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "finance.expense.watched"]


class ResCurrency(models.Model):
    _name = "res.currency"
    _inherit = ["res.currency", "finance.expense.watched"]

    def _finance_expense_keys(self, vals):
        return [f"expense_currency:{one.name}" for one in self] if vals.get("active") else []


class ResCurrencyRate(models.Model):
    _name = "res.currency.rate"
    _inherit = ["res.currency.rate", "finance.expense.watched"]

    def _finance_expense_keys(self, vals):
        return [f"expense_rate:{one.name}" for one in self.currency_id]


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "finance.expense.watched"]

    def _finance_expense_keys(self, vals):
        return [f"expense_period:{one.id}" for one in self.root_id] if set(LOCK_DATE_FIELDS) & vals.keys() else []


class AccountLockException(models.Model):
    _name = "account.lock_exception"
    _inherit = ["account.lock_exception", "finance.expense.watched"]

    def _finance_expense_keys(self, vals):
        return [f"expense_period:{one.id}" for one in self.company_id.root_id]


class FinanceExpensePolicy(models.Model):
    _name = "finance.expense.policy"
    _inherit = ["finance.expense.policy", "finance.expense.watched"]

    def _finance_expense_keys(self, vals):
        return [f"expense_policy:{one.id}" for one in self.company_id]


class FinanceExpenseIntercompany(models.Model):
    _name = "finance.expense.intercompany"
    _inherit = ["finance.expense.intercompany", "finance.expense.watched"]

    def _finance_expense_keys(self, vals):
        return [f"expense_intercompany:{one.company_id.id}:{one.other_id.id}" for one in self]
