from odoo import api, fields, models


class FinanceAdapterApi(models.AbstractModel):
    """A program that calls us: nothing is fetched from it and nothing sent to it."""

    _name = "finance.adapter.api"
    _inherit = "finance.adapter"
    _description = "Program with Access"

    @api.model
    def _check(self, connection):
        return self.env._("Nothing to reach: the program calls this database.")


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.api", "Program with access")], ondelete={"finance.adapter.api": "cascade"}
    )
