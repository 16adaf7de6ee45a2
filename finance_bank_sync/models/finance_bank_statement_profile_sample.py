import base64
import io
from dataclasses import replace
from itertools import islice

from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.finance_connector_base.const import OPERATOR
from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.safe import masking

from ..formats.model import FormatError
from ..formats.sheet.dates import is_month_unsure
from ..formats.sheet.kinds import cells_of, first_rows
from ..formats.sheet.profile import numbered
from ..formats.sheet.sections import header_of
from ..formats.sheet.shape import shape
from ..formats.sheet.statement import statements
from ..formats.sheet.tables import Tables
from ..formats.sheet.workbook import sheet_of
from ..proof import balance
from ..proof.read import proofs
from .finance_bank_statement_profile import COLUMNS

#: rows of the sample that are shown as they stand, and as they are read
RAW_ROWS = 4
PREVIEW_ROWS = 10
#: rows by which columns without names are known
LAYOUT_ROWS = 200
#: rows whose dates are looked at
DATE_ROWS = 80
#: characters of a cell, and cells of a row that are shown
RAW_LENGTH = 40
RAW_CELLS = 30
#: a sample is a few rows; what is larger is a statement to upload
SAMPLE_LIMIT = 2 * 1024**2
#: a sample of that size is read whole whenever the form changes
WHOLE_LIMIT = 256 * 1024


