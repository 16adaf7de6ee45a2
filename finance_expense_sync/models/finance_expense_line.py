from odoo import fields, models


class FinanceExpenseLine(models.Model):
    """One thing that was paid, with the currencies it went through and what it was coded to."""

    _name = "finance.expense.line"
    _description = "Expense"
    _order = "report_id, date, id"
    _rec_name = "description"
    _allow_sudo_commands = False

    report_id = fields.Many2one("finance.expense.report", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="report_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    category = fields.Char(readonly=True)
    category_name = fields.Char(readonly=True)
    kind = fields.Selection(
        [("expense", "Expense"), ("mileage", "Mileage"), ("per_diem", "Per diem"), ("advance", "Advance")],
        readonly=True,
        default="expense",
    )
    service_from = fields.Date(readonly=True, help="First day of what was paid for, where that is a time.")
    service_to = fields.Date(readonly=True)
    description = fields.Char(readonly=True)
    merchant = fields.Char(readonly=True)
    country_code = fields.Char(readonly=True)
    payment = fields.Selection(
        [
            ("own", "Own money"),
            ("company_card", "Company card"),
            ("personal_card", "Card that the employee pays"),
            ("company", "Paid by the company"),
            ("advance", "Out of an advance"),
        ],
        readonly=True,
    )
    is_personal = fields.Boolean(string="Private", readonly=True)
    quantity = fields.Float(readonly=True, digits=(16, 4), aggregator=None)
    distance_unit = fields.Char(readonly=True)
    currency_id = fields.Many2one(related="report_id.currency_id")
    amount = fields.Monetary(readonly=True, help="Gross, in the currency of the report.")
    tax_amount = fields.Monetary(string="Tax", readonly=True, help="As the platform has computed it.")
    spent_amount = fields.Float(readonly=True, digits=(16, 4), aggregator=None)
    spent_currency = fields.Char(readonly=True)
    rate = fields.Float(
        readonly=True,
        digits=(16, 10),
        aggregator=None,
        help="Currency of the report for one unit of the other, as the platform used it.",
    )
    rate_source = fields.Char(readonly=True)
    billed_amount = fields.Float(readonly=True, digits=(16, 4), aggregator=None, help="What the card is charged.")
    billed_currency = fields.Char(readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company currency")
    company_amount = fields.Monetary(currency_field="company_currency_id", readonly=True)
    company_rate = fields.Float(
        readonly=True,
        digits=(16, 10),
        aggregator=None,
        help="Currency of the company for one unit of the report's, frozen when it was coded.",
    )
    company_rate_date = fields.Date(readonly=True)
    company_rate_source = fields.Char(readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    tax_ids = fields.Many2many(
        "account.tax", "finance_expense_line_tax_rel", "line_id", "tax_id", string="Taxes", readonly=True
    )
    tax_codes = fields.Char(string="Taxes on the platform", readonly=True)
    dimensions = fields.Json(readonly=True)
    analytic_distribution = fields.Json(readonly=True)
    #: read by the widget that shows the shares
    analytic_precision = fields.Integer(compute="_compute_analytic_precision")
    card_transaction = fields.Char(readonly=True, index="btree_not_null")
    is_receipt_missing = fields.Boolean(readonly=True)
    violations = fields.Text(readonly=True)
    attendees = fields.Json(readonly=True)
    likeness = fields.Char(readonly=True, help="The same for expenses that look like one.")
    allocation_ids = fields.One2many("finance.expense.allocation", "line_id", string="Shares", readonly=True)

    _identity = models.UniqueIndex("(report_id, external_id)", "This line is there already.")
    _alike = models.Index("(likeness) WHERE likeness IS NOT NULL")

    def _compute_analytic_precision(self):
        self.analytic_precision = self.env["decimal.precision"].precision_get("Percentage Analytic")
