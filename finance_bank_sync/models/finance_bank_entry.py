from odoo import api, fields, models

from odoo.addons.finance_connector_base.safe import masking

from .finance_bank_statement import AMOUNT_DIGITS


class FinanceBankEntry(models.Model):
    """One line of a received statement: an entry, or one detail of a collective booking.

    A line of the journal that no statement brought has an entry, too, once matching asks about it: it says the same
    of it that a bank says of a booking (:class:`~.finance_bank_by_hand.FinanceBankByHand`).
    """

    _name = "finance.bank.entry"
    _description = "Received Bank Entry"
    _order = "statement_id, position, detail_position"
    _log_access = False
    _rec_name = "label"
    _allow_sudo_commands = False

    statement_id = fields.Many2one("finance.bank.statement", readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    journal_id = fields.Many2one(related="statement_id.journal_id")
    position = fields.Integer(readonly=True, help="Position of the entry in the statement.")
    detail_position = fields.Integer(
        readonly=True, help="Position of the transaction in its entry; 0 for a whole entry."
    )
    key = fields.Char(readonly=True, help="Identity of the booking; twins on one day are counted.")
    status = fields.Char(readonly=True, help="BOOK is booked. PDNG and INFO never reach the ledger.")
    booking_date = fields.Date(readonly=True)
    value_date = fields.Date(readonly=True)
    amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    currency_name = fields.Char(string="Currency", readonly=True)
    currency_id = fields.Many2one("res.currency", string="Display currency", compute="_compute_currency_id")
    original_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    original_currency_name = fields.Char(string="Original currency", readonly=True)
    is_reversal = fields.Boolean(readonly=True)
    is_difference = fields.Boolean(
        readonly=True, help="What the details of a collective booking do not explain, usually charges."
    )
    label = fields.Char(readonly=True)
    remittance = fields.Text(readonly=True)
    party_name = fields.Char(string="Counterparty", readonly=True)
    party_account = fields.Char(readonly=True, groups="finance_connector_base.finance_group_operator")
    party_account_masked = fields.Char(string="Account of the counterparty", compute="_compute_party_account_masked")
    own_account = fields.Char(
        string="Virtual account", readonly=True, help="Account of the receiver, where it is not the statement's."
    )
    end_to_end_id = fields.Char(string="End-to-End ID", readonly=True, index="btree_not_null")
    structured_references = fields.Json(readonly=True)
    document_numbers = fields.Json(readonly=True)
    bank_reference = fields.Char(readonly=True)
    transaction_code = fields.Char(readonly=True)
    return_code = fields.Char(readonly=True)
    return_text = fields.Char(readonly=True)
    charges = fields.Json(readonly=True)
    exchange = fields.Json(readonly=True)
    details = fields.Json(readonly=True, groups="finance_connector_base.finance_group_operator")

    state = fields.Selection(
        [
            ("staged", "Received"),
            ("posted", "On the ledger"),
            ("duplicate", "Imported before"),
            ("not_booked", "Not booked"),
            ("provisional", "Reported so far"),
            ("superseded", "Followed by its statement"),
            ("by_hand", "Not from a statement"),
        ],
        default="staged",
        required=True,
        readonly=True,
    )
    duplicate_of_id = fields.Many2one("finance.bank.entry", readonly=True, ondelete="set null", index="btree_not_null")
    posted_journal_id = fields.Many2one("account.journal", readonly=True, ondelete="restrict")
    line_id = fields.Many2one(
        "account.bank.statement.line", string="Bank line", readonly=True, ondelete="set null", index="btree_not_null"
    )
    is_reconciled = fields.Boolean(related="line_id.is_reconciled")
    suggestion_ids = fields.One2many("finance.bank.suggestion", "entry_id", string="Suggestions")
    match_rule = fields.Char(readonly=True)
    match_outcome = fields.Selection(
        [
            ("automatic", "Matched without asking"),
            ("person", "Matched by a person"),
            ("proposed", "Proposed"),
            ("unmatched", "Nothing found"),
        ],
        string="Matching",
        readonly=True,
        index="btree_not_null",
    )
    match_score = fields.Integer(string="Certainty", readonly=True, help="Of the best answer, 0 to 99.")
    match_is_tied = fields.Boolean(string="Several fit", readonly=True, help="Two answers are as good as each other.")
    match_ids = fields.One2many("finance.bank.match", "entry_id", string="Matches")
    is_left_to_person = fields.Boolean(
        readonly=True, help="A person took a reconciliation back: it is suggested, but not made again by itself."
    )

    # the effect of a booking exists once a journal, whatever files say it again
    _once = models.UniqueIndex("(posted_journal_id, key) WHERE state = 'posted'")
    _repeated = models.Index("(key) WHERE state = 'duplicate'")
    _of_statement = models.Constraint(
        "CHECK (statement_id IS NOT NULL OR state = 'by_hand')", "An entry belongs to a statement."
    )
    _by_hand = models.UniqueIndex("(posted_journal_id, line_id) WHERE state = 'by_hand'")
    _told = models.Index("(split_part(key, '/', 1)) WHERE state IN ('provisional', 'superseded')")

    @api.depends("currency_name")
    def _compute_currency_id(self):
        currencies = self.env["res.currency"].with_context(active_test=False)
        found = {c.name: c.id for c in currencies.search([("name", "in", self.mapped("currency_name"))])}
        for entry in self:
            entry.currency_id = found.get(entry.currency_name, False)

    @api.model
    def _posted_as(self, journal, names):
        """:param names: list of keys of bookings
        :return: dict key -> id of the entry by which it is on the ledger of a journal already
        """
        self.env.cr.execute(
            """
            SELECT key, id FROM finance_bank_entry
             WHERE posted_journal_id = %s AND state = 'posted' AND key = ANY(%s)
            """,
            [journal.id, names],
        )
        return dict(self.env.cr.fetchall())

    def _release(self):
        """Take bookings whose lines were deleted off the ledger, so that they can be brought again.

        A later file that holds them does that; so does a replay of the statement once all of
        its lines are gone. What no statement brought goes with its line.
        """
        gone = self.exists().filtered(lambda entry: entry.state == "by_hand" and not entry.line_id.exists())
        gone.unlink()
        released = self.exists().filtered(lambda entry: entry.state == "posted" and not entry.line_id.exists())
        released.write({"state": "staged", "posted_journal_id": False, "match_rule": False, "match_outcome": False})
        for statement in released.statement_id:
            self.env["finance.audit"]._record(
                "bank.lines.deleted",
                statement,
                after={"lines": len(released & statement.entry_ids)},
                correlation_id=statement.correlation_id,
            )
            if "posted" not in statement.entry_ids.mapped("state"):
                statement.state = "discarded"

    @api.depends("party_account")
    def _compute_party_account_masked(self):
        for entry in self:
            # sudo: the masked form is for every reader of the entry
            number = entry.sudo().party_account
            entry.party_account_masked = masking.mask_account(number) if number else False
