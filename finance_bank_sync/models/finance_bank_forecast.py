from odoo import fields, models
from odoo.tools import SQL

from .finance_bank_statement import AMOUNT_DIGITS


class FinanceBankForecast(models.Model):
    """What cash there is and what will come and go, by day: add the rows up and see the liquidity.

    Rows are the cash of today (what the bank says), payments on their way, and open receivables and
    payables on the day they are due; what is overdue is expected today and marked.
    """

    _name = "finance.bank.forecast"
    _description = "Liquidity Forecast"
    _auto = False
    _order = "date, id"
    _depends = {
        "account.move.line": ["amount_residual", "amount_residual_currency", "currency_id", "date_maturity",
                              "account_id", "parent_state", "reconciled", "partner_id"],
        "account.move": ["payment_state"],
        "account.payment": ["state", "is_matched", "amount", "payment_type", "journal_id", "currency_id", "date"],
        "account.journal": ["active", "type", "company_id", "currency_id"],
        "finance.bank.balance": ["amount", "moment", "journal_id", "kind"],
        "finance.payment.line": ["payment_id", "is_confidential"],
    }  # fmt: skip

    kind = fields.Selection(
        [
            ("cash", "Cash"),
            ("in_flight", "In flight"),
            ("receivable", "Receivables"),
            ("payable", "Payables"),
        ],
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    journal_id = fields.Many2one("account.journal", string="Bank account", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True)
    name = fields.Char(string="Document", readonly=True)
    date = fields.Date(readonly=True, help="When it counts: the day it is due, today when that is over.")
    due_date = fields.Date(string="Due", readonly=True)
    is_overdue = fields.Boolean(string="Overdue", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    report_currency_id = fields.Many2one("res.currency", string="Currency of the totals", readonly=True)
    report_amount = fields.Monetary(string="Amount (total)", currency_field="report_currency_id", readonly=True)
    item_id = fields.Many2one("account.move.line", string="Open item", readonly=True)
    payment_id = fields.Many2one("account.payment", readonly=True)

    @property
    def _table_query(self):
        rates = self.env["finance.bank.rates"]
        currency = self.env.company.currency_id
        return SQL(
            """
            WITH rate AS (%(rates)s), cash AS (%(cash)s)
            SELECT flow.*, %(currency)s AS report_currency_id, %(total)s AS report_amount
              FROM (
                SELECT cash.id::bigint * 4 AS id, 'cash' AS kind, cash.company_id, cash.journal_id,
                       NULL::integer AS partner_id, cash.bank_name AS name, %(today)s::date AS date,
                       NULL::date AS due_date, FALSE AS is_overdue, cash.currency_id,
                       COALESCE(cash.bank_balance, cash.ledger_balance) AS amount, NULL::integer AS item_id,
                       NULL::integer AS payment_id
                  FROM cash
                 UNION ALL
                SELECT payment.id::bigint * 4 + 1, 'in_flight', payment.company_id, payment.journal_id,
                       -- whom confidential payments pay is nobody's business here
                       CASE WHEN NOT EXISTS (SELECT FROM finance_payment_line l
                                              WHERE l.payment_id = payment.id AND l.is_confidential)
                            THEN payment.partner_id END,
                       payment.name, GREATEST(payment.date, %(today)s), payment.date,
                       payment.date < %(today)s, payment.currency_id,
                       CASE WHEN payment.payment_type = 'outbound' THEN -payment.amount ELSE payment.amount END,
                       NULL, payment.id
                  FROM account_payment payment
                  JOIN cash ON cash.journal_id = payment.journal_id
                 WHERE payment.state IN ('in_process', 'paid') AND payment.is_matched IS NOT TRUE
                   AND payment.id <> ALL(cash.seen_payments)
                 UNION ALL
                SELECT item.id::bigint * 4 + 2,
                       CASE account.account_type WHEN 'asset_receivable' THEN 'receivable' ELSE 'payable' END,
                       item.company_id, NULL, item.partner_id, item.move_name,
                       GREATEST(COALESCE(item.date_maturity, item.date), %(today)s),
                       COALESCE(item.date_maturity, item.date), COALESCE(item.date_maturity, item.date) < %(today)s,
                       item.currency_id, item.amount_residual_currency, item.id, NULL
                  FROM account_move_line item
                  JOIN account_account account ON account.id = item.account_id
                  JOIN account_move move ON move.id = item.move_id
                 WHERE item.parent_state = 'posted' AND item.reconciled IS NOT TRUE
                   AND account.account_type IN ('asset_receivable', 'liability_payable')
                   AND item.amount_residual_currency <> 0
                   -- paid by a payment that has no entry of its own, which is in flight
                   AND move.payment_state IS DISTINCT FROM 'in_payment') flow
              LEFT JOIN rate ON rate.currency_id = flow.currency_id
            """,
            rates=rates._rates_query(),
            cash=self.env["finance.bank.position"]._table_query,
            currency=currency.id,
            total=rates._round(SQL("flow.amount * rate.factor"), currency),
            today=fields.Date.context_today(self),
        )

    def action_view_source(self):
        """Open the document, the payment, or the balances behind a row."""
        self.ensure_one()
        self.check_access("read")
        if self.kind == "cash":
            return self.env["finance.bank.position"].browse(self.journal_id.id).action_view_balances()
        record = self.payment_id or self.item_id.move_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "view_mode": "form",
            "res_id": record.id,
        }
