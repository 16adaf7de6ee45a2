from odoo import fields, models

from ..extracts.saft_norway import Norway


class FinanceStatutorySaftNorway(models.AbstractModel):
    _name = "finance.statutory.saft.norway"
    _inherit = "finance.statutory.saft"
    _description = "SAF-T Financial, Norway"

    _writer = Norway


class FinanceStatutoryExtract(models.Model):
    _inherit = "finance.statutory.extract"

    kind = fields.Selection(
        selection_add=[("finance.statutory.saft.norway", "SAF-T Financial, Norway 1.30")],
        ondelete={"finance.statutory.saft.norway": "cascade"},
    )
