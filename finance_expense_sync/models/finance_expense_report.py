from odoo import api, fields, models

STATES = [
    ("received", "Not approved yet"),
    ("exception", "Needs attention"),
    ("waiting", "Waits for its period"),
    ("posted", "Posted"),
    ("paid", "Paid"),
    ("returned", "Returned"),
    ("dropped", "Came to nothing"),
]


class FinanceExpenseReport(models.Model):
    """An expense report of a platform: what was approved there, what is in the way, and what was booked.

    The document as it came is with its message. Nobody writes here: rows are made from the document, and changed by
    the buttons.
    """

    _name = "finance.expense.report"
    _description = "Expense Report"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "approved_at desc, id desc"
    _rec_name = "name"
    _rec_names_search = ["name", "number", "external_id"]
    _allow_sudo_commands = False
    _mail_post_access = "read"

    name = fields.Char(readonly=True, required=True)
    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, help="Employs.")
    paying_company_id = fields.Many2one("res.company", readonly=True, help="Reimburses, where it is another one.")
    external_id = fields.Char(string="Identity on the platform", required=True, readonly=True)
    number = fields.Char(readonly=True)
    revision = fields.Integer(readonly=True, aggregator=None, help="Counts up when the platform hands it out anew.")
    handle = fields.Char(
        string="Handing out",
        readonly=True,
        help="What the platform calls this handing out, where it has a name of its own.",
    )
    link = fields.Char(string="On the platform", readonly=True)
    employee_code = fields.Char(string="Employee on the platform", readonly=True)
    employee_name = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Employee", readonly=True, index=True)
    entity = fields.Char(readonly=True, help="Company, as the platform calls it.")
    country_code = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    currency_name = fields.Char(string="Currency code", readonly=True)
    total = fields.Monetary(readonly=True, help="What the platform says was approved.")
    advance_returned = fields.Monetary(
        readonly=True, help="What the employee gives back of an advance, beside the lines."
    )
    platform_state = fields.Char(string="State on the platform", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="received", index=True, tracking=True)
    is_test = fields.Boolean(readonly=True)
    is_reimbursed = fields.Boolean(string="Paid by the platform", readonly=True)
    submitted_at = fields.Datetime(string="Submitted", readonly=True)
    approved_at = fields.Datetime(string="Approved", readonly=True)
    approver = fields.Char(readonly=True)
    dimensions = fields.Json(readonly=True)
    policy_id = fields.Many2one("finance.expense.policy", readonly=True, ondelete="restrict")
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index=True)
    content_hash = fields.Char(readonly=True)
    reason_code = fields.Char(readonly=True)
    detail = fields.Text(string="What is in the way", readonly=True)
    line_ids = fields.One2many("finance.expense.line", "report_id", string="Lines", readonly=True)
    posting_ids = fields.One2many("finance.expense.posting", "report_id", string="Postings", readonly=True)
    receipt_ids = fields.One2many("finance.expense.receipt", "report_id", string="Receipts", readonly=True)
    posted_at = fields.Datetime(readonly=True)
    paid_at = fields.Datetime(readonly=True)
    told = fields.Json(readonly=True, help="What the platform has been told, and when.")

    # what people have decided; kept when the platform hands out another revision with the same fault
    override_id = fields.Many2one("res.users", string="Let pass by", readonly=True, copy=False)
    override_reason = fields.Char(readonly=True)
    override_codes = fields.Json(readonly=True, help="Causes that were let pass in this revision.")
    decided_date = fields.Date(string="Booked on, by decision", readonly=True)
    period_day = fields.Date(string="Waits for the entry of", readonly=True)

    _identity = models.UniqueIndex("(connection_id, external_id)", "This report is here already.")
    _inbox = models.Index("(company_id, state)")

    claimant = fields.Char(compute="_compute_claimant", help="As the contact is called, else as the platform says.")
    reason_id = fields.Many2one("finance.reason", string="Cause", compute="_compute_reason_id", store=True, index=True)
    move_count = fields.Integer(compute="_compute_counts")
    receipt_count = fields.Integer(compute="_compute_counts")

    @api.depends("reason_code")
    def _compute_reason_id(self):
        causes = self.env["finance.reason"]
        for code, reports in self.grouped("reason_code").items():
            reports.reason_id = causes._by_code(code) if code else False

    @api.depends("partner_id", "employee_name", "employee_code")
    def _compute_claimant(self):
        for report in self:
            report.claimant = report.partner_id.display_name or report.employee_name or report.employee_code

    @api.depends("posting_ids", "receipt_ids")
    def _compute_counts(self):
        for report in self:
            # sudo: how many entries there are, not which: the button asks for the right
            report.move_count = len(report.sudo().posting_ids.move_id)
            report.receipt_count = len(report.receipt_ids)
