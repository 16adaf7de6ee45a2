from odoo import models

from ..canonical import AnalyticAccount, AnalyticPlan
from .finance_master_guard import Mastered


class FinanceMasterAnalyticPlan(models.AbstractModel):
    _name = "finance.master.analytic.plan"
    _inherit = "finance.master"
    _description = "Analytic Plans"

    _canonical = AnalyticPlan
    _records = "account.analytic.plan"
    _pairs = {"name": "name", "parent": "parent_id"}


class AccountAnalyticPlan(Mastered, models.Model):
    _inherit = "account.analytic.plan"
    _master = "finance.master.analytic.plan"


class FinanceMasterAnalyticAccount(models.AbstractModel):
    _name = "finance.master.analytic.account"
    _inherit = "finance.master"
    _description = "Analytic Accounts (Cost Centres)"

    _canonical = AnalyticAccount
    _records = "account.analytic.account"
    _pairs = {"name": "name", "code": "code", "plan": "plan_id", "partner": "partner_id"}


class AccountAnalyticAccount(Mastered, models.Model):
    _inherit = "account.analytic.account"
    _master = "finance.master.analytic.account"
