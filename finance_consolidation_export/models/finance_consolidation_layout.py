import io
import json
import tempfile
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..extracts import layout as pure
from ..extracts import xbrl_gl

#: rows that are shown
SHOWN = 15
#: bytes of the begin of a file that its first lines are in
SHOWN_BYTES = 64 << 10
#: what the exported layout is
FORMAT = "finance-consolidation-layout/1"
#: fields of the layout and of a column that are in the exported one
PORTABLE = (
    *("name", "kind", "cut_code", "separator", "quotes_all", "encoding", "line_end", "decimal_mark", "has_header"),
    *("before", "after", "omits_zero", "adds_up", "cuts", "guards"),
)
PORTABLE_COLUMN = (
    *("sequence", "title", "source", "text", "sign", "has_decimals", "decimals", "dates", "width", "align", "pad"),
    "sort",
)
MARKS = {"comma": ",", "point": "."}
SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t", "pipe": "|"}
LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
ENDINGS = {"csv": "csv", "fixed": "txt", "xlsx": "xlsx", "xbrl_gl": "xbrl"}


class FinanceConsolidationLayout(models.Model):
    """How a package is written for a platform that is no other's: columns and their form, chosen in a form (C-14)."""

    _name = "finance.consolidation.layout"
    _description = "Layout of a Package"
    _order = "name, id"

    name = fields.Char(required=True, translate=False)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("csv", "CSV"), ("fixed", "Fixed width"), ("xlsx", "Excel"), ("xbrl_gl", "XBRL GL trial balance")],
        string="File",
        required=True,
        default="csv",
        help="XBRL GL has a form of its own: it needs no columns.",
    )
    cut_code = fields.Char(string="Cut", help="Code of the cut that is written. Empty: the balances by account.")
    separator = fields.Selection(
        [("semicolon", "Semicolon"), ("comma", "Comma"), ("tab", "Tabulator"), ("pipe", "Vertical bar")],
        required=True,
        default="semicolon",
    )
    quotes_all = fields.Boolean(string="All values in quotes")
    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("utf-8-sig", "UTF-8 with byte order mark"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Windows-1252"),
            ("iso8859-15", "ISO 8859-15"),
            ("ascii", "ASCII"),
        ],
        required=True,
        default="utf-8",
    )
    line_end = fields.Selection(
        [("crlf", "CR LF"), ("lf", "LF")], string="Lines end with", required=True, default="crlf"
    )
    decimal_mark = fields.Selection([("point", "Point"), ("comma", "Comma")], required=True, default="point")
    has_header = fields.Boolean(string="Titles in the first row", default=True)
    before = fields.Char(
        string="Line above",
        help="A text above everything, e.g. HEADER;{batch_id};{rows}. Names in braces are replaced.",
    )
    after = fields.Char(string="Line below", help="A text below everything, e.g. TRAILER;{rows};{debit};{credit}")
    omits_zero = fields.Boolean(string="Without rows of zeros")
    adds_up = fields.Boolean(
        string="Add up like rows", help="Rows that differ in nothing but their amounts become one."
    )
    cuts = fields.Boolean(string="Cut long texts", help="Otherwise a text that is too long for its width is an error.")
    guards = fields.Boolean(
        string="Disarm formulas",
        default=True,
        help="An apostrophe in front of texts that a spreadsheet would take for a formula.",
    )
    column_ids = fields.One2many("finance.consolidation.layout.column", "layout_id", string="Columns", copy=True)
    preview_package_id = fields.Many2one(
        "finance.consolidation.package",
        string="Shown with",
        compute="_compute_preview_package_id",
        readonly=False,
        store=False,
    )
    preview = fields.Text(compute="_compute_preview", help="The first rows of the file.")

    _name_once = models.UniqueIndex("(name)", "There is a layout of this name.")

    # -- what it is ----------------------------------------------------------------------------

    def _pure(self):
        """:return: the :class:`~..extracts.layout.Layout`"""
        self.ensure_one()
        columns = self.column_ids.sorted(lambda column: (column.sequence, column.id or column._origin.id or 0))
        ordered = columns.filtered("sort").sorted("sort")
        return pure.Layout(
            columns=tuple(column._pure() for column in columns),
            kind=self.kind or "csv",
            separator=SEPARATORS[self.separator or "semicolon"],
            quotes_all=self.quotes_all,
            encoding=self.encoding or "utf-8",
            line_end=LINE_ENDS[self.line_end or "crlf"],
            decimal_mark=MARKS[self.decimal_mark or "point"],
            has_header=self.has_header,
            before=self.before or "",
            after=self.after or "",
            order=tuple(column.title for column in ordered),
            omits_zero=self.omits_zero,
            adds_up=self.adds_up,
            cuts=self.cuts,
            guards=self.guards,
        )

    @api.constrains(*PORTABLE, "column_ids")
    def _check_layout(self):
        for layout in self.filtered(lambda layout: layout.column_ids and layout.kind != "xbrl_gl"):
            try:
                pure.check(layout._pure())
            except pure.LayoutError as error:
                raise ValidationError(self.env._("%(name)s: %(why)s", name=layout.name, why=error)) from error

    # -- write ---------------------------------------------------------------------------------

    def _write_package(self, package, packages, stream):
        """Write a package as this layout has it.

        :param package: the package whose names, period and cut count
        :param packages: ids of the packages whose rows are added up: ``package._chain()`` for the whole,
            ``package.ids`` for its changes
        :param stream: binary, takes the file
        :return: :class:`~..extracts.layout.Written`
        :raise UserError: the package does not fit; says where
        """
        self.ensure_one()
        try:
            cut = self._cut_of(package)
            balances = package._balances(cut, packages)
            if self.kind == "xbrl_gl":
                return xbrl_gl.write(package._head(), balances, package._dimensions_of(cut).mapped("code"), stream)
            return pure.write(self._pure(), package._head(), balances, stream)
        except pure.LayoutError as error:
            raise UserError(self.env._("%(name)s: %(why)s", name=self.name, why=error)) from error

    def _cut_of(self, package):
        if not self.cut_code:
            return package._base()
        cut = package._cuts().filtered(lambda one: one.code == self.cut_code)
        if not cut:
            raise pure.LayoutError(f"{package.name} has no cut {self.cut_code}.")
        return cut[:1]

    def _file_name(self, package):
        return f"{package.name}-{''.join(one if one.isalnum() else '_' for one in self.name)}.{ENDINGS[self.kind]}"

    def action_download(self):
        """Download the package that is shown, in this layout."""
        self.ensure_one()
        self.check_access("read")
        # what the form sends along: the field is not stored
        package = self.env["finance.consolidation.package"].browse(self.env.context.get("package_id"))
        package = package.exists() or self.preview_package_id
        package.check_access("read")
        if not package.built_at:
            raise UserError(self.env._("Choose a package that was built."))
        # before the browser leaves: what does not fit is told on the screen, and not by a page of the server
        name = self._file_name(package)
        with self._file_of(package) as stream:
            payload = self.env["finance.payload"]._store(stream, company=package.company_id, name=name)
        # sudo: nobody writes such files directly; the person may read the package
        files = self.env["finance.consolidation.layout.file"].sudo()
        file = files.create({"name": name, "package_id": package.id, "payload_id": payload.id})
        return {"type": "ir.actions.act_url", "url": f"/finance/group/layout/file/{file.id}", "target": "download"}

    def _file_of(self, package):
        """Write a package as this layout has it, whole.

        :return: the file at its begin, the caller's to close
        :raise UserError: see :meth:`_write_package`
        """
        stream = tempfile.TemporaryFile(prefix="finance-layout-")
        try:
            self._write_package(package, package._chain(), stream)
        except BaseException:
            stream.close()
            raise
        stream.seek(0)
        return stream

    def _download(self, name, content):
        attachment = self.env["ir.attachment"].create({"name": name, "raw": content})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    # -- look at it ----------------------------------------------------------------------------

    def _compute_preview_package_id(self):
        built = [("built_at", "!=", False), ("state", "!=", "cancelled")]
        self.preview_package_id = self.env["finance.consolidation.package"].search(built, limit=1)

    @api.depends(
        *PORTABLE, "preview_package_id", *(f"column_ids.{name}" for name in PORTABLE_COLUMN if name != "layout_id")
    )
    def _compute_preview(self):
        for layout in self:
            layout.preview = layout._preview()

    def _preview(self):
        package = self.preview_package_id._origin
        if not package or (not self.column_ids and self.kind != "xbrl_gl"):
            return False
        if self.kind == "xbrl_gl":
            return self._preview_xbrl_gl(package)
        shown = self._pure()
        if shown.kind == "xlsx":
            # as a table of texts
            shown = replace(shown, kind="csv", separator="\t", decimal_mark=".", guards=False, encoding="utf-8")
        stream = io.BytesIO()
        try:
            balances = package._balances(self._cut_of(package), package._chain())
            pure.write(shown, package._head(), self._first(balances), stream)
        except pure.LayoutError as error:
            return str(error)
        lines = stream.getvalue().decode(shown.encoding).splitlines()
        return "\n".join(lines[: SHOWN + 3])

    def _preview_xbrl_gl(self, package):
        stream = xbrl_gl.Begin(SHOWN_BYTES)
        try:
            self._write_package(package, package._chain(), stream)
        except UserError as error:
            return str(error)
        return xbrl_gl.readable(bytes(stream.kept), SHOWN * 4)

    @api.model
    def _first(self, balances):
        """Rows for a look: enough of them to show what is left out or added up."""
        for number, balance in enumerate(balances):
            if number == SHOWN * 4:
                balances.close()
                return
            yield balance

    # -- from and to other databases -----------------------------------------------------------

    def action_export(self):
        """Download the layout, for another database."""
        self.ensure_one()
        self.check_access("read")
        content = {
            "format": FORMAT,
            **{name: self[name] for name in PORTABLE},
            "columns": [{name: column[name] for name in PORTABLE_COLUMN} for column in self.column_ids],
        }
        return self._download(f"{self.name}.json", json.dumps(content, ensure_ascii=False, indent=1).encode())

    @api.model
    def _import(self, content):
        """Make a layout from an exported one.

        :param content: dict, as it was read
        :raise UserError: it is none
        """
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise UserError(self.env._("This is no layout of a package."))
        columns = content.get("columns")
        if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
            raise UserError(self.env._("This is no layout of a package."))
        values = self._known(self, content, PORTABLE)
        name, number = values.get("name") or self.env._("Layout"), 1
        while self.with_context(active_test=False).search_count([("name", "=", values.get("name"))], limit=1):
            number += 1
            values["name"] = f"{name} ({number})"
        line = self.env["finance.consolidation.layout.column"]
        values["column_ids"] = [Command.create(self._known(line, column, PORTABLE_COLUMN)) for column in columns]
        return self.create(values)

    @api.model
    def _known(self, model, content, names):
        """:return: the values of these fields, each of the kind that the field has"""
        values = {}
        for name in names:
            if name not in content:
                continue
            field, value = model._fields[name], content[name]
            kinds = {"boolean": bool, "integer": int}.get(field.type, str)
            if value is False and kinds is str:
                value = ""
            wrong = not isinstance(value, kinds) or (kinds is int and isinstance(value, bool))
            if field.type == "selection" and value:
                wrong = value not in field.get_values(self.env)
            if wrong:
                raise UserError(self.env._("%(name)s: this value is not known: %(value)s", name=name, value=value))
            values[name] = value or False if field.type == "selection" else value
        return values
