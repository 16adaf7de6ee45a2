from odoo import fields, models


class FinanceConsolidationMember(models.Model):
    """What an account or a member of a dimension was called when the package was built."""

    _name = "finance.consolidation.member"
    _description = "Member of a Dimension in a Package"
    _log_access = False
    _order = "dimension_id, code, id"
    _allow_sudo_commands = False

    package_id = fields.Many2one(
        "finance.consolidation.package", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    dimension_id = fields.Many2one(
        "finance.consolidation.dimension", readonly=True, ondelete="restrict", help="Empty: an account of the company."
    )
    res_id = fields.Integer(string="Record", readonly=True, required=True)
    code = fields.Char(readonly=True, required=True)
    name = fields.Char(readonly=True)

    _once = models.UniqueIndex("(package_id, COALESCE(dimension_id, 0), res_id)", "It is named once in a package.")
