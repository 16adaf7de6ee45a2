from odoo import api, models
from odoo.fields import Command

from ..canonical import Account
from .finance_master_guard import Mastered


class FinanceMasterAccount(models.AbstractModel):
    _name = "finance.master.account"
    _inherit = "finance.master"
    _description = "Chart of Accounts"

    _canonical = Account
    _records = "account.account"
    _pairs = {
        "code": "code",
        "name": "name",
        "account_type": "account_type",
        "reconcile": "reconcile",
        "currency": ("currency_id", "name"),
    }
    _natural_key = "code"

    @api.model
    def _company_of(self, record):
        # sudo: which companies use an account decides whose policies count
        companies = record.sudo().company_ids
        return companies if len(companies) == 1 else companies.browse()

    @api.model
    def _defaults(self, obj, connection):
        return {"company_ids": [Command.set(connection.company_id.ids)]}


class AccountAccount(Mastered, models.Model):
    _inherit = "account.account"
    _master = "finance.master.account"
