from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..cash.standing import PENDING, STANDINGS, STATEMENT_STATES
from ..formats.model import NO_CURRENCY, Balance, Money

#: who decides about the ledger; Odoo Community offers the last one alone in its user form
ACCOUNTANTS = ("account.group_account_basic", "account.group_account_user", "account.group_account_manager")
#: amounts of the staging tables: 18 digits and 5 decimals, as ISO 20022 allows
AMOUNT_DIGITS = (23, 5)


class FinanceBankStatement(models.Model):
    """A statement as the bank wrote it, before and after it reaches the ledger.

    It is staged from the file first, then proved, freed of what was imported before and
    posted. Nobody writes it by hand; decisions about it are buttons.
    """

    _name = "finance.bank.statement"
    _description = "Received Bank Statement"
    _inherit = ["mail.thread"]
    _order = "closing_date desc, id desc"
    _rec_name = "name"
    _allow_sudo_commands = False

    name = fields.Char(string="Statement", readonly=True)
    identification = fields.Char(string="Identification by the bank", readonly=True)
    identity = fields.Char(readonly=True, help="Account, identification and period: what makes it this statement.")
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index=True)
    file_message_id = fields.Many2one("finance.message", string="File", readonly=True, ondelete="restrict", index=True)
    file_digest = fields.Char(
        readonly=True, index="btree_not_null", help="What the file says, without what the bank writes anew each time."
    )
    correlation_id = fields.Char(readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    connection_id = fields.Many2one("finance.connection", readonly=True, index=True)
    journal_id = fields.Many2one("account.journal", readonly=True, index=True, tracking=True)
    account_number = fields.Char(readonly=True, index=True)
    bank_bic = fields.Char(string="BIC", readonly=True)
    currency_name = fields.Char(string="Currency", readonly=True)
    currency_id = fields.Many2one("res.currency", string="Display currency", compute="_compute_currency_id")
    format = fields.Char(readonly=True)
    electronic_sequence = fields.Char(string="Sequence number", readonly=True)
    legal_sequence = fields.Char(readonly=True)
    page_number = fields.Integer(readonly=True)
    is_last_page = fields.Boolean(readonly=True, default=True)
    from_date = fields.Date(readonly=True)
    to_date = fields.Date(readonly=True)
    opening_date = fields.Date(readonly=True)
    closing_date = fields.Date(readonly=True)
    created_by_bank_at = fields.Char(string="Written by the bank at", readonly=True)
    has_opening = fields.Boolean(readonly=True)
    has_closing = fields.Boolean(readonly=True)
    opening = fields.Float(string="Opening balance", digits=AMOUNT_DIGITS, readonly=True)
    closing = fields.Float(string="Closing balance", digits=AMOUNT_DIGITS, readonly=True)
    continues_from = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, help="Balance on the ledger before what is new in this statement."
    )
    previous_id = fields.Many2one(
        "finance.bank.statement", string="Continues", readonly=True, copy=False, index="btree_not_null"
    )
    balances = fields.Json(readonly=True)
    summary = fields.Json(readonly=True)
    warnings = fields.Json(readonly=True)

    purpose = fields.Selection(
        [
            ("statement", "Statement"),
            ("interim", "Report of the day so far"),
            ("notification", "Notification"),
        ],
        default="statement",
        required=True,
        readonly=True,
        help="Only the entries of a statement reach the ledger; a statement says again what a report "
        "or notification said before.",
    )
    state = fields.Selection(
        [
            ("staged", "Received"),
            ("held", "Needs attention"),
            ("posted", "On the ledger"),
            ("duplicate", "Received before"),
            ("joined", "Joined with its other pages"),
            ("discarded", "Discarded"),
            ("provisional", "Shown until its statement arrives"),
            ("superseded", "Followed by its statement"),
        ],
        default="staged",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    standing = fields.Selection(
        list(STANDINGS.items()), compute="_compute_standing", search="_search_standing", help="In one word."
    )
    proof = fields.Selection(
        [
            ("proved", "Proved"),
            ("failed", "Does not add up"),
            ("unprovable", "Carries no balances"),
        ],
        string="Balance proof",
        readonly=True,
        tracking=True,
    )
    difference = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, help="Closing balance minus opening balance and entries."
    )
    accepted_by_id = fields.Many2one("res.users", string="Accepted by", readonly=True, tracking=True)
    accepted_reason = fields.Char(readonly=True, tracking=True)
    accepted_differences = fields.Json(
        readonly=True, help="What was accepted: the cause and its difference. Another difference is asked about again."
    )
    known_lines = fields.Json(
        readonly=True,
        help="Bookings that a person was asked about: the line that was in the journal before, or 0 if it is another.",
    )
    statement_id = fields.Many2one(
        "account.bank.statement", string="Bank statement", readonly=True, index="btree_not_null"
    )
    entry_ids = fields.One2many("finance.bank.entry", "statement_id", string="Entries")
    entry_count = fields.Integer(compute="_compute_counts")
    posted_count = fields.Integer(compute="_compute_counts")
    duplicate_count = fields.Integer(compute="_compute_counts")
    reconciled_count = fields.Integer(compute="_compute_counts")

    _chain = models.Index("(journal_id, closing_date, id) WHERE state = 'posted'")

    @api.depends("state")
    def _compute_standing(self):
        for statement in self:
            statement.standing = STATEMENT_STATES.get(statement.state, PENDING)

    def _search_standing(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "in", [state for state, standing in STATEMENT_STATES.items() if standing in value])]

    def _told_balances(self):
        """:return: the balances of this statement as :class:`~..formats.model.Balance`, exact"""
        return [
            Balance(
                code=item["code"],
                money=Money(amount=Decimal(item["amount"]), currency=item["currency"]),
                date=date.fromisoformat(item["date"]) if item.get("date") else None,
            )
            for item in self.balances or []
        ]

    @api.depends("currency_name")
    def _compute_currency_id(self):
        currencies = self.env["res.currency"].with_context(active_test=False)
        found = {c.name: c.id for c in currencies.search([("name", "in", self.mapped("currency_name"))])}
        for statement in self:
            statement.currency_id = found.get(statement.currency_name, False)

    @api.depends("entry_ids.state")
    def _compute_counts(self):
        groups = self.env["finance.bank.entry"]._read_group(
            [("statement_id", "in", self.ids)], ["statement_id", "state"], ["__count"]
        )
        counts = {}
        for statement, state, count in groups:
            counts.setdefault(statement.id, {})[state] = count
        reconciled = {
            statement.id: count
            # sudo: a count of lines, for readers who may not see the lines
            for statement, count in self.env["finance.bank.entry"]
            .sudo()
            ._read_group(
                [("statement_id", "in", self.ids), ("line_id.is_reconciled", "=", True)], ["statement_id"], ["__count"]
            )
        }
        for statement in self:
            mine = counts.get(statement.id, {})
            statement.entry_count = sum(mine.values())
            statement.posted_count = mine.get("posted", 0)
            statement.duplicate_count = mine.get("duplicate", 0)
            statement.reconciled_count = reconciled.get(statement.id, 0)

    @api.model
    def _is_accountant(self):
        """Say whether the user may decide about bank lines."""
        return self.env.su or any(self.env.user.has_group(group) for group in ACCOUNTANTS)

    @api.model
    def _check_accountant(self):
        """:raise AccessError: unless the user may decide about bank lines"""
        if not self._is_accountant():
            raise AccessError(self.env._("Only an accountant may do this."))

    def _is_accepted(self, reason, difference):
        """Say whether a person took responsibility for exactly this difference."""
        self.ensure_one()
        accepted = (self.accepted_differences or {}).get(reason)
        return accepted is not None and accepted == str(difference)

    def _is_currency_confirmed(self, currency):
        """Say whether a person confirmed it for an earlier statement of the journal, which is on the ledger."""
        self.ensure_one()
        self.flush_model(["accepted_differences", "journal_id", "state"])
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT 1 FROM finance_bank_statement
                     WHERE journal_id = %s AND state = 'posted' AND accepted_differences ->> %s = %s LIMIT 1
                    """,
                    self.journal_id.id,
                    "bank_currency_untold",
                    currency,
                )
            )
        )

    def _tell_currency(self, currency):
        """Write the currency where the file tells none; a person said which it is."""
        self.ensure_one()
        told = [
            {**item, "currency": currency} if item["currency"] == NO_CURRENCY else item for item in self.balances or []
        ]
        self.write({"currency_name": currency, "balances": told})
        entries = self.env["finance.bank.entry"]
        entries.flush_model(["currency_name"])
        self.env.cr.execute(
            SQL(
                "UPDATE finance_bank_entry SET currency_name = %s WHERE statement_id = %s AND currency_name = %s",
                currency,
                self.id,
                NO_CURRENCY,
            )
        )
        entries.invalidate_model(["currency_name", "currency_id"])

    def action_view_entries(self):
        """Show the entries as the bank wrote them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.bank.entry",
            "view_mode": "list,form",
            "domain": [("statement_id", "=", self.id)],
        }

    def action_view_lines(self):
        """Show the lines in the bank journal."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("finance_bank_sync.account_bank_statement_line_action")
        return {**action, "domain": [("finance_entry_id.statement_id", "=", self.id)], "context": {}}

    def action_view_message(self):
        """Open the message that carries this statement."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.message",
            "view_mode": "form",
            "res_id": (self.message_id or self.file_message_id).id,
        }
