from odoo import api, fields, models
from odoo.fields import Domain

STATES = [
    ("pending", "Authorised"),
    ("settled", "Charged"),
    ("cleared", "Authorisation that was charged"),
    ("released", "Authorisation that lapsed"),
    ("declined", "Declined"),
    ("reversed", "Taken back"),
    ("dropped", "Given up"),
]
MATCHES = [
    ("none", "Nothing to match"),
    ("unclaimed", "No claim"),
    ("proposed", "Claim proposed"),
    ("difference", "Amounts differ"),
    ("claimed", "Claimed"),
    ("booked", "In the ledger"),
    ("matched", "All three agree"),
    ("personal", "Private"),
]


class FinanceCardTransaction(models.Model):
    """A payment with a company card: what the card company says, who claims it, where it is on the ledger.

    An authorisation and its charge are one row where the feed knows them by one id, and two rows that know each other
    where it does not; only ``settled`` is money. The document as it came is with its message. Nobody writes here.
    """

    _name = "finance.card.transaction"
    _description = "Card Transaction"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _rec_names_search = ["merchant", "external_id", "reference", "card"]
    _allow_sudo_commands = False
    _mail_post_access = "read"

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, help="Owes what the card is charged."
    )
    external_id = fields.Char(string="Identity at the card company", required=True, readonly=True)
    pending_external_id = fields.Char(
        string="Identity while it was pending", readonly=True, index="btree_not_null", help="Where it had another one."
    )
    state = fields.Selection(STATES, required=True, readonly=True, index=True, tracking=True)
    said = fields.Char(string="State at the card company", readonly=True)
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index=True)
    content_hash = fields.Char(readonly=True)
    updated_at = fields.Datetime(
        string="Said at", readonly=True, help="When the card company said it, where it tells that."
    )
    likeness = fields.Char(readonly=True, help="The same for charges that look like one.")
    is_distinct = fields.Boolean(
        readonly=True, help="Somebody has said that it is another one than what looks like it."
    )
    reason_code = fields.Char(readonly=True)
    reason_id = fields.Many2one("finance.reason", string="Cause", compute="_compute_reason_id", store=True, index=True)
    detail = fields.Text(string="What is in the way", readonly=True)
    decided_date = fields.Date(string="Booked on, by decision", readonly=True)

    # who and where
    program = fields.Char(string="Card programme", readonly=True)
    card = fields.Char(readonly=True, help="The last digits, or a name.")
    holder_code = fields.Char(string="Cardholder at the card company", readonly=True)
    holder_name = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Cardholder", readonly=True, index=True)
    entity = fields.Char(readonly=True, help="Company, as the card company calls it.")
    date = fields.Date(string="Day", required=True, readonly=True, index=True)
    settled_on = fields.Date(string="Charged on", readonly=True, index="btree_not_null")
    merchant = fields.Char(readonly=True)
    merchant_code = fields.Char(readonly=True)
    merchant_category = fields.Char(string="Merchant category", readonly=True)
    country_code = fields.Char(string="Country", readonly=True)
    statement = fields.Char(readonly=True, index="btree_not_null", help="Bill of the card company that it is on.")
    reference = fields.Char(readonly=True)
    platform_report = fields.Char(string="Claimed in, says the platform", readonly=True, index="btree_not_null")
    platform_line = fields.Char(readonly=True)
    has_receipt = fields.Boolean(
        string="Receipt on the platform", readonly=True, help="The platform has a receipt of it."
    )

    # how much
    currency_id = fields.Many2one("res.currency", string="Currency of the card", readonly=True)
    amount = fields.Monetary(
        string="Charged",
        readonly=True,
        help="What the card account is charged, or will be. Negative: given back.",
    )
    fees = fields.Monetary(readonly=True, help="Part of the amount.")
    spent_amount = fields.Float(
        string="Spent", readonly=True, digits=(16, 4), aggregator=None, help="In the currency of the merchant."
    )
    spent_currency = fields.Char(readonly=True)
    rate = fields.Float(
        readonly=True,
        digits=(16, 10),
        aggregator=None,
        help="Currency of the card for one unit of the merchant's.",
    )
    rate_source = fields.Char(readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company currency")
    company_amount = fields.Monetary(
        string="In the company's currency", currency_field="company_currency_id", readonly=True
    )
    company_rate = fields.Float(
        string="Rate to the company's currency",
        readonly=True,
        digits=(16, 10),
        aggregator=None,
        help="Currency of the company for one unit of the card's, frozen when it was charged.",
    )
    company_rate_date = fields.Date(string="Rate of", readonly=True)
    company_rate_source = fields.Char(string="Source of the rate", readonly=True)

    # what belongs together
    authorisation_id = fields.Many2one(
        "finance.card.transaction", readonly=True, index="btree_not_null", ondelete="set null"
    )
    charge_ids = fields.One2many("finance.card.transaction", "authorisation_id", string="Charges", readonly=True)
    refund_of_id = fields.Many2one(
        "finance.card.transaction", string="Gives back", readonly=True, index="btree_not_null", ondelete="set null"
    )
    authorised_amount = fields.Monetary(string="Authorised amount", readonly=True)
    refund_ids = fields.One2many("finance.card.transaction", "refund_of_id", string="Refunds", readonly=True)
    rest_amount = fields.Monetary(
        string="Not charged",
        compute="_compute_rest_amount",
        help="What was authorised and has not been charged; it counts nowhere.",
    )
    match_state = fields.Selection(
        MATCHES, string="Match", required=True, readonly=True, default="none", index=True, tracking=True
    )
    claim_ids = fields.One2many("finance.card.claim", "transaction_id", string="Claims", readonly=True)
    posting_ids = fields.One2many("finance.card.posting", "transaction_id", string="Entries", readonly=True)
    bank_line_id = fields.Many2one(
        "account.move.line",
        string="Paid by",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What takes it off the account: a line of a bank or card statement, or any other entry.",
    )
    is_claimed = fields.Boolean(string="Claimed", readonly=True)
    is_on_ledger = fields.Boolean(string="In the ledger", readonly=True)
    is_paid = fields.Boolean(string="Paid", readonly=True)
    is_receipt_missing = fields.Boolean(string="Receipt is missing", readonly=True)
    difference = fields.Monetary(readonly=True, help="What the card was charged more than is claimed.")
    difference_kind = fields.Selection(
        [("fees", "Fees"), ("tip", "Tip"), ("rate", "Rate of exchange"), ("amount", "Amount")],
        string="Why it differs",
        readonly=True,
    )
    reminder_step = fields.Integer(string="Reminders", readonly=True, aggregator=None)
    reminded_at = fields.Datetime(string="Last reminder", readonly=True)
    claim_count = fields.Integer(string="Number of claims", compute="_compute_counts")
    move_count = fields.Integer(string="Number of entries", compute="_compute_counts")
    age = fields.Integer(string="Days without claim", compute="_compute_age", search="_search_age", aggregator=None)

    _identity = models.UniqueIndex("(connection_id, external_id)", "This transaction is here already.")
    _alike = models.Index("(likeness) WHERE likeness IS NOT NULL")
    _open = models.Index("(company_id, match_state, settled_on)")

    @api.depends("merchant", "external_id", "date")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.merchant or one.external_id}, {one.date}" if one.date else one.external_id

    @api.depends("reason_code")
    def _compute_reason_id(self):
        causes = self.env["finance.reason"]
        for code, found in self.grouped("reason_code").items():
            found.reason_id = causes._by_code(code) if code else False

    @api.depends("amount", "state", "charge_ids.amount")
    def _compute_rest_amount(self):
        for one in self:
            rest = abs(one.amount) - sum(abs(charge.amount) for charge in one.charge_ids)
            one.rest_amount = max(rest, 0.0) if one.charge_ids else 0.0

    @api.depends("claim_ids.state", "posting_ids")
    def _compute_counts(self):
        for one in self:
            # sudo: how many there are; the buttons ask for the right
            card = one.sudo()
            reports = card.claim_ids.filtered(lambda claim: claim.state != "refused").report_id
            one.claim_count = len(reports)
            one.move_count = len(reports.posting_ids.move_id | card.posting_ids.move_id | card.posting_ids.reversal_id)

    @api.depends("settled_on", "match_state")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for one in self:
            is_open = one.match_state in ("unclaimed", "proposed") and one.settled_on
            one.age = (today - one.settled_on).days if is_open else 0

    def _search_age(self, operator, value):
        """Open ones by their age in days."""
        if operator not in (">", ">=", "<", "<=") or not isinstance(value, int):
            return NotImplemented
        day = fields.Date.add(fields.Date.context_today(self), days=-value)
        turned = {">": "<", ">=": "<=", "<": ">", "<=": ">="}[operator]
        return Domain("match_state", "in", ["unclaimed", "proposed"]) & Domain("settled_on", turned, day)

    def _said(self):
        """:return: name of the state, as people read it"""
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    @api.model
    def _unsubmitted(self, company, date_to):
        """Find the spending that no claim has brought to the ledger: what a month-end accrual is made of (E-07).

        Taken as of the day: a claim that was booked later counts as not booked. Private spending is owed by the
        employee and is none of it; what was taken back and what was given back is in the amounts.

        :param company: owes what the cards are charged
        :param date_to: last day, by the charge
        :return: transactions, oldest first
        """
        # sudo: the engine; limited to one company
        found = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "settled"),
                ("settled_on", "<=", date_to),
                ("match_state", "!=", "personal"),
            ],
            order="settled_on, id",
        )
        return found.filtered(lambda one: not one._is_booked_by(date_to))

    def _is_booked_by(self, day):
        """:return: whether a claim of it was on the ledger on a day"""
        self.ensure_one()
        moves = self.claim_ids._counts()._moves()
        return any(move.state == "posted" and move.date <= day for move in moves)
