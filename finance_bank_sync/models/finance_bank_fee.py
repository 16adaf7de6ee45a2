from odoo import fields, models
from odoo.tools import SQL


class FinanceBankFee(models.Model):
    """What a bank took in a month, beside what was agreed with it (K-18). One row an account and a month.

    Taken is what stands on the journal's account for bank charges from its bank lines: charges inside of payments,
    fees of returns, and lines that a rule or a person booked there. Agreed is what the terms make of the month's
    bookings; bookings that are fees themselves do not count.
    """

    _name = "finance.bank.fee"
    _description = "Bank Fees by Month"
    _auto = False
    _order = "month desc, journal_id"
    _depends = {
        "account.move.line": ["account_id", "balance", "date", "journal_id", "parent_state", "statement_line_id"],
        "account.journal": ["finance_charge_account_id", "currency_id", "default_account_id"],
        "finance.bank.entry": ["amount", "booking_date", "line_id", "posted_journal_id", "state", "transaction_code",
                               "value_date"],
        "finance.bank.fee.term": ["active", "amount", "code", "direction", "journal_id", "per", "percent", "valid_from",
                                  "valid_to"],
    }  # fmt: skip

    name = fields.Char(string="Of", readonly=True, help="Year and month.")
    journal_id = fields.Many2one("account.journal", string="Bank account", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    month = fields.Date(readonly=True)
    booking_count = fields.Integer(string="Bookings", readonly=True)
    report_currency_id = fields.Many2one("res.currency", string="Currency of the totals", readonly=True)
    actual = fields.Monetary(string="Taken", currency_field="report_currency_id", readonly=True)
    expected = fields.Monetary(string="Agreed", currency_field="report_currency_id", readonly=True)
    difference = fields.Monetary(
        string="Too much", currency_field="report_currency_id", readonly=True, help="Negative: less than agreed."
    )
    has_terms = fields.Boolean(string="Something is agreed", readonly=True)

    @property
    def _table_query(self):
        rates = self.env["finance.bank.rates"]
        currency = self.env.company.currency_id
        return SQL(
            """
            WITH rate AS (%(rates)s),
            charge AS (
                SELECT item.id, item.journal_id, item.move_id, item.balance,
                       date_trunc('month', item.date)::date AS month
                  FROM account_move_line item
                  JOIN account_journal journal ON journal.id = item.journal_id
                   AND journal.finance_charge_account_id = item.account_id
                 WHERE item.parent_state = 'posted' AND item.statement_line_id IS NOT NULL),
            booking AS (
                SELECT entry.posted_journal_id AS journal_id, entry.amount, entry.transaction_code,
                       COALESCE(entry.booking_date, entry.value_date) AS day,
                       date_trunc('month', COALESCE(entry.booking_date, entry.value_date))::date AS month
                  FROM finance_bank_entry entry
                  JOIN account_bank_statement_line line ON line.id = entry.line_id
                  JOIN account_journal journal ON journal.id = entry.posted_journal_id
                 WHERE entry.state = 'posted'
                   AND NOT (EXISTS (SELECT 1 FROM charge WHERE charge.move_id = line.move_id)
                            AND NOT EXISTS (
                                SELECT 1 FROM account_move_line other
                                 WHERE other.move_id = line.move_id
                                   AND other.account_id NOT IN (journal.finance_charge_account_id,
                                                                journal.default_account_id)))),
            term AS (
                SELECT term.* FROM finance_bank_fee_term term WHERE term.active),
            fact AS (
                SELECT journal_id, month, balance AS actual, 0::numeric AS expected, 0 AS bookings, FALSE AS agreed
                  FROM charge
                UNION ALL
                SELECT journal_id, month, 0, 0, 1, FALSE FROM booking
                UNION ALL
                SELECT booking.journal_id, booking.month, 0,
                       COALESCE(term.amount, 0)
                           + abs(booking.amount::numeric) * COALESCE(term.percent, 0)::numeric / 100,
                       0, TRUE
                  FROM booking
                  JOIN term ON term.journal_id = booking.journal_id AND term.per = 'booking'
                   AND booking.day >= term.valid_from AND (term.valid_to IS NULL OR booking.day <= term.valid_to)
                   AND (term.direction IS NULL OR (term.direction = 'in') = (booking.amount > 0))
                   AND (term.code IS NULL OR starts_with(booking.transaction_code, term.code))
                UNION ALL
                SELECT term.journal_id, month::date, 0, COALESCE(term.amount, 0), 0, TRUE
                  FROM term,
                       generate_series(date_trunc('month', term.valid_from),
                                       LEAST(term.valid_to, %(today)s::date), interval '1 month') AS month
                 WHERE term.per = 'month')
            SELECT row_number() OVER (ORDER BY month, journal_id)::integer AS id, sums.*,
                   actual - expected AS difference
              FROM (
                SELECT fact.journal_id, journal.company_id, fact.month, to_char(fact.month, 'YYYY-MM') AS name,
                       sum(fact.bookings)::integer AS booking_count,
                       bool_or(fact.agreed) AS has_terms, %(currency)s AS report_currency_id,
                       %(actual)s AS actual, %(expected)s AS expected
                  FROM fact
                  JOIN account_journal journal ON journal.id = fact.journal_id
                  JOIN res_company company ON company.id = journal.company_id
                  LEFT JOIN rate own ON own.currency_id = company.currency_id
                  LEFT JOIN rate account ON account.currency_id = COALESCE(journal.currency_id, company.currency_id)
                 GROUP BY fact.journal_id, journal.company_id, fact.month
                HAVING bool_or(fact.agreed) OR sum(fact.actual) <> 0) sums
            """,
            rates=rates._rates_query(),
            currency=currency.id,
            actual=rates._round(SQL("sum(fact.actual * own.factor)"), currency),
            expected=rates._round(SQL("sum(fact.expected * account.factor)"), currency),
            today=fields.Date.context_today(self),
        )

    def action_view_charges(self):
        """The items on the account for charges that make up the month."""
        self.ensure_one()
        self.check_access("read")
        journal = self.journal_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Charges of %s", journal.display_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("journal_id", "=", journal.id),
                ("account_id", "=", journal.finance_charge_account_id.id),
                ("statement_line_id", "!=", False),
                ("parent_state", "=", "posted"),
                ("date", ">=", self.month),
                ("date", "<=", fields.Date.end_of(self.month, "month")),
            ],
        }
