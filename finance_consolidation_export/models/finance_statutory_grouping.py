from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceStatutoryGrouping(models.Model):
    """Which accounts and taxes belong to which codes of a country's lists."""

    _name = "finance.statutory.grouping"
    _description = "Code of a Statutory List"
    _order = "profile, kind, prefix, id"

    profile = fields.Selection([("no_130", "SAF-T Financial, Norway 1.30")], required=True, default="no_130")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    kind = fields.Selection([("account", "Accounts"), ("tax", "Tax")], required=True, default="account")
    prefix = fields.Char(string="Account code begins with", help="The longest that fits counts.")
    tax_id = fields.Many2one("account.tax")
    category = fields.Char(help="Category of the list, e.g. salgsinntekt.")
    code = fields.Char(required=True, help="Code of the list, e.g. 3000; of a tax the standard tax code.")

    @api.constrains("kind", "prefix", "tax_id")
    def _check_kind(self):
        for line in self:
            if line.kind == "account" and not line.prefix:
                raise ValidationError(self.env._("Enter with what the codes of the accounts begin."))
            if line.kind == "tax" and not line.tax_id:
                raise ValidationError(self.env._("Choose the tax."))

    @api.model
    def _of_company(self, profile, company):
        """:return: (prefix -> (category, code), tax id -> standard code); those of the company before shared ones"""
        domain = [("profile", "=", profile), ("company_id", "in", [company.id, False])]
        accounts, taxes = {}, {}
        for line in self.search(domain).sorted(lambda one: bool(one.company_id)):
            if line.kind == "account":
                accounts[line.prefix] = (line.category or "", line.code)
            else:
                taxes[line.tax_id.id] = line.code
        return accounts, taxes
