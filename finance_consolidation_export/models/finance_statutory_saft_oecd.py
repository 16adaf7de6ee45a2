from odoo import fields, models

from ..extracts.saft_oecd import Oecd


class FinanceStatutorySaftOecd(models.AbstractModel):
    _name = "finance.statutory.saft.oecd"
    _inherit = "finance.statutory.saft"
    _description = "SAF-T of the OECD"

    _writer = Oecd


class FinanceStatutoryExtract(models.Model):
    _inherit = "finance.statutory.extract"

    kind = fields.Selection(
        selection_add=[("finance.statutory.saft.oecd", "SAF-T, OECD 2.0")],
        ondelete={"finance.statutory.saft.oecd": "cascade"},
    )


class FinanceStatutoryGrouping(models.Model):
    _inherit = "finance.statutory.grouping"

    profile = fields.Selection(
        selection_add=[("oecd_200", "SAF-T, OECD 2.0")],
        ondelete={"oecd_200": "cascade"},
    )
