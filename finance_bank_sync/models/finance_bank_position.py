from odoo import fields, models
from odoo.tools import SQL

from ..cash.standing import ACTION, CURRENT, PENDING, STANDINGS
from .finance_bank_statement import AMOUNT_DIGITS


class FinanceBankPosition(models.Model):
    """One row a bank account: what the bank says, what the ledger says, what is on its way.

    Nothing is stored: the rows are made of balances, entries, payments and items when somebody
    looks, so the position is never older than they are. docs/cash.md explains each figure.
    """

    _name = "finance.bank.position"
    _description = "Cash Position"
    _auto = False
    _order = "company_id, journal_id"
    _rec_name = "journal_id"
    _depends = {
        "account.journal": ["active", "type", "company_id", "currency_id", "default_account_id", "bank_account_id",
                            "finance_balance_max_age"],
        "account.move.line": ["account_id", "balance", "amount_currency", "amount_residual",
                              "amount_residual_currency", "parent_state", "reconciled", "payment_id", "journal_id"],
        "account.payment": ["state", "is_matched", "amount", "payment_type", "journal_id", "currency_id", "date"],
        "account.payment.method.line": ["payment_account_id", "journal_id"],
        "account.bank.statement.line": ["is_reconciled", "amount", "journal_id"],
        "finance.bank.balance": ["amount", "moment", "journal_id", "kind"],
        "finance.bank.entry": ["state", "status", "amount", "statement_id"],
        "finance.bank.statement": ["state", "purpose", "journal_id"],
        "finance.bank.suggestion": ["entry_id", "item_ids"],
    }  # fmt: skip

    journal_id = fields.Many2one("account.journal", string="Bank account", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    bank_name = fields.Char(string="Bank", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    has_balance = fields.Boolean(string="The bank told a balance", readonly=True)
    bank_balance = fields.Float(string="At the bank", digits=AMOUNT_DIGITS, readonly=True)
    balance_id = fields.Many2one("finance.bank.balance", string="Latest balance", readonly=True)
    balance_kind = fields.Selection(related="balance_id.kind")
    balance_source = fields.Char(related="balance_id.source")
    moment = fields.Datetime(string="As of", readonly=True)
    age_hours = fields.Float(
        string="Age (hours)", readonly=True, aggregator="max", help="Without Saturdays and Sundays."
    )
    is_stale = fields.Boolean(string="Stale", readonly=True, help="Older than the journal allows, or never told.")
    available_balance = fields.Float(string="Available", digits=AMOUNT_DIGITS, readonly=True)
    reported_amount = fields.Float(
        string="Booked today",
        digits=AMOUNT_DIGITS,
        readonly=True,
        help="Booked at the bank by a report of the day so far; on the ledger with the statement of the day.",
    )
    ledger_balance = fields.Float(string="On the ledger", digits=AMOUNT_DIGITS, readonly=True)
    difference = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, help="At the bank, less booked today, less on the ledger."
    )
    open_count = fields.Integer(string="Open lines", readonly=True)
    open_amount = fields.Float(string="Amount of open lines", digits=AMOUNT_DIGITS, readonly=True)
    held_count = fields.Integer(string="Held statements", readonly=True)
    in_flight_in = fields.Float(
        string="Coming in", digits=AMOUNT_DIGITS, readonly=True, help="Receipts that the bank has not booked yet."
    )
    in_flight_out = fields.Float(
        string="Going out", digits=AMOUNT_DIGITS, readonly=True, help="Payments that the bank has not booked yet."
    )
    position = fields.Float(
        digits=AMOUNT_DIGITS,
        readonly=True,
        help="At the bank (on the ledger where no bank told a balance), and what is coming in and going out.",
    )
    standing = fields.Selection(list(STANDINGS.items()), readonly=True)
    report_currency_id = fields.Many2one("res.currency", string="Currency of the totals", readonly=True)
    report_bank_balance = fields.Monetary(
        string="At the bank (total)", currency_field="report_currency_id", readonly=True
    )
    report_ledger_balance = fields.Monetary(
        string="On the ledger (total)", currency_field="report_currency_id", readonly=True
    )
    report_in_flight = fields.Monetary(string="In flight (total)", currency_field="report_currency_id", readonly=True)
    report_position = fields.Monetary(string="Position (total)", currency_field="report_currency_id", readonly=True)

    @property
    def _table_query(self):
        rates = self.env["finance.bank.rates"]
        currency = self.env.company.currency_id

        def total(amount):
            return rates._round(SQL("%s * rate.factor", amount), currency)

        in_flight = SQL("COALESCE(flight.inbound, 0) + COALESCE(flight.outbound, 0)")
        return SQL(
            """
            WITH rate AS (%(rates)s), account AS (%(account)s), booked AS (%(booked)s), %(seen)s,
                 flight AS (%(flight)s), available AS (%(available)s)
            SELECT account.id, account.id AS journal_id, account.company_id, account.bank_name, account.currency_id,
                   booked.id IS NOT NULL AS has_balance, booked.id AS balance_id, booked.amount AS bank_balance,
                   booked.moment, age.hours AS age_hours, stale.flag AS is_stale,
                   available.amount AS available_balance, ledger.amount AS ledger_balance,
                   CASE WHEN booked.kind = 'ITBD' THEN reported.amount ELSE 0 END AS reported_amount,
                   gap.amount AS difference, open.count AS open_count, open.amount AS open_amount,
                   held.count AS held_count, COALESCE(flight.inbound, 0) AS in_flight_in,
                   COALESCE(flight.outbound, 0) AS in_flight_out,
                   COALESCE(booked.amount, ledger.amount) + %(in_flight)s AS position,
                   CASE WHEN held.count > 0 OR stale.flag OR gap.amount <> 0 THEN %(action)s
                        WHEN open.count > 0 OR reported.count > 0 OR %(in_flight)s <> 0 THEN %(pending)s
                        ELSE %(current)s END AS standing,
                   ARRAY(SELECT seen.payment_id FROM seen WHERE seen.journal_id = account.id) AS seen_payments,
                   %(report_currency)s AS report_currency_id,
                   %(total_bank)s AS report_bank_balance, %(total_ledger)s AS report_ledger_balance,
                   %(total_flight)s AS report_in_flight, %(total_position)s AS report_position
              FROM account
              LEFT JOIN booked ON booked.journal_id = account.id
              LEFT JOIN available ON available.journal_id = account.id
              LEFT JOIN flight ON flight.journal_id = account.id
              LEFT JOIN rate ON rate.currency_id = account.currency_id
              CROSS JOIN LATERAL (%(ledger)s) ledger
              CROSS JOIN LATERAL (%(reported)s) reported
              CROSS JOIN LATERAL (%(open)s) open
              CROSS JOIN LATERAL (%(held)s) held
              CROSS JOIN LATERAL (%(age)s) age
              CROSS JOIN LATERAL (
                    SELECT account.max_age > 0 AND COALESCE(age.hours > account.max_age, TRUE) AS flag) stale
              CROSS JOIN LATERAL (
                    SELECT round(booked.amount - ledger.amount
                                 - CASE WHEN booked.kind = 'ITBD' THEN reported.amount ELSE 0 END,
                                 account.decimals) AS amount) gap
            """,
            rates=rates._rates_query(),
            account=_ACCOUNT,
            seen=self.env["finance.bank.seen"]._ctes(),
            flight=self._flight_query(),
            booked=self.env["finance.bank.balance"]._latest_query("booked"),
            available=self.env["finance.bank.balance"]._latest_query("available"),
            ledger=_LEDGER,
            reported=_REPORTED,
            open=_OPEN,
            held=_HELD,
            age=_AGE,
            in_flight=in_flight,
            action=ACTION,
            pending=PENDING,
            current=CURRENT,
            report_currency=currency.id,
            total_bank=total(SQL("booked.amount")),
            total_ledger=total(SQL("ledger.amount")),
            total_flight=total(SQL("(%s)", in_flight)),
            total_position=total(SQL("(COALESCE(booked.amount, ledger.amount) + %s)", in_flight)),
        )

    def _flight_query(self):
        """What was sent or is expected and the bank has not booked, in the currency of the journal.

        What it has booked while nobody has matched its line yet is in its balance (``finance.bank.seen``).

        Payments by themselves, and open items of outstanding accounts that belong to no payment. Odoo
        Community calls a payment paid before its bank does: what counts is whether the bank line came.
        """
        return SQL(
            """
            SELECT moved.journal_id, sum(moved.amount) FILTER (WHERE moved.amount > 0) AS inbound,
                   sum(moved.amount) FILTER (WHERE moved.amount < 0) AS outbound
              FROM (
                SELECT payment.journal_id,
                       round((CASE WHEN payment.payment_type = 'outbound' THEN -payment.amount ELSE payment.amount END)
                             * COALESCE(theirs.factor / NULLIF(ours.factor, 0), 1), account.decimals) AS amount
                  FROM account_payment payment
                  JOIN account ON account.id = payment.journal_id
                  LEFT JOIN rate theirs ON theirs.currency_id = payment.currency_id
                  LEFT JOIN rate ours ON ours.currency_id = account.currency_id
                 WHERE payment.state IN ('in_process', 'paid') AND payment.is_matched IS NOT TRUE
                   AND NOT EXISTS (SELECT FROM seen WHERE seen.payment_id = payment.id)
                 UNION ALL
                SELECT item.journal_id,
                       CASE WHEN account.currency_id = item.currency_id THEN item.amount_residual_currency
                            ELSE round(item.amount_residual_currency
                                       * COALESCE(theirs.factor / NULLIF(ours.factor, 0), 1), account.decimals) END
                  FROM account_move_line item
                  JOIN account ON account.id = item.journal_id
                  LEFT JOIN rate theirs ON theirs.currency_id = item.currency_id
                  LEFT JOIN rate ours ON ours.currency_id = account.currency_id
                 WHERE item.parent_state = 'posted' AND item.reconciled IS NOT TRUE AND item.payment_id IS NULL
                   AND item.account_id IN (
                       SELECT way.payment_account_id FROM account_payment_method_line way
                        WHERE way.journal_id = item.journal_id)
                   AND item.account_id <> account.default_account_id) moved
             GROUP BY moved.journal_id
            """
        )

    # -- behind the figures ------------------------------------------------------------------

    def _show(self, xmlid, domain, context=None):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {**action, "domain": domain, "context": context or {}}

    def action_view_balances(self):
        """Show every balance of the account."""
        return self._show("finance_bank_sync.finance_bank_balance_action", [("journal_id", "=", self.journal_id.id)])

    def action_view_statements(self):
        """Show the received statements of the account, those that need attention first."""
        domain = [("journal_id", "=", self.journal_id.id)]
        context = {"search_default_standing_action": 1} if self.held_count else {}
        return self._show("finance_bank_sync.finance_bank_statement_action", domain, context)

    def action_view_lines(self):
        """Show the lines that are not reconciled yet."""
        domain = [("journal_id", "=", self.journal_id.id)]
        context = {"search_default_to_reconcile": 1}
        return self._show("finance_bank_sync.account_bank_statement_line_action", domain, context)

    def action_view_payments(self):
        """Show the payments that the bank has not booked yet."""
        domain = [
            ("journal_id", "=", self.journal_id.id), ("state", "in", ("in_process", "paid")), ("is_matched", "=", False)
        ]  # fmt: skip
        return self._show("account.action_account_all_payments", domain)

    def action_view_items(self):
        """Show what is booked on the bank account."""
        domain = [("account_id", "=", self.journal_id.default_account_id.id), ("parent_state", "=", "posted")]
        return self._show("account.action_account_moves_all", domain)


#: bank accounts; amounts are rounded to the decimals of their currency
_ACCOUNT = SQL(
    """
    SELECT journal.id, journal.company_id, journal.default_account_id, currency.id AS currency_id,
           currency.id = company.currency_id AS is_own_currency,
           COALESCE(round(-log(currency.rounding::numeric))::integer, 2) AS decimals,
           COALESCE(bank.name, journal.name->>'en_US') AS bank_name, journal.finance_balance_max_age AS max_age
      FROM account_journal journal
      JOIN res_company company ON company.id = journal.company_id
      JOIN res_currency currency ON currency.id = COALESCE(journal.currency_id, company.currency_id)
      LEFT JOIN res_partner_bank number ON number.id = journal.bank_account_id
      LEFT JOIN res_bank bank ON bank.id = number.bank_id
     WHERE journal.type IN ('bank', 'credit') AND journal.active
    """
)
_LEDGER = SQL(
    """
    SELECT COALESCE(sum(CASE WHEN account.is_own_currency THEN item.balance ELSE item.amount_currency END), 0) AS amount
      FROM account_move_line item
     WHERE item.account_id = account.default_account_id AND item.parent_state = 'posted'
       AND (account.is_own_currency OR item.currency_id = account.currency_id)
    """
)
#: a report and a notification tell the same booking: the report alone counts
_REPORTED = SQL(
    """
    SELECT COALESCE(sum(entry.amount), 0) AS amount, count(*) AS count
      FROM finance_bank_entry entry
      JOIN finance_bank_statement report ON report.id = entry.statement_id
     WHERE report.journal_id = account.id AND report.purpose = 'interim' AND report.state = 'provisional'
       AND entry.state = 'provisional' AND entry.status = 'BOOK'
    """
)
_OPEN = SQL(
    """
    SELECT count(*) AS count, COALESCE(sum(line.amount), 0) AS amount
      FROM account_bank_statement_line line
      JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
     WHERE line.journal_id = account.id AND line.is_reconciled IS NOT TRUE
    """
)
_HELD = SQL(
    """
    SELECT count(*) AS count FROM finance_bank_statement held
     WHERE held.journal_id = account.id AND held.state = 'held'
    """
)
#: hours since the balance, without those of Saturdays and Sundays that have begun since
_AGE = SQL(
    """
    SELECT CASE WHEN booked.id IS NOT NULL THEN
           GREATEST(0, EXTRACT(EPOCH FROM clock.now - booked.moment) / 3600 - 24 * (
               SELECT count(*) FROM generate_series(booked.moment::date + 1, clock.now::date, '1 day') AS day
                WHERE EXTRACT(ISODOW FROM day) > 5)) END AS hours
      FROM (SELECT now() AT TIME ZONE 'UTC' AS now) clock
    """
)
