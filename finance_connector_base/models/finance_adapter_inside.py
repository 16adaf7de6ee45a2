from odoo import api, fields, models


class FinanceAdapterInside(models.AbstractModel):
    """No other system: what a company's processes do inside Odoo, with the same queue and the same worklist."""

    _name = "finance.adapter.inside"
    _inherit = "finance.adapter"
    _description = "Inside Odoo"

    @api.model
    def _check(self, connection):
        return self.env._("Nothing to reach: the work is done inside Odoo.")


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.inside", "Inside Odoo")], ondelete={"finance.adapter.inside": "cascade"}
    )
