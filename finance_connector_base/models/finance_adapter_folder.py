import os
from pathlib import Path

from odoo import api, fields, models
from odoo.tools import config

from ..transports.folder import Folder
from ..transports.folder_out import OutFolder

#: folders below which connections may watch, separated by the path separator of the system
ROOTS_VARIABLE = "FINANCE_FOLDER_ROOTS"


class FinanceAdapterFolder(models.AbstractModel):
    """A watched folder on the server or on a share mounted there."""

    _name = "finance.adapter.folder"
    _inherit = "finance.adapter"
    _description = "Watched Folder"

    _supports = frozenset({"fetch", "check", "send_files"})

    @api.model
    def _roots(self):
        """Set by whoever runs the server, not in the database: a connector administrator must
        not be able to read arbitrary files of the server."""
        named = os.environ.get(ROOTS_VARIABLE, "")
        return [Path(part) for part in named.split(os.pathsep) if part] or [Path(config["data_dir"]) / "finance"]

    @api.model
    def _folder(self, connection):
        return Folder(connection.folder_path or "", connection.folder_processed or "", self._roots())

    @api.model
    def _out(self, connection):
        return OutFolder(connection.folder_out or "", self._roots())

    @api.model
    def _check(self, connection):
        count = self._folder(connection).check()
        told = self.env._("The folder can be read; %s files are waiting.", count)
        if not connection.folder_out:
            return told
        self._out(connection).check()
        return f"{told} {self.env._('Files can be delivered.')}"

    @api.model
    def _fetch_files(self, connection, flow):
        yield from self._folder(connection).waiting(connection.file_pattern or "", connection._file_rules())

    @api.model
    def _archive_files(self, connection, flow, stamps):
        return self._folder(connection).archive(stamps)

    @api.model
    def _reject_files(self, connection, flow, stamps):
        if connection.file_rejected:
            self._folder(connection).archive(stamps, into=connection.file_rejected)

    @api.model
    def _send_file(self, connection, flow, name, pieces):
        return self._out(connection).put(name, pieces)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.folder", "Watched folder")],
        ondelete={"finance.adapter.folder": "cascade"},
    )
    folder_path = fields.Char(string="Folder")
    folder_processed = fields.Char(
        string="Folder for processed files", help="Empty: a folder named processed inside the watched one."
    )
    folder_out = fields.Char(
        string="Deliver to folder",
        help="Folder in which the other system looks for our files. Empty: nothing is delivered.",
    )
    file_pattern = fields.Char(
        string="File names",
        default="*",
        help="Patterns separated by commas, e.g. *.xml, *.zip. Unfinished uploads are skipped.",
    )

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"folder_path", "folder_processed", "folder_out"}
