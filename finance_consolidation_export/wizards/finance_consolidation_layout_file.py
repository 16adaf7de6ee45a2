from odoo import fields, models


class FinanceConsolidationLayoutFile(models.TransientModel):
    """A package as a layout has it: written once, for the person who asked for it, and kept as long as dialogs are."""

    _name = "finance.consolidation.layout.file"
    _description = "File of a Layout"

    name = fields.Char(required=True, readonly=True)
    package_id = fields.Many2one("finance.consolidation.package", required=True, readonly=True, ondelete="cascade")
    payload_id = fields.Many2one("finance.payload", required=True, readonly=True, ondelete="restrict")

    def unlink(self):
        payloads = self.sudo().payload_id  # sudo: payloads have no rights of their own
        done = super().unlink()
        payloads.unlink()
        return done
