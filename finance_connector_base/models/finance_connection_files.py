from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..transports.files import FileRules


class FinanceConnection(models.Model):
    """When a file that waits on the other side is complete, and where it goes when it is not what it should be."""

    _inherit = "finance.connection"

    fetches_files = fields.Boolean(compute="_compute_fetches_files")
    file_marker = fields.Char(
        string="Complete when there is",
        help="Ending of an empty file that the sender puts beside a file once it is complete, e.g. .done for "
        "statement.xml.done or statement.done. Empty: a file is complete when its size and time do not change.",
    )
    file_checksum = fields.Selection(
        [
            ("if_there", "When there is one"),
            ("required", "Always: a file without one waits"),
            ("never", "Not compared"),
        ],
        string="Checksum",
        default="if_there",
        required=True,
        help="Delivered beside a file as statement.xml.sha256, .sha512 or .md5.",
    )
    file_rejected = fields.Char(
        string="Move refused files to",
        default="rejected",
        help="Files whose checksum is wrong go there, with the checksum. Empty: they stay where they are.",
    )

    @api.depends("adapter")
    def _compute_fetches_files(self):
        known = self.env.registry.descendants(["finance.adapter"], "_inherit")
        for connection in self:
            name = connection.adapter
            connection.fetches_files = name in known and "fetch" in self.env[name]._supports

    @api.constrains("file_marker")
    def _check_file_marker(self):
        for connection in self:
            marker = connection.file_marker or ""
            if marker and (not marker.startswith(".") or len(marker) < 2 or "/" in marker or "*" in marker):
                raise ValidationError(
                    self.env._("%s: the ending of the file that says complete begins with a dot, e.g. .done", marker)
                )

    def _file_rules(self):
        """:return: the :class:`~..transports.files.FileRules` of this connection"""
        self.ensure_one()
        connection = self.sudo()  # sudo: engine code runs for any role
        return FileRules(marker=connection.file_marker or "", checksums=connection.file_checksum or "if_there")