class FinanceBankStatementProfile(models.Model):
    """A sample shows how it is read while the profile is written."""

    _inherit = "finance.bank.statement.profile"

    sample = fields.Binary(attachment=True, help="A file of the bank, to try the profile with.")
    sample_name = fields.Char()
    message_id = fields.Many2one(
        "finance.message",
        string="Received file",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
        help="The file that nothing could read, and for which this profile is.",
    )
    sample_columns = fields.Json(compute="_compute_sample_rows")
    sample_rows = fields.Html(string="The file", compute="_compute_sample_rows", sanitize=False)
    is_month_unsure = fields.Boolean(compute="_compute_is_month_unsure")
    preview = fields.Html(string="As it is read", compute="_compute_preview", sanitize=False)

    def _sample(self):
        """:return: bytes to try the profile with, and whether their texts have to be masked"""
        self.ensure_one()
        content = base64.b64decode(self.with_context(bin_size=False).sample or b"")
        if content:
            return content, False
        message = self.message_id._origin
        if (
            not message
            or not self.env.user.has_group(OPERATOR)
            or not message.has_access("read")
            or message.company_id != self.company_id._origin
        ):
            return b"", True
        # sudo: who may work with the message sees its content masked, as on its own form
        payload = message.sudo().payload_id
        if not payload or payload.size > SAMPLE_LIMIT:
            return b"", True
        try:
            with payload._open() as stream:
                return stream.read(), True
        except FinanceError:
            return b"", True

    # -- the file as it stands -----------------------------------------------------------------

    @api.depends("sample", "message_id", "kind", "sheet", "delimiter", "encoding", "skip_lines", "has_header")
    def _compute_sample_rows(self):
        for profile in self:
            profile.sample_columns, profile.sample_rows = profile._raw()

    def _raw(self):
        """:return: the names that columns can be chosen by, and the first rows as a table"""
        rows = self._rows(RAW_ROWS + 1)
        if not rows:
            return [], Markup("")
        width = min(max(len(cells) for cells in rows), RAW_CELLS)
        if self.has_header:
            head, rows = rows[0][:width], rows[1:]
            names = list(dict.fromkeys(name.strip() for name in head if name.strip()))
        else:
            head = names = [str(number) for number in range(1, width + 1)]
            rows = rows[:RAW_ROWS]
        return names, _table(head, [cells[:width] for cells in rows])

    # -- as it is read -------------------------------------------------------------------------

    @api.depends(
        "sample",
        "message_id",
        "kind",
        "sheet",
        "delimiter",
        "encoding",
        "skip_lines",
        "date_format",
        "column_date",
        "has_header",
    )
    def _compute_is_month_unsure(self):
        for profile in self:
            rows = profile._rows(DATE_ROWS)
            place = numbered((profile.column_date or "").strip(), has_header=profile.has_header)
            header = [cell.strip() for cell in rows[0]] if rows else []
            at = place - 1 if isinstance(place, int) else header.index(place) if place in header else -1
            first = 1 if profile.has_header else 0
            days = [cells[at].strip() for cells in rows[first:] if 0 <= at < len(cells)]
            profile.is_month_unsure = is_month_unsure(days, profile.date_format or "")

    @api.depends("sample", "message_id", "kind", "sheet", "delimiter", "encoding", "skip_lines", "has_header")
    def _compute_layout(self):
        for profile in self:
            content, _is_masked = profile._sample()
            if content and len(content) <= SAMPLE_LIMIT:
                profile.layout = profile._layout(content)
            else:
                profile.layout = profile.layout

    def _layout(self, content):
        """:return: list of what the columns of a sample are"""
        try:
            rows = first_rows(content, cells_of(self._pure()), LAYOUT_ROWS)
        except FormatError:
            return self.layout
        if not rows:
            return self.layout
        return list(header_of(rows[0][1]) if self.has_header else shape([cells for _line, cells in rows]))

    def _rows(self, count):
        """:return: the cells of the first rows of the sample, the header row first; none where they cannot be read"""
        content, is_masked = self._sample()
        if not content or len(content) > SAMPLE_LIMIT:
            return []
        try:
            rows = first_rows(content, cells_of(self._pure()), count)
        except FormatError:
            return []
        return [[masking.mask_text(cell) if is_masked else cell for cell in cells] for _line, cells in rows]

    @api.depends(
        "journal_id", "kind", "sheet", "delimiter", "quote", "encoding", "skip_lines", "has_header",
        "footer_rows", "date_format", "message_id",
        "decimal_mark", "thousands_mark", "amounts", "debit_marker", "credit_marker", "inverted", "sample",
        "more_texts", "fees", "fees_negative", "has_told_balances", "title",
        *(f"column_{role}" for role in COLUMNS),
    )  # fmt: skip
    def _compute_preview(self):
        for profile in self:
            profile.preview = profile._preview()

    def _preview(self):
        content, is_masked = self._sample()
        if not content:
            return Markup('<p class="text-muted">%s</p>') % self.env._("Choose a sample file to see how it is read.")
        pure = self._pure()
        # rows can be looked at before the journal is chosen
        pure = replace(pure, account=pure.account or "0", currency=pure.currency or self.company_id.currency_id.name)
        problem = pure.problem()
        if problem or len(content) > SAMPLE_LIMIT:
            return _alert(problem or self.env._("The sample is too large."))
        rows, said = [], Markup("")
        try:
            if len(content) > WHOLE_LIMIT:
                rows.extend(islice(sheet_of(pure).rows(io.BytesIO(content)), PREVIEW_ROWS))
            else:
                tables = Tables([sheet_of(pure)]).tables(io.BytesIO(content))
                rows = [row for table in tables for row in table.rows[:PREVIEW_ROWS]]
                said = self._preview_proof(tables)
        except FormatError as error:
            said = _alert(str(error), masking.mask_text(error.value or "") if is_masked else error.value)
        return self._preview_table(rows, masking.mask_text if is_masked else str) + said

    def _preview_proof(self, tables):
        """Say what the balances of each statement prove, and which tables are not read."""
        lines = [
            self._proof_line(told.bookings, told.proof, told.opening, told.closing)
            for table in tables
            for told in proofs(statements(table))
        ]
        left = [place for _code, place in tables[0].warnings]
        if left:
            lines.append(_note(self.env._("Not read with this profile: %s", "; ".join(left)), "secondary"))
        return Markup("").join(lines)

    def _proof_line(self, count, proof, opening, closing):
        if proof.state == balance.UNPROVABLE:
            said, kind = self.env._("%s bookings. Nothing proves them: no two balances are told.", count), "info"
        elif proof.state == balance.PROVED:
            said, kind = self.env._(
                "%(opening)s and %(count)s bookings make the closing balance %(closing)s: proved.",
                count=count, opening=_figure(opening), closing=_figure(closing),
            ), "success"  # fmt: skip
        else:
            said, kind = self.env._(
                "%(opening)s and %(count)s bookings do not make the closing balance %(closing)s: "
                "%(difference)s are missing.",
                count=count, opening=_figure(opening), closing=_figure(closing),
                difference=_figure(proof.difference),
            ), "warning"  # fmt: skip
        return _note(said, kind)

    def _preview_table(self, rows, shown):
        if not rows:
            return Markup("")
        return _table(
            [
                self.env._("Line"), self.env._("Date"), self.env._("Counterparty"), self.env._("Text"),
                self.env._("Currency"), self.env._("Amount"), self.env._("Fee in it"), self.env._("Balance"),
            ],
            [cells for row in rows for cells in self._preview_lines(row, shown)],
            numbers=3,
        )  # fmt: skip

    def _preview_lines(self, row, shown):
        """:return: the cells of a row, and of each payment that it consists of"""
        yield [
            str(row.line),
            str(row.booked or ""),
            *(self._preview_texts(row.detail, shown) if row.detail else ("", self.env._("Balance, not booked"))),
            row.currency,
            _figure(row.amount) if row.detail else "",
            _figure(row.fee) if row.fee else "",
            "" if row.balance is None else _figure(row.balance),
        ]
        for detail in row.entry.details if row.parts else ():
            party, text = self._preview_texts(detail, shown)
            money = detail.money
            told = self.env._("in it: %(currency)s %(amount)s", currency=money.currency, amount=_figure(money.amount))
            yield ["", "", party, f"\u21b3 {text}", "", told, "", ""]

    def _preview_texts(self, detail, shown):
        """:return: counterparty and text"""
        party = detail.counterparty
        return [shown(party.name or "") if party else "", shown(detail.remittance or "")]


def _figure(number):
    """At least two decimals, all that the file has."""
    return f"{number:f}" if number.as_tuple().exponent < -2 else f"{number:.2f}"


def _note(message, kind):
    return Markup('<div class="alert alert-%s py-2 mb-2" role="status">%s</div>') % (kind, message)


def _alert(message, value=""):
    return Markup('<div class="alert alert-danger" role="alert">%s %s</div>') % (message, value or "")


_HEAD = Markup("<th class='%s'>%s</th>")
_CELL = Markup("<td class='%s'>%s</td>")


def _table(head, rows, *, numbers=0):
    """:param numbers: how many of the last columns hold amounts"""

    def line(cell, texts):
        first = len(texts) - numbers
        return Markup("<tr>%s</tr>") % Markup("").join(
            cell
            % (
                "text-end text-nowrap" if at >= first else "",
                text if len(text) <= RAW_LENGTH else f"{text[: RAW_LENGTH - 1]}\u2026",
            )
            for at, text in enumerate(texts)
        )

    return Markup(
        "<div class='table-responsive'><table class='table table-sm'><thead>%s</thead><tbody>%s</tbody></table></div>"
    ) % (line(_HEAD, head), Markup("").join(line(_CELL, row) for row in rows))
