from decimal import Decimal

from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.engine.once import once

from ..posting.plan import Rate


class FinanceExpenseRates(models.AbstractModel):
    """Rates of exchange that expenses are booked with (E-08, E-21)."""

    _name = "finance.expense.rates"
    _description = "Rates of Expenses"

    @api.model
    def _rate(self, company, currency, day, policy):
        """:return: (:class:`Rate`, day it is of, where it is from)
        :raise FinanceError: there is none, or it is too old (E-08, E-21)
        """
        key = (self._name, company.id, currency.id, day, policy.rate_days)
        return once(key, lambda: self._find(company, currency, day, policy))

    @api.model
    def _find(self, company, currency, day, policy):
        own = company.currency_id
        decimals = own.decimal_places
        if currency == own:
            return Rate(decimals=decimals), day, self.env._("Same currency")
        # sudo: rates are no secret
        rates = self.env["res.currency.rate"].sudo()
        latest = rates.browse()
        for one in currency | own:
            found = rates.search(
                [
                    ("currency_id", "=", one.id),
                    ("company_id", "in", [company.root_id.id, False]),
                    ("name", "<=", day),
                ],
                order="name desc, company_id",
                limit=1,
            )
            # the currency in which rates are given has none
            latest = found if found and (not latest or found.name < latest.name) else latest
        if not latest or (day - latest.name).days > policy.rate_days:
            raise RejectedError(
                self.env._(
                    "There is no rate of %(currency)s to %(own)s for %(day)s, at most %(days)s days old.",
                    currency=currency.name,
                    own=own.name,
                    day=day,
                    days=policy.rate_days,
                ),
                reason="expense_no_rate",
                params={"currency": currency.name, "day": str(day), "company_id": company.id},
                waiting_key=f"expense_rate:{currency.name}",
            )
        value = self.env["res.currency"]._get_conversion_rate(currency, own, company, day)
        return Rate(value=Decimal(repr(value)), decimals=decimals), latest.name, self.env._("Rates of Odoo")
