from odoo import fields, models

from odoo.addons.finance_connector_base.engine.errors import TransientError


class FinanceAdapterTest(models.AbstractModel):
    """An adapter that reaches nothing and fails when told so by the name of the connection."""

    _name = "finance.adapter.test"
    _inherit = "finance.adapter"
    _description = "Test Adapter"

    _supports = frozenset({"fetch", "check"})

    def _check(self, connection):
        if "unreachable" in connection.name:
            raise TransientError("Nobody answers.")
        return "Reached."

    def _fetch_files(self, connection, flow):
        return iter(())


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.test", "Test")], ondelete={"finance.adapter.test": "cascade"}
    )
