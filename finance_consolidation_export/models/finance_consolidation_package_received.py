from odoo import models

from ..const import ACCOUNTANT


class FinanceConsolidationPackage(models.Model):
    """Packages of companies whose books are elsewhere: loaded from a file, or received from another database (C-16)."""

    _inherit = "finance.consolidation.package"

    def _check_loading(self):
        """:raise AccessError: the person takes no part; :raise UserError: nothing can be loaded now"""
        self.ensure_one()
        self._check_role(ACCOUNTANT)
        self._check_state("draft", "approved")

    def action_load(self):
        """Open the dialog that takes the file of a company outside this database."""
        self._check_loading()
        wizard = self.env["finance.consolidation.load.wizard"].with_context(default_package_id=self.id).create({})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Load Balances"),
            "res_model": "finance.consolidation.load.wizard",
            "view_mode": "form",
            # it is there before files are chosen: each belongs to a line of it
            "res_id": wizard.id,
            "target": "new",
        }
