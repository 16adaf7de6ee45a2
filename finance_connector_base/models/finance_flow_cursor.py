from odoo import models


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    def _cursor(self, name):
        """:return: the value last kept under this name, or None"""
        self.ensure_one()
        # sudo: internal rows without access rights, read by the engine
        return self.env["finance.cursor"].sudo().search([("flow_id", "=", self.id), ("name", "=", name)]).value or None

    def _set_cursor(self, name, value):
        """Keep a JSON-able value under a name."""
        self.ensure_one()
        cursors = self.env["finance.cursor"].sudo()  # sudo: internal rows without access rights
        cursor = cursors.search([("flow_id", "=", self.id), ("name", "=", name)])
        if cursor:
            cursor.value = value
        else:
            cursors.create({"flow_id": self.id, "name": name, "value": value})
