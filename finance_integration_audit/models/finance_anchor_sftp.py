from odoo import api, models

from odoo.addons.finance_connector_base.transports import sftp

from ..trail.witness import read_heads


class FinanceAnchorSftp(models.AbstractModel):
    """A folder of an SFTP server that somebody else runs."""

    _name = "finance.anchor.sftp"
    _description = "Anchor: SFTP"
    _inherit = ["finance.anchor.adapter"]

    @api.model
    def _publish(self, anchor, checkpoint):
        text = checkpoint._signed().text()
        connection = anchor.connection_id
        adapter = self.env["finance.adapter.sftp"]
        told = adapter._send_file(connection, None, self._file_name(checkpoint), [text.encode()])
        return f"sftp://{connection.sftp_host}/{connection.sftp_out}/{told.name} sha256:{told.sha256}"

    @api.model
    def _heads(self, anchor):
        connection = anchor.connection_id
        with sftp.session(self.env["finance.adapter.sftp"]._server(connection)) as session:
            return read_heads(session.waiting(connection.sftp_out, "head-*.txt"))
