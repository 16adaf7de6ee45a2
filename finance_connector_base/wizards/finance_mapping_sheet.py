import base64
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import STEWARD
from ..engine import spreadsheet

#: column -> field; the titles are data, the same in every language
COLUMNS = {
    "Id": "id",
    "Kind": "domain_id",
    "Rule": "operation",
    "Code": "code",
    "Name": "label",
    "Record id": "res_id",
    "Odoo record": "record_name",
    "Connection": "connection_id",
    "Company": "company_id",
    "Conditions": "qualifier",
    "Valid from": "valid_from",
    "Valid to": "valid_to",
}
DATES = ("valid_from", "valid_to")


class FinanceMappingSheet(models.TransientModel):
    """Mappings out to a spreadsheet and back: what comes in is a draft, never more."""

    _name = "finance.mapping.sheet"
    _description = "Mappings as a Spreadsheet"

    domain_id = fields.Many2one("finance.mapping.domain", string="Kind", help="Empty: all kinds.")
    content = fields.Binary(string="Spreadsheet (XLSX or CSV)", attachment=False)
    content_name = fields.Char()
    export = fields.Binary(readonly=True, attachment=False)
    export_name = fields.Char(readonly=True)
    report = fields.Text(readonly=True)

    def action_export(self):
        """Write the mappings in use and the drafts; an empty sheet is the template."""
        return self._export("xlsx")

    def action_export_csv(self):
        """The same as CSV."""
        return self._export("csv")

    def _export(self, kind):
        self.ensure_one()
        self._check_steward()
        domain = [("state", "in", ["active", "draft"])]
        if self.domain_id:
            domain.append(("domain_id", "=", self.domain_id.id))
        mappings = self.env["finance.mapping"].search(domain, limit=spreadsheet.MAX_ROWS - 1)
        rows = [self._row(mapping) for mapping in mappings]
        if kind == "xlsx":
            content = spreadsheet.write_xlsx("Mappings", list(COLUMNS), rows)
        else:
            content = spreadsheet.write_csv(list(COLUMNS), rows)
        self.write({"export": base64.b64encode(content), "export_name": f"mappings.{kind}"})
        return self._reopen()

    @api.model
    def _row(self, mapping):
        values = []
        for name in COLUMNS.values():
            value = mapping[name]
            if isinstance(value, models.BaseModel):
                value = (value.code if name == "domain_id" else value.name) or None
            values.append(None if value is False or value == "" else value)
        return values

    def action_import(self):
        """Make a draft of every new or changed row, of several a change set; one mistake and nothing is made."""
        self.ensure_one()
        self._check_steward()
        if not self.content:
            raise UserError(self.env._("Choose a file."))
        try:
            lines = spreadsheet.read(base64.b64decode(self.content), self.content_name or "")
        except spreadsheet.SheetError as error:
            raise UserError(
                self.env._("This is no spreadsheet that can be read (%s). Use XLSX, or CSV in UTF-8.", str(error))
            ) from error
        drafts, mistakes = self.env["finance.mapping"], []
        with self.env.cr.savepoint(flush=True) as savepoint:
            for line in lines:
                try:
                    drafts |= self._import_line(line)
                except _Mistake as mistake:
                    mistakes.append(self._place(line, mistake.column, str(mistake)))
                except (UserError, ValidationError) as error:
                    mistakes.append(self._place(line, None, str(error)))
            if mistakes:
                savepoint.rollback()
                self.env.invalidate_all(flush=False)
        if mistakes:
            self.report = "\n".join(mistakes)
            return self._reopen()
        sets = drafts._sets_of_import(self.content_name or self.env._("Spreadsheet"))
        if len(sets) == 1 and sets.mapping_ids == drafts:
            return sets._open(sets)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported drafts"),
            "res_model": "finance.mapping",
            "view_mode": "list,form",
            "domain": [("id", "in", drafts.ids)],
            "context": {"group_by": "set_id"} if sets else {},
        }

    def _place(self, line, column, text):
        if column:
            return self.env._(
                "%(sheet)s, row %(row)s, column %(column)s: %(text)s",
                sheet=line.sheet,
                row=line.number,
                column=column,
                text=text,
            )
        return self.env._("%(sheet)s, row %(row)s: %(text)s", sheet=line.sheet, row=line.number, text=text)

    def _import_line(self, line):
        """:return: the draft, empty when the row says what is in use already"""
        values = self._values(line.values)
        mapping = self._known(line.values.get("Id"))
        if mapping and all(self._same(mapping, name, value) for name, value in values.items()):
            return mapping.browse()
        with self.env.cr.savepoint():
            if not mapping:
                return mapping.create(values)
            if mapping.state == "active":
                mapping = mapping.browse(mapping.action_new_version()["res_id"])
            mapping.write(values)
        return mapping

    def _known(self, number):
        mappings = self.env["finance.mapping"]
        if number is None:
            return mappings
        try:
            mapping = mappings.search([("id", "=", int(number))])
        except ValueError:
            mapping = mappings
        if not mapping:
            raise _Mistake("Id", self.env._("There is no mapping %s. Leave it empty for a new one.", number))
        if mapping.state not in ("draft", "active"):
            raise _Mistake("Id", self.env._("Mapping %s is proposed or retired; it cannot be changed.", number))
        return mapping

    @api.model
    def _same(self, mapping, name, value):
        current = mapping[name]
        if isinstance(current, models.BaseModel):
            current = current.id
        return (current or False) == (value or False)

    def _values(self, given):
        text = {title: str(value).strip() for title, value in given.items() if value is not None}
        kinds = self.env["finance.mapping.domain"]
        kind = kinds.search([("code", "=", text.get("Kind"))], limit=1) or self.domain_id
        if not kind:
            raise _Mistake("Kind", self.env._("There is no kind %s.", text.get("Kind", "-")))
        operations = dict(self.env["finance.mapping"]._fields["operation"].selection)
        operation = text.get("Rule", "equals")
        if operation not in operations:
            raise _Mistake("Rule", self.env._("Write one of %s.", ", ".join(operations)))
        if not text.get("Code") and operation != "default":
            raise _Mistake("Code", self.env._("The code is missing."))
        values = {
            "domain_id": kind.id,
            "operation": operation,
            "code": text.get("Code", "*"),
            "label": text.get("Name", False),
            "qualifier": text.get("Conditions", False),
            "connection_id": self._named("Connection", "finance.connection", text),
            "company_id": self._named("Company", "res.company", text),
        }
        for title in ("Valid from", "Valid to"):
            values[COLUMNS[title]] = self._day(title, given.get(title))
        values["res_id"] = self._record(kind, text)
        return values

    def _named(self, title, model, text):
        if title not in text:
            return False
        found = self.env[model].search([("name", "=", text[title])], limit=2)
        if len(found) != 1:
            raise _Mistake(title, self.env._("%s is not known, or not unique.", text[title]))
        return found.id

    def _day(self, title, value):
        if value is None or isinstance(value, date):
            return value or False
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError as error:
            raise _Mistake(title, self.env._("%s is no date; write it as 2026-12-31.", value)) from error

    def _record(self, kind, text):
        """:return: the record of that id if it has that name (or none is given), else the one of the name"""
        name, number = text.get("Odoo record"), text.get("Record id")
        if number and number.isdigit():
            record = self.env[kind.res_model].search([("id", "=", int(number))])
            if record and (not name or record.display_name == name):
                return record.id
            if not name:
                raise _Mistake("Record id", self.env._("There is no record %s.", number))
        if not name:
            return False
        try:
            return self.env["finance.mapping"].new({"domain_id": kind.id})._find_record(name)
        except ValidationError as error:
            raise _Mistake("Odoo record", str(error)) from error

    def _check_steward(self):
        self.env["finance.message"]._check_role(STEWARD)

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mappings as a spreadsheet"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class _Mistake(Exception):
    """A cell that cannot be used."""

    def __init__(self, column, text):
        super().__init__(text)
        self.column = column
