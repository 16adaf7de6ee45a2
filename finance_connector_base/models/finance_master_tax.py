from odoo import api, models

from ..canonical import Tax
from .finance_master_guard import Mastered


class FinanceMasterTax(models.AbstractModel):
    _name = "finance.master.tax"
    _inherit = "finance.master"
    _description = "Taxes"

    _canonical = Tax
    _records = "account.tax"
    _pairs = {
        "name": "name",
        "amount": "amount",
        "amount_type": "amount_type",
        "use": "type_tax_use",
        "description": "description",
    }

    @api.model
    def _scope(self, records):
        # groups of taxes are Odoo's own way to combine what others keep apart
        return records.filtered(lambda tax: tax.amount_type in Tax.kinds()["amount_type"].values)


class AccountTax(Mastered, models.Model):
    _inherit = "account.tax"
    _master = "finance.master.tax"
