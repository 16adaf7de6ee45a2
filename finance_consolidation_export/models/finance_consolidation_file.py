from odoo import api, fields, models


class FinanceConsolidationFile(models.Model):
    """A file of an approved package: the balances of a cut, with their manifest.

    The bytes are a payload: written and read in pieces, so that no file has to fit into memory.
    """

    _name = "finance.consolidation.file"
    _description = "File of a Package"
    _order = "package_id desc, id"
    _allow_sudo_commands = False

    package_id = fields.Many2one(
        "finance.consolidation.package", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="package_id.company_id", store=True, index=True)
    cut_id = fields.Many2one("finance.consolidation.cut", required=True, readonly=True, ondelete="restrict")
    is_changes = fields.Boolean(
        string="Changes only", readonly=True, help="What has changed since the version before; otherwise the whole."
    )
    name = fields.Char(required=True, readonly=True)
    rows = fields.Integer(readonly=True)
    size = fields.Integer(string="Bytes", compute="_compute_size")
    sha256 = fields.Char(string="SHA-256", readonly=True)
    manifest = fields.Text(readonly=True)
    payload_id = fields.Many2one("finance.payload", required=True, readonly=True, ondelete="restrict")

    @api.depends("payload_id")
    def _compute_size(self):
        for file in self:
            file.size = file.sudo().payload_id.size  # sudo: payloads have no rights of their own

    def action_download(self):
        """Download the balances."""
        return self._link("")

    def action_download_manifest(self):
        """Download what proves them: control totals, fingerprint, mapping, rates, people."""
        return self._link("/manifest")

    def _link(self, what):
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/finance/group/file/{self.id}{what}", "target": "download"}
