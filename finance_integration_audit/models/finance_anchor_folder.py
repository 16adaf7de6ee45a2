from odoo import api, models

from ..trail.witness import read_heads


class FinanceAnchorFolder(models.AbstractModel):
    """A folder, best one that can be written once: the folder to deliver to of a connection."""

    _name = "finance.anchor.folder"
    _description = "Anchor: Folder"
    _inherit = ["finance.anchor.adapter"]

    @api.model
    def _publish(self, anchor, checkpoint):
        text = checkpoint._signed().text()
        connection = anchor.connection_id
        adapter = self.env["finance.adapter.folder"]
        told = adapter._send_file(connection, None, self._file_name(checkpoint), [text.encode()])
        return f"{connection.folder_out}/{told.name} sha256:{told.sha256}"

    @api.model
    def _heads(self, anchor):
        adapter = self.env["finance.adapter.folder"]
        folder = adapter._folder(anchor.connection_id.new({"folder_path": anchor.connection_id.folder_out}))
        return read_heads(folder.waiting("head-*.txt"))
