from odoo import api, fields, models


class FinanceStatutoryFile(models.Model):
    """A file of a statutory extract; the bytes are a payload, written and read in pieces."""

    _name = "finance.statutory.file"
    _description = "File of an Extract"
    _order = "extract_id desc, id"
    _allow_sudo_commands = False

    extract_id = fields.Many2one(
        "finance.statutory.extract", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    name = fields.Char(required=True, readonly=True)
    size = fields.Integer(string="Bytes", compute="_compute_size")
    sha256 = fields.Char(string="SHA-256", readonly=True)
    payload_id = fields.Many2one("finance.payload", required=True, readonly=True, ondelete="restrict")

    @api.depends("payload_id")
    def _compute_size(self):
        for file in self:
            file.size = file.sudo().payload_id.size  # sudo: payloads have no rights of their own

    def action_download(self):
        """Download the file."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/finance/statutory/file/{self.id}", "target": "download"}
