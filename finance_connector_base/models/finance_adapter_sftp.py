from odoo import api, fields, models

from ..engine.errors import RejectedError
from ..transports import sftp


class FinanceAdapterSftp(models.AbstractModel):
    """An SFTP server, typically the file transfer server of a bank."""

    _name = "finance.adapter.sftp"
    _inherit = "finance.adapter"
    _description = "SFTP"

    _supports = frozenset({"fetch", "check", "send_files"})

    @api.model
    def _server(self, connection):
        if not (connection.sftp_host and connection.sftp_username):
            raise RejectedError(
                self.env._("Enter host and user of the SFTP server on the connection."), reason="connection_incomplete"
            )
        keys = set(connection.secret_ids.mapped("key"))
        by_key = "private_key" in keys
        return sftp.SftpServer(
            host=connection.sftp_host,
            port=connection.sftp_port,
            username=connection.sftp_username,
            host_key=connection.sftp_host_key or "",
            password=None if by_key else connection._secret("password"),
            private_key=connection._secret("private_key") if by_key else None,
            passphrase=connection._secret("passphrase") if by_key and "passphrase" in keys else None,
            hosts=connection._allowed_hosts(),
        )

    @api.model
    def _check(self, connection):
        with sftp.session(self._server(connection)) as session:
            count = sum(1 for _file in session.waiting(connection.sftp_inbox or ".", connection.file_pattern or ""))
        return self.env._("The server answers and its host key is the pinned one; %s files are waiting.", count)

    @api.model
    def _fetch_files(self, connection, flow):
        with sftp.session(self._server(connection)) as session:
            yield from session.waiting(
                connection.sftp_inbox or ".", connection.file_pattern or "", connection._file_rules()
            )

    @api.model
    def _archive_files(self, connection, flow, stamps):
        with sftp.session(self._server(connection)) as session:
            return session.archive(connection.sftp_inbox or ".", connection.sftp_processed or "processed", stamps)

    @api.model
    def _reject_files(self, connection, flow, stamps):
        if connection.file_rejected:
            with sftp.session(self._server(connection)) as session:
                session.archive(connection.sftp_inbox or ".", connection.file_rejected, stamps)

    @api.model
    def _send_file(self, connection, flow, name, pieces):
        if not connection.sftp_out:
            raise RejectedError(
                self.env._("Enter on the connection which folder of the server takes our files."),
                reason="connection_incomplete",
            )
        with sftp.session(self._server(connection)) as session:
            return session.put(connection.sftp_out, name, pieces)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.sftp", "SFTP")], ondelete={"finance.adapter.sftp": "cascade"}
    )
    sftp_host = fields.Char(string="Host", tracking=True)
    sftp_port = fields.Integer(string="Port", default=22)
    sftp_username = fields.Char(string="User", tracking=True)
    sftp_host_key = fields.Char(
        string="Host key",
        tracking=True,
        help="Fingerprint (SHA256:...) or public key that the bank published. Another key is refused.",
    )
    sftp_inbox = fields.Char(string="Fetch from", default="inbox")
    sftp_processed = fields.Char(string="Move processed files to", default="processed")

    sftp_out = fields.Char(
        string="Deliver to", help="Folder on the server that takes our files. Empty: nothing is delivered."
    )

    def _hosts(self):
        hosts = super()._hosts()
        return [*hosts, self.sftp_host] if self.adapter == "finance.adapter.sftp" and self.sftp_host else hosts

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"sftp_host", "sftp_port", "sftp_username", "sftp_host_key", "sftp_out"}
