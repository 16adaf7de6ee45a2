from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..formats.sheet.profile import (
    CSV,
    ENCODINGS,
    INSIDE,
    MARKED,
    ON_TOP,
    ROLES,
    SIGNED,
    TWO_COLUMNS,
    XLSX,
    SheetProfile,
    numbered,
)
from ..formats.sheet.shape import is_telling
from ..formats.sheet.workbook import sheet_of

#: what a column can be; each has a field ``column_...``. The account is the journal's
COLUMNS = tuple(role for role in ROLES if role != "account")


class FinanceBankStatementProfile(models.Model):
    """How the CSV or XLSX files of one bank account are written; files that fit it are read like any statement."""

    _name = "finance.bank.statement.profile"
    _description = "Sheet Statement Profile"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank journal",
        required=True,
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        help="Its account number and currency are those of the file.",
    )
    kind = fields.Selection([(CSV, "CSV"), (XLSX, "XLSX")], string="Kind of file", default=CSV, required=True)
    sheet = fields.Char(string="Name of the sheet", help="Empty: all that have the columns.")
    delimiter = fields.Selection(
        [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar")], default=",", required=True
    )
    quote = fields.Selection([('"', "Double quote"), ("'", "Single quote")], default='"')
    encoding = fields.Selection([(code, code.upper()) for code in ENCODINGS], default="utf-8", required=True)
    skip_lines = fields.Integer(string="Lines before the header")
    has_header = fields.Boolean(string="Has a header row", default=True)
    footer_rows = fields.Integer(string="Rows at the end without bookings")
    newest_first = fields.Boolean(string="Newest row first")
    has_told_balances = fields.Boolean(
        string="Balances around the rows prove them",
        default=True,
        help="An opening and a closing balance above or below the rows. Switch it off where they are of another "
        "period than the rows; they are then kept for information.",
    )
    title = fields.Char(
        string="Text of the table's title",
        help="Where a file holds tables of several accounts: only those with this text above them, or in the name of "
        "their sheet. Not needed where each names its IBAN.",
    )
    file_names = fields.Char(
        help="Only files with this text in their names. Needed where there is no header row, and too few columns to "
        "know the bank by what they hold.",
    )
    date_format = fields.Char(
        default="%Y-%m-%d", required=True, help="%d day, %m month, %Y year, %y year of two digits"
    )
    decimal_mark = fields.Selection([(".", "Point"), (",", "Comma")], default=".", required=True)
    thousands_mark = fields.Selection([(".", "Point"), (",", "Comma"), ("'", "Apostrophe")])
    amounts = fields.Selection(
        [
            (SIGNED, "One column with sign"),
            (MARKED, "One column, and one that tells debit or credit"),
            (TWO_COLUMNS, "A column for debits and one for credits"),
        ],
        default=SIGNED,
        required=True,
    )
    debit_marker = fields.Char(default="D")
    credit_marker = fields.Char(default="C")
    inverted = fields.Boolean(string="What goes out is positive", help="As some card companies write it.")
    layout = fields.Json(
        compute="_compute_layout",
        store=True,
        readonly=True,
        help="What the sample showed: the names of its columns, or without a header row what each of them holds.",
    )
    column_date = fields.Char(
        string="Booking date",
        help="Name of the column, or #3 for the third one. Without a header row, its number or letter.",
    )
    column_value_date = fields.Char(string="Value date")
    column_amount = fields.Char(string="Amount")
    column_debit = fields.Char(string="Debit")
    column_credit = fields.Char(string="Credit")
    column_marker = fields.Char(string="Debit or credit")
    column_balance = fields.Char(string="Balance after the booking", help="With it, the file is proved.")
    column_currency = fields.Char(string="Currency")
    column_fee = fields.Char(
        string="Fee", help="What the bank took. It is kept as charges of the entry, and the matching adds it again."
    )
    fees = fields.Selection(
        [
            (INSIDE, "The amount holds the fee already"),
            (ON_TOP, "The fee comes on top: the balance moves by amount less fee"),
        ],
        default=INSIDE,
        required=True,
    )
    fees_negative = fields.Boolean(string="Fees are negative", help="A fee that costs is written with a minus sign.")
    column_detail_amount = fields.Char(
        string="Amount of a detail row",
        help="Where a collective booking is followed by a row for each payment, the column of their amounts. "
        "They are details of the booking above them, and are not booked again.",
    )
    column_type = fields.Char(string="Kind of transaction")
    column_original_amount = fields.Char(string="Original amount")
    column_original_currency = fields.Char(string="Original currency")
    column_rate = fields.Char(string="Exchange rate")
    column_party = fields.Char(string="Counterparty")
    column_party_account = fields.Char(string="Account of the counterparty")
    column_text = fields.Char(string="Text")
    more_texts = fields.Text(
        string="Further text columns", help="One column a line. All texts are joined in the order of the file."
    )
    column_reference = fields.Char(string="Reference of the bank")
    column_end_to_end_id = fields.Char(string="End-to-End ID")
    column_status = fields.Char(
        string="Booked or pending", help="Rows that it calls pending or declined, in whatever language, are not booked."
    )

    def _pure(self):
        """:return: the profile as the reader takes it"""
        self.ensure_one()
        # sudo: number and currency of the journal, for roles without accounting rights
        journal = self.journal_id.sudo()
        columns = {}
        for role in COLUMNS:
            place = (self[f"column_{role}"] or "").strip()
            if place:
                columns[role] = numbered(place, has_header=self.has_header)
        texts = (line.strip() for line in (self.more_texts or "").splitlines())
        return SheetProfile(
            name=self.name or "",
            kind=self.kind or CSV,
            sheet=(self.sheet or "").strip(),
            columns=columns,
            more_texts=tuple(numbered(text, has_header=self.has_header) for text in texts if text),
            account=journal.bank_account_id.sanitized_acc_number or "",
            currency=(journal.currency_id or journal.company_id.currency_id).name or "",
            delimiter=self.delimiter or ",",
            quote=self.quote or "",
            encoding=self.encoding or "utf-8",
            skip_lines=max(self.skip_lines, 0),
            has_header=self.has_header,
            footer_rows=max(self.footer_rows, 0),
            date_format=self.date_format or "",
            decimal_mark=self.decimal_mark or ".",
            thousands_mark=self.thousands_mark or "",
            amounts=self.amounts or SIGNED,
            debit_markers=(self.debit_marker or "",),
            credit_markers=(self.credit_marker or "",),
            inverted=self.inverted,
            fees=self.fees or INSIDE,
            fees_negative=self.fees_negative,
            newest_first=self.newest_first,
            file_names=(self.file_names,) if self.file_names else (),
            title=(self.title or "").strip(),
            told_balances=self.has_told_balances,
            layout=tuple(self.layout or ()),
        )

    @api.constrains(
        "journal_id", "kind", "delimiter", "quote", "has_header", "decimal_mark",
        "thousands_mark", "amounts", "file_names", "layout", "more_texts", "encoding",
        *(f"column_{role}" for role in COLUMNS),
    )  # fmt: skip
    def _check_readable(self):
        for profile in self:
            # sudo: the number of the journal, for roles without accounting rights
            if profile.journal_id and not profile.journal_id.sudo().bank_account_id:
                raise ValidationError(
                    self.env._("%s has no account number yet. Enter it on the bank journal.", profile.journal_id.name)
                )
            problem = profile._pure().problem()
            if problem:
                raise ValidationError(self.env._("Nothing can be read with this profile: %s.", problem))
            if not profile.has_header and not profile.file_names and not is_telling(profile.layout or ()):
                raise ValidationError(
                    self.env._("Too few columns to know the bank by: tell the text in the names of its files.")
                )

    @api.model
    def _sheets(self, company):
        """:return: the formats of a company's profiles"""
        # sudo: read by the engine, limited to one company
        return [sheet_of(profile._pure()) for profile in self.sudo().search([("company_id", "=", company.id)])]

    # -- files that waited -----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        profiles._resume_files()
        return profiles

    def write(self, vals):
        result = super().write(vals)
        self._resume_files()
        return result

    def _resume_files(self):
        """Files that nothing could read are looked at again: one of them may be of this kind."""
        self.env["finance.message"]._resume_waiting(*(self._waiting_key(company) for company in self.company_id))

    @api.model
    def _waiting_key(self, company):
        return f"bank-sheet:{company.id}"
