import base64
import io
from contextlib import ExitStack

from odoo import fields, models
from odoo.exceptions import UserError

from ..balances.neutral_reader import UnreadableError, read, read_manifest


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
        package.action_load()
        lines = self.line_ids.filtered("file")
        if not lines:
            raise UserError(self.env._("Choose the file with the balances by account."))
        try:
            with ExitStack() as opened:
                files = [(line.cut_id.code, *line._read(opened)) for line in lines]
                names = [line.file_name or line.cut_id.name for line in lines]
                loaded = self.env["finance.consolidation.receiver"]._keep(files, source=", ".join(names))
        except UnreadableError as error:
            raise UserError(str(error)) from None
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.consolidation.package",
            "view_mode": "form",
            "res_id": loaded.id,
        }


class FinanceConsolidationLoadWizardLine(models.TransientModel):
    """The file of one cut."""

    _name = "finance.consolidation.load.wizard.line"
    _description = "File of Balances"

    wizard_id = fields.Many2one("finance.consolidation.load.wizard", required=True, ondelete="cascade")
    cut_id = fields.Many2one("finance.consolidation.cut", required=True, readonly=True)
    file = fields.Binary(string="Balances (CSV)", attachment=False)
    file_name = fields.Char()
    manifest = fields.Binary(string="Manifest (JSON)", attachment=False)
    manifest_name = fields.Char()

    def _read(self, opened):
        """Read the file and see that it is of the company and period of the package.

        :param opened: an ``ExitStack``, closes what is read
        :return: codes of the dimensions or None, :class:`~..balances.neutral_reader.Reading`
        """
        package = self.wizard_id.package_id
        try:
            manifest = read_manifest(base64.b64decode(self.manifest)) if self.manifest else None
            reading = opened.enter_context(read(io.BytesIO(base64.b64decode(self.file)), manifest))
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
