from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_duplicate_days = fields.Integer(
        string="Look for payments made twice within (days)",
        default=60,
        help="The same payee, amount and text within so many days is paid again only with a reason.",
    )

    _finance_duplicate_days = models.Constraint(
        "CHECK (finance_duplicate_days BETWEEN 1 AND 1000)", "Payments are compared with those of 1 to 1000 days."
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    finance_duplicate_days = fields.Integer(related="company_id.finance_duplicate_days", readonly=False)
