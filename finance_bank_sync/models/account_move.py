from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def unlink(self):
        """EXTENDS account: the database deletes the bank line together with its entry."""
        entries = self.statement_line_id.finance_entry_id.sudo()  # sudo: entries are written by nobody
        result = super().unlink()
        entries._release()
        return result
