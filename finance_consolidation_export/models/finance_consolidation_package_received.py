from odoo import models

from ..const import ACCOUNTANT


class FinanceConsolidationPackage(models.Model):
    """Packages of companies whose books are elsewhere: loaded from a file, or received from another database (C-16)."""

    _inherit = "finance.consolidation.package"

    def action_load(self):
        """Open the dialog that takes the file of a company outside this database."""
        self.ensure_one()
        self._check_role(ACCOUNTANT)
        self._check_state("draft", "approved")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Load Balances"),
            "res_model": "finance.consolidation.load.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_package_id": self.id},
        }
