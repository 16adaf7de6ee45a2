from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.engine.once import once


class FinanceExpensePolicy(models.Model):
    """How a company books expenses (E-03, E-19): what as, how many together, against what, on which day."""

    _name = "finance.expense.policy"
    _description = "Posting Policy of Expenses"
    _inherit = ["mail.thread"]
    _order = "company_id, sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="Of several that fit the first one counts.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    connection_id = fields.Many2one(
        "finance.connection", string="Platform", help="Empty: reports of all platforms.", ondelete="restrict"
    )
    country_code = fields.Char(string="Country", size=2, help="Of the report. Empty: all.")
    document = fields.Selection(
        [("entry", "Journal entry"), ("bill", "Vendor bill to the employee")],
        string="Booked as",
        required=True,
        default="entry",
        tracking=True,
        help="A bill holds what the employee is owed; what the company has paid is an entry in any case.",
    )
    grain = fields.Selection(
        [("line", "One for each line"), ("report", "One for each report"), ("period", "One for each month")],
        string="Entries",
        required=True,
        default="report",
        tracking=True,
    )
    is_summarised = fields.Boolean(
        string="Sum up lines",
        tracking=True,
        help="Lines of the same account, partner, tax and analytic distribution become one.",
    )
    date_rule = fields.Selection(
        [("line", "Day of the expense"), ("approved", "Day of the approval"), ("today", "Day of posting")],
        string="Booked on",
        required=True,
        default="approved",
        tracking=True,
    )
    journal_id = fields.Many2one("account.journal", required=True, check_company=True, tracking=True)
    bill_journal_id = fields.Many2one(
        "account.journal", string="Journal of bills", check_company=True, domain=[("type", "=", "purchase")]
    )
    payable_account_id = fields.Many2one(
        "account.account",
        string="Owed to employees",
        check_company=True,
        domain=[("account_type", "=", "liability_payable")],
        help="Empty: the payable account of the employee.",
    )
    card_account_id = fields.Many2one("account.account", string="Card clearing", check_company=True)
    company_account_id = fields.Many2one("account.account", string="Paid by the company", check_company=True)
    advance_account_id = fields.Many2one("account.account", string="Advances", check_company=True)
    returned_account_id = fields.Many2one(
        "account.account",
        string="Advances given back",
        check_company=True,
        help="Where the money that employees give back arrives, e.g. outstanding receipts. Empty: the advance stays "
        "open until somebody books the money.",
    )
    prepaid_account_id = fields.Many2one(
        "account.account",
        string="Paid in advance",
        check_company=True,
        help="For what is paid for a time that goes on after the month: it becomes cost month by month. Empty: it is "
        "cost at once.",
    )
    prepaid_from = fields.Float(
        string="Paid in advance from",
        digits=(16, 2),
        help="Smaller amounts, in the currency of the report, are cost at once.",
    )
    personal_account_id = fields.Many2one(
        "account.account", string="Owed by employees", check_company=True, help="For private spending by company card."
    )
    reimbursed_account_id = fields.Many2one(
        "account.account",
        string="Paid by the platform",
        check_company=True,
        help="Clearing account, where the platform pays employees itself.",
    )
    tax_rule = fields.Selection(
        [("platform", "As the platform says"), ("none", "No tax is reclaimed")],
        string="Taxes",
        required=True,
        default="platform",
        tracking=True,
    )
    tax_tolerance = fields.Float(
        string="Tolerance of taxes",
        digits=(16, 4),
        default=0.02,
        tracking=True,
        help="Most by which the tax of a line may differ from what its rate comes to, in the currency of the report.",
    )
    tax_needs_receipt = fields.Boolean(
        string="Tax only with receipt",
        tracking=True,
        help="Tax of an expense without receipt, of mileage and of per diems is not reclaimed: it is cost.",
    )
    receipt_rule = fields.Selection(
        [("none", "Not asked for"), ("hold", "Held without receipt")],
        string="Receipts",
        required=True,
        default="none",
        tracking=True,
    )
    receipt_from = fields.Float(string="Receipts from", digits=(16, 2), help="Amount from which one is needed.")
    required_dimensions = fields.Char(
        string="Needed dimensions", help="Codes separated by commas, e.g. cost_center, project."
    )
    rate_days = fields.Integer(
        string="Age of rates (days)", default=31, aggregator=None, help="An older rate of exchange is none."
    )
    check_duplicates = fields.Boolean(default=True, help="Hold an expense that looks like one that is here already.")

    @api.constrains("document", "grain")
    def _check_document(self):
        for policy in self:
            if policy.document == "bill" and policy.grain == "period":
                raise ValidationError(self.env._("A bill is of one report or line: choose entries for whole months."))
            if policy.document == "bill" and not policy.bill_journal_id:
                raise ValidationError(self.env._("Choose the journal of bills."))

    @api.constrains("tax_tolerance", "receipt_from", "rate_days", "prepaid_from")
    def _check_limits(self):
        for policy in self:
            if policy.tax_tolerance < 0 or policy.receipt_from < 0 or policy.rate_days < 1 or policy.prepaid_from < 0:
                raise ValidationError(self.env._("Limits are not negative, and rates at least one day old."))

    def _dimensions(self):
        """:return: list of codes of the dimensions that each line needs"""
        return [name.strip() for name in (self.required_dimensions or "").split(",") if name.strip()]

    @api.model
    def _of(self, connection, company, country):
        """:return: the policy that counts for a report, or none"""
        found = self.search(
            [
                ("company_id", "=", company.id),
                ("connection_id", "in", [connection.id, False]),
                ("country_code", "in", [country, False]),
            ]
        )
        return found.sorted(lambda policy: (not policy.connection_id, not policy.country_code, policy.sequence))[:1]

    @api.model
    def _needed(self, connection, company, country):
        """:return: the policy that counts, for the engine; looked up once a run

        :raise RejectedError: there is none
        """
        # sudo: the engine, in whatever company the report is
        policies = self.sudo()
        policy = once(
            (self._name, connection.id, company.id, country), lambda: policies._of(connection, company, country)
        )
        if not policy:
            raise RejectedError(
                self.env._("%s has no posting policy for expenses.", company.name),
                reason="expense_policy_none",
                params={"company_id": company.id},
                waiting_key=f"expense_policy:{company.id}",
            )
        return policy
