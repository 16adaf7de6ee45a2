from odoo import api, fields, models
from odoo.tools import SQL


class FinanceBankRates(models.AbstractModel):
    """Amounts of many currencies in one: the currency of the chosen company, at its rates of a chosen day.

    The day comes with the context (``finance_rate_date``, ISO), because a person chooses it in the
    search bar; without it the rates are those of today.
    """

    _name = "finance.bank.rates"
    _description = "Rates of the Cash View"

    @api.model
    def _rate_day(self):
        chosen = self.env.context.get("finance_rate_date")
        try:
            return fields.Date.to_date(chosen) or fields.Date.context_today(self)
        except (TypeError, ValueError):
            return fields.Date.context_today(self)

    @api.model
    def _rates_query(self):
        """:return: rows (currency_id, factor): an amount of that currency times its factor is in ours"""
        company = self.env.company
        # sudo: rates are Odoo's own, asked for the company the user has chosen
        currencies = self.env["res.currency"].sudo().with_context(active_test=False).search([("name", "!=", False)])
        rates = currencies._get_rates(company, self._rate_day())
        own = rates.get(company.currency_id.id) or 1.0
        rows = [SQL("(%s, %s::numeric)", currency, repr(own / rate)) for currency, rate in rates.items() if rate]
        return SQL(
            "SELECT rate.currency_id::integer, rate.factor FROM (VALUES %s) AS rate (currency_id, factor)",
            SQL(", ").join(rows),
        )

    @api.model
    def _round(self, amount, currency):
        """:param amount: :class:`SQL` of a number; :return: it with the decimals of a currency"""
        return SQL("round((%s)::numeric, %s)", amount, currency.decimal_places)
