from odoo import api, fields, models

from ..extracts import layout as pure

#: technical name -> what people see
SOURCES = [
    ("batch_id", "Package"),
    ("sequence", "Number of the row"),
    ("entity_code", "Company of the group"),
    ("entity_lei", "LEI of the company"),
    ("scenario", "Scenario"),
    ("fiscal_year", "Fiscal year"),
    ("period", "Period"),
    ("period_start", "First day of the period"),
    ("period_end", "Last day of the period"),
    ("account_code", "Group account"),
    ("account_name", "Name of the account"),
    ("account_type", "Kind of the account"),
    ("partner_entity_code", "With company of the group"),
    ("movement_code", "Movement"),
    *((f"dim{number}_code", f"Dimension {number}") for number in range(1, 9)),
    ("local_currency", "Currency"),
    ("opening", "Opening balance"),
    ("debit", "Debit, year to date"),
    ("credit", "Credit, year to date"),
    ("movement", "Debit less credit, year to date"),
    ("balance", "Closing balance"),
    ("balance_debit", "Closing balance, if debit"),
    ("balance_credit", "Closing balance, if credit"),
    ("debit_credit", "D or C of the closing balance"),
    ("transaction_currency", "Transaction currency"),
    ("amount_transaction", "Amount in transaction currency"),
    ("group_currency", "Group currency"),
    ("amount_group", "Amount in group currency"),
    ("rate_type", "Kind of rate"),
    ("rate", "Rate"),
    ("generated_at", "When it was read"),
]


class FinanceConsolidationLayoutColumn(models.Model):
    """One column of a layout: a field of the package or a fixed text, and its form."""

    _name = "finance.consolidation.layout.column"
    _description = "Column of a Layout"
    _order = "layout_id, sequence, id"

    layout_id = fields.Many2one("finance.consolidation.layout", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    title = fields.Char(required=True)
    source = fields.Selection(SOURCES, string="Field", help="Empty: the fixed text.")
    text = fields.Char(string="Fixed text")
    holds = fields.Char(compute="_compute_holds")
    sign = fields.Selection(
        [("as_is", "Debit positive"), ("reversed", "Credit positive"), ("absolute", "Without sign")],
        required=True,
        default="as_is",
    )
    has_decimals = fields.Boolean(string="Fixed decimals", help="Otherwise as many as the currency has.")
    decimals = fields.Integer(default=2)
    dates = fields.Selection(
        [
            ("iso", "2026-10-31"),
            ("compact", "20261031"),
            ("german", "31.10.2026"),
            ("british", "31/10/2026"),
            ("american", "10/31/2026"),
            ("month", "2026-10"),
            ("compact_month", "202610"),
            ("year", "2026"),
            ("month_number", "10"),
        ],
        string="Form of days",
        required=True,
        default="iso",
    )
    width = fields.Integer(help="Characters, of fixed width.")
    align = fields.Selection([("left", "Left"), ("right", "Right")], required=True, default="left")
    pad = fields.Selection(
        [("space", "Blanks"), ("zero", "Zeros")], string="Filled with", required=True, default="space"
    )
    sort = fields.Integer(string="Sorted as", help="1: rows are sorted by this column first. 0: they are not.")

    @api.depends("source")
    def _compute_holds(self):
        for column in self:
            column.holds = pure.FIELDS.get(column.source or "", "fixed")

    @api.onchange("source")
    def _onchange_source(self):
        if self.source and not self.title:
            self.title = dict(SOURCES)[self.source]
        if self.holds == "amount":
            self.align = "right"

    def _pure(self):
        """:return: the :class:`~..extracts.layout.Column`"""
        self.ensure_one()
        return pure.Column(
            title=self.title or "",
            source=self.source or "",
            text=self.text or "",
            sign=self.sign or "as_is",
            decimals=self.decimals if self.has_decimals and self.holds in ("amount", "rate") else None,
            dates=self.dates or "iso",
            width=self.width or 0,
            align=self.align or "left",
            pad="0" if self.pad == "zero" else " ",
        )
