import os
from pathlib import Path

from odoo import api, fields, models
from odoo.tools import config

from ..transports.folder import Folder

#: folders below which connections may watch, separated by the path separator of the system
ROOTS_VARIABLE = "FINANCE_FOLDER_ROOTS"


class FinanceAdapterFolder(models.AbstractModel):
    """A watched folder on the server or on a share mounted there."""

    _name = "finance.adapter.folder"
    _inherit = "finance.adapter"
    _description = "Watched Folder"

    _supports = frozenset({"fetch", "check"})

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
    def _check(self, connection):
        count = self._folder(connection).check()
        return self.env._("The folder can be read; %s files are waiting.", count)

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
    file_pattern = fields.Char(
        string="File names",
        default="*",
        help="Patterns separated by commas, e.g. *.xml, *.zip. Unfinished uploads are skipped.",
    )

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"folder_path", "folder_processed"}
