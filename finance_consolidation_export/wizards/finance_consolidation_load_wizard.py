import os
from contextlib import ExitStack

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..balances.neutral_reader import UnreadableError, read, read_manifest
from ..const import ACCOUNTANT

#: bytes of a file of balances, and of its manifest
LARGEST, LARGEST_MANIFEST = 1 << 30, 1 << 20
#: name of a file -> the field that has its bytes
KEPT = {"file_name": "file_id", "manifest_name": "manifest_id"}


class FinanceConsolidationLoadWizard(models.TransientModel):
    """Takes the file of a company whose books are not in this database, one for each cut (C-16, C-19)."""

    _name = "finance.consolidation.load.wizard"
    _description = "Load Balances"

    package_id = fields.Many2one("finance.consolidation.package", required=True, readonly=True)
    line_ids = fields.One2many(
        "finance.consolidation.load.wizard.line", "wizard_id", default=lambda self: self._default_lines()
    )

    def _default_lines(self):
        package = self.env["finance.consolidation.package"].browse(self.env.context.get("default_package_id"))
        return [(0, 0, {"cut_id": cut.id}) for cut in package.scenario_id.cut_ids]

    def action_load(self):
        """Read the files and keep their balances; the package checks what they lack."""
        self.ensure_one()
        package = self.package_id
        package._check_loading()
        lines = self.line_ids.filtered("file_name")
        if not lines:
            raise UserError(self.env._("Choose the file with the balances by account."))
        try:
            with ExitStack() as opened:
                files = [(line.cut_id.code, *line._read(opened)) for line in lines]
                names = [line.file_name or line.cut_id.name for line in lines]
                loaded = self.env["finance.consolidation.receiver"]._keep(files, source=", ".join(names))
        except UnreadableError as error:
            raise UserError(str(error)) from None
        self.line_ids._forget()
        if loaded == package:
            # its form is behind the dialog
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.consolidation.package",
            "view_mode": "form",
            "res_id": loaded.id,
        }

    def unlink(self):
        self.line_ids.unlink()
        return super().unlink()


class FinanceConsolidationLoadWizardLine(models.TransientModel):
    """The file of one cut."""

    _name = "finance.consolidation.load.wizard.line"
    _description = "File of Balances"

    wizard_id = fields.Many2one("finance.consolidation.load.wizard", required=True, ondelete="cascade")
    cut_id = fields.Many2one("finance.consolidation.cut", required=True, readonly=True)
    file_name = fields.Char(string="Balances (CSV)", readonly=True)
    file_id = fields.Many2one("finance.payload", readonly=True, ondelete="restrict")
    manifest_name = fields.Char(string="Manifest (JSON)", readonly=True)
    manifest_id = fields.Many2one("finance.payload", readonly=True, ondelete="restrict")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._entered(values) for values in vals_list])

    def write(self, vals):
        return super().write(self._entered(vals))

    def _entered(self, values):
        """:return: the values without files, which come by their own way"""
        kept = {*KEPT, *KEPT.values()}
        return values if self.env.su else {name: value for name, value in values.items() if name not in kept}

    def unlink(self):
        self._forget()
        return super().unlink()

    def _forget(self):
        """Delete the bytes: what was loaded is in the package."""
        lines = self.sudo()  # sudo: payloads have no rights of their own
        payloads = lines.file_id | lines.manifest_id
        lines.write({name: False for name in (*KEPT, *KEPT.values())})
        payloads.unlink()

    def _take(self, what, name, stream):
        """Keep a file that was sent, piece by piece; another one takes its place.

        :param what: ``file_name`` or ``manifest_name``
        :param stream: at its begin, can be sought
        :raise UserError: it is too large
        """
        self.ensure_one()
        self.env["finance.message"]._check_role(ACCOUNTANT)
        most = LARGEST if what == "file_name" else LARGEST_MANIFEST
        size = stream.seek(0, os.SEEK_END) or stream.tell()
        stream.seek(0)
        if size > most:
            raise UserError(
                self.env._(
                    "%(file)s has %(size)s MB, and at most %(most)s MB are taken. Is it the right one?",
                    file=name,
                    size=size >> 20,
                    most=most >> 20,
                )
            )
        payload = self.env["finance.payload"]._store(stream, company=self.wizard_id.package_id.company_id, name=name)
        line = self.sudo()  # sudo: payloads have no rights of their own; the role was checked
        before = line[KEPT[what]]
        line.write({what: name, KEPT[what]: payload.id})
        before.unlink()

    def _read(self, opened):
        """Read the file and see that it is of the company and period of the package.

        :param opened: an ``ExitStack``, closes what is read
        :return: codes of the dimensions or None, :class:`~..balances.neutral_reader.Reading`
        """
        package = self.wizard_id.package_id
        line = self.sudo()  # sudo: payloads have no rights of their own; who takes part in the close loads files
        try:
            manifest = (
                read_manifest(opened.enter_context(line.manifest_id._open()).read()) if line.manifest_id else None
            )
            reading = opened.enter_context(read(opened.enter_context(line.file_id._open()), manifest))
        except UnreadableError as error:
            raise UserError(self.env._("%(file)s: %(error)s", file=self.file_name, error=error)) from None
        told = reading.told
        expected = (package.entity_id.code, package.scenario_id.code, package.date_from, package.date_to)
        said = (told.entity, told.scenario, told.first, told.last)
        if said != expected:
            raise UserError(
                self.env._(
                    "%(file)s is of %(said)s, and the package of %(expected)s.",
                    file=self.file_name,
                    said=" ".join(map(str, said)),
                    expected=" ".join(map(str, expected)),
                )
            )
        return (manifest or {}).get("dimensions"), reading
