from dateutil.relativedelta import relativedelta

from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import FinanceError

from ..const import MANAGER

#: days in which a currency was used, so that its rates are wanted
USED_DAYS = 90


class FinanceExpensePolicy(models.Model):
    """Somebody is told of a rate that is missing before reports wait for it (E-21)."""

    _name = "finance.expense.policy"
    _inherit = ["finance.expense.policy", "mail.activity.mixin"]

    @api.model
    def _cron_rates(self):
        """Look for gaps in the rates of currencies that are in use; a task for each, done when the rate is there."""
        today = self.env.cr.now().date()
        # sudo: the scheduled action
        for company, policies in self.sudo().search([("active", "=", True)]).grouped("company_id").items():
            policy = policies[0]
            for currency in policy._used_currencies(today):
                try:
                    self.env["finance.expense.rates"]._rate(company, currency, today, policy)
                except FinanceError as error:
                    policy._tell_gap(currency, error.detail)
                else:
                    policy._gap_tasks(currency).unlink()

    def _used_currencies(self, today):
        """:return: currencies of late reports and card payments of the company"""
        self.ensure_one()
        since = today - relativedelta(days=USED_DAYS)
        # sudo: which currencies there are
        reports = self.env["finance.expense.report"].sudo()
        cards = self.env["finance.card.transaction"].sudo()
        mine = ("company_id", "=", self.company_id.id)
        found = [
            *reports._read_group([mine, ("approved_at", ">=", since)], ["currency_id"]),
            *cards._read_group([mine, ("settled_on", ">=", since)], ["currency_id"]),
        ]
        used = self.env["res.currency"].union(*(currency for (currency,) in found))
        return used.filtered("active") - self.company_id.currency_id

    def _gap_tasks(self, currency):
        return self.activity_ids.filtered(lambda task: task.summary == self._gap_words(currency))

    def _gap_words(self, currency):
        return self.env._("No rate of exchange: %s", currency.name)

    def _tell_gap(self, currency, detail):
        if self._gap_tasks(currency):
            return
        user = self._rate_keeper()
        if user:
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=self._gap_words(currency), note=detail, user_id=user.id
            )

    def _rate_keeper(self):
        """:return: who is told: named on the policy, who has made it, or a manager of expenses"""
        company = self.company_id
        managers = self.env.ref(MANAGER).sudo().all_user_ids  # sudo: who has a role
        users = [self.card_user_id, self.create_uid, *managers.sorted("id")]
        return next((one for one in users if one.active and not one.share and company in one.company_ids), None)
