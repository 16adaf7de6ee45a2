from odoo import api, models

from ..canonical import ABSENT, Currency, Rate
from .finance_master_guard import Mastered


class FinanceMasterCurrency(models.AbstractModel):
    _name = "finance.master.currency"
    _inherit = "finance.master"
    _description = "Currencies"

    _canonical = Currency
    _records = "res.currency"
    _pairs = {"code": "name", "symbol": "symbol", "full_name": "full_name"}
    _natural_key = "code"


class ResCurrency(Mastered, models.Model):
    _inherit = "res.currency"
    _master = "finance.master.currency"


class FinanceMasterRate(models.AbstractModel):
    _name = "finance.master.rate"
    _inherit = "finance.master"
    _description = "Currency Rates"

    _canonical = Rate
    _records = "res.currency.rate"
    _pairs = {"currency": ("currency_id", "name"), "day": "name", "rate": "company_rate"}

    @api.model
    def _odoo_fields(self):
        # three ways to write the same figure
        return {**super()._odoo_fields(), "rate": "rate", "inverse_company_rate": "rate"}

    @api.model
    def _match(self, obj, connection):
        # Odoo keeps one rate a day, currency and company
        if ABSENT in (obj.currency, obj.day):
            return self.env[self._records]
        # sudo: looked up by the engine for the company of the connection
        return (
            self.env[self._records]
            .sudo()
            .search(
                [
                    ("currency_id", "=", self._by_code("currency", "currency_id", "name", obj.currency)),
                    ("name", "=", obj.day),
                    ("company_id", "=", connection.company_id.root_id.id),
                ],
                limit=1,
            )
        )

    @api.model
    def _defaults(self, obj, connection):
        # Odoo keeps rates at the root of a tree of branches
        return {"company_id": connection.company_id.root_id.id}

    @api.model
    def _belongs(self, records, company):
        return records.filtered(lambda rate: rate.company_id in (company.root_id, rate.env["res.company"]))


class ResCurrencyRate(Mastered, models.Model):
    _inherit = "res.currency.rate"
    _master = "finance.master.rate"
