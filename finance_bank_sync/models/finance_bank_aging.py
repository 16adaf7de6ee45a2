from odoo import fields, models
from odoo.tools import SQL

from .finance_bank_statement import AMOUNT_DIGITS


class FinanceBankAging(models.Model):
    """Bank lines that are not reconciled: how old, whose, and why (K-20). One row a line, made when asked."""

    _name = "finance.bank.aging"
    _description = "Unmatched Bank Lines"
    _auto = False
    _order = "date, id"
    _rec_name = "label"
    _depends = {
        "account.bank.statement.line": ["amount", "is_reconciled", "journal_id", "partner_id", "partner_name",
                                        "payment_ref", "finance_entry_id", "finance_owner_id", "move_id"],
        "account.move": ["date", "state"],
        "account.journal": ["finance_owner_id", "currency_id"],
        "finance.bank.entry": ["match_outcome", "match_is_tied", "is_left_to_person", "return_code", "is_reversal",
                               "structured_references", "document_numbers", "end_to_end_id", "party_name",
                               "party_account"],
    }  # fmt: skip

    line_id = fields.Many2one("account.bank.statement.line", string="Bank line", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    journal_id = fields.Many2one("account.journal", string="Bank account", readonly=True)
    date = fields.Date(readonly=True)
    age_days = fields.Integer(string="Age (days)", readonly=True, aggregator="max")
    bucket = fields.Selection(
        [
            ("a_week", "0 to 7 days"),
            ("b_month", "8 to 30 days"),
            ("c_two_months", "31 to 60 days"),
            ("d_three_months", "61 to 90 days"),
            ("e_older", "Over 90 days"),
        ],
        string="Age",
        readonly=True,
    )
    cause = fields.Selection(
        [
            ("returned", "A payment came back"),
            ("undone", "Taken back by a person"),
            ("tied", "Several answers fit alike"),
            ("unsure", "Proposed, not sure enough"),
            ("not_open", "Names something that is not open"),
            ("no_reference", "Names no document"),
            ("no_party", "Says neither who nor what for"),
            ("by_hand", "Not asked about yet"),
        ],
        readonly=True,
    )
    owner_id = fields.Many2one("res.users", readonly=True, help="Who took the line over, else of the journal.")
    partner_id = fields.Many2one("res.partner", readonly=True)
    partner_name = fields.Char(string="As named by the bank", readonly=True)
    label = fields.Char(readonly=True)
    amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    report_currency_id = fields.Many2one("res.currency", string="Currency of the totals", readonly=True)
    report_amount = fields.Monetary(string="Amount (total)", currency_field="report_currency_id", readonly=True)

    @property
    def _table_query(self):
        rates = self.env["finance.bank.rates"]
        currency = self.env.company.currency_id
        return SQL(
            """
            WITH rate AS (%(rates)s)
            SELECT open.*,
                   CASE WHEN open.age_days <= 7 THEN 'a_week' WHEN open.age_days <= 30 THEN 'b_month'
                        WHEN open.age_days <= 60 THEN 'c_two_months' WHEN open.age_days <= 90 THEN 'd_three_months'
                        ELSE 'e_older' END AS bucket,
                   %(currency)s AS report_currency_id, %(total)s AS report_amount
              FROM (
                SELECT line.id, line.id AS line_id, line.company_id, line.journal_id, move.date,
                       GREATEST(%(today)s::date - move.date, 0) AS age_days,
                       CASE WHEN entry.id IS NULL THEN 'by_hand'
                            WHEN entry.return_code IS NOT NULL OR entry.is_reversal THEN 'returned'
                            WHEN entry.is_left_to_person THEN 'undone'
                            WHEN entry.match_is_tied THEN 'tied'
                            WHEN entry.match_outcome = 'proposed' THEN 'unsure'
                            WHEN entry.structured_references IS NOT NULL OR entry.document_numbers IS NOT NULL
                                 OR entry.end_to_end_id IS NOT NULL THEN 'not_open'
                            WHEN entry.party_name IS NULL AND entry.party_account IS NULL THEN 'no_party'
                            ELSE 'no_reference' END AS cause,
                       COALESCE(line.finance_owner_id, journal.finance_owner_id) AS owner_id, line.partner_id,
                       line.partner_name, line.payment_ref AS label, line.amount,
                       COALESCE(journal.currency_id, company.currency_id) AS currency_id
                  FROM account_bank_statement_line line
                  JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
                  JOIN account_journal journal ON journal.id = line.journal_id
                  JOIN res_company company ON company.id = line.company_id
                  LEFT JOIN finance_bank_entry entry ON entry.id = line.finance_entry_id
                 WHERE line.is_reconciled IS NOT TRUE) open
              LEFT JOIN rate ON rate.currency_id = open.currency_id
            """,
            rates=rates._rates_query(),
            currency=currency.id,
            total=rates._round(SQL("open.amount * rate.factor"), currency),
            today=fields.Date.context_today(self),
        )

    def action_take(self):
        """The user works these lines from now on."""
        self.check_access("read")
        return self.line_id.action_finance_take()

    def action_view_line(self):
        """Open the dialog that settles the line."""
        self.ensure_one()
        self.check_access("read")
        return self.line_id.action_finance_reconcile()
