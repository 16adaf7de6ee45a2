from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceExpensePolicy(models.Model):
    _inherit = "finance.expense.policy"

    twin_days = fields.Integer(
        string="Days between twins",
        default=3,
        aggregator=None,
        help="Most days that may lie between an expense on the platform and one entered in Odoo for them to be one.",
    )

    @api.constrains("twin_days")
    def _check_twin_days(self):
        for policy in self:
            if policy.twin_days < 0:
                raise ValidationError(self.env._("Days between twins are not negative."))
