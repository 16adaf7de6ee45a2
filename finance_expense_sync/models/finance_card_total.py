from odoo import api, fields, models
from odoo.tools import SQL


class FinanceCardTotal(models.Model):
    """What cards were charged in a month, and where it is: on the ledger, claimed, open, or named why not (E-05).

    The ledger is read from the entries: one that somebody has cancelled or put back to draft is a difference.
    """

    _name = "finance.card.total"
    _description = "Cards by Month"
    _auto = False
    _order = "month desc, connection_id, company_id, currency_id"
    _rec_name = "month"
    _depends = {
        "finance.card.transaction": [
            "state",
            "amount",
            "settled_on",
            "connection_id",
            "company_id",
            "currency_id",
            "match_state",
            "reason_code",
            "is_claimed",
            "difference",
        ],
        "finance.card.claim": ["transaction_id", "report_id", "state", "amount"],
        "finance.card.posting": ["transaction_id", "kind", "move_id", "reversal_id", "amount"],
        "finance.expense.posting": ["report_id", "kind", "move_id", "reverses_id"],
        "finance.expense.report": ["state"],
        "account.move": ["state"],
    }

    month = fields.Date(readonly=True)
    connection_id = fields.Many2one("finance.connection", string="Feed", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    card_count = fields.Integer(string="Charges", readonly=True)
    charged_total = fields.Monetary(string="Charged", readonly=True, aggregator=None)
    ledger_total = fields.Monetary(
        string="On the ledger", readonly=True, aggregator=None, help="By claims, as private spending, or accepted."
    )
    claimed_total = fields.Monetary(string="Claimed, not booked", readonly=True, aggregator=None)
    open_total = fields.Monetary(string="Without claim", readonly=True, aggregator=None)
    exception_total = fields.Monetary(string="Needs attention", readonly=True, aggregator=None)
    differing_total = fields.Monetary(
        string="Differs from claims", readonly=True, aggregator=None, help="Named on each transaction."
    )
    dropped_total = fields.Monetary(string="Given up", readonly=True, aggregator=None)
    difference = fields.Monetary(readonly=True, aggregator=None)
    proof = fields.Selection([("proved", "Proved"), ("difference", "Difference")], readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT t.*, CASE WHEN t.difference = 0 THEN 'proved' ELSE 'difference' END AS proof
              FROM (SELECT s.*, charged_total - ledger_total - claimed_total - open_total - exception_total
                                - differing_total - dropped_total AS difference
                      FROM (SELECT min(c.id) AS id, date_trunc('month', c.settled_on)::date AS month, c.connection_id,
                                   c.company_id, c.currency_id, count(*) AS card_count, sum(c.amount) AS charged_total,
                                   sum(COALESCE(l.booked, 0) + COALESCE(p.booked, 0)) AS ledger_total,
                                   sum(COALESCE(l.waiting, 0)) AS claimed_total,
                                   sum(CASE WHEN c.state = 'settled' AND c.reason_code IS NULL
                                             AND c.match_state IN ('unclaimed', 'proposed') THEN c.amount ELSE 0 END)
                                       AS open_total,
                                   sum(CASE WHEN c.state = 'settled' AND c.reason_code IS NOT NULL
                                             AND c.match_state IN ('unclaimed', 'proposed') THEN c.amount ELSE 0 END)
                                       AS exception_total,
                                   sum(CASE WHEN c.state = 'settled' AND c.is_claimed
                                            THEN COALESCE(c.difference, 0) ELSE 0 END)
                                       AS differing_total,
                                   sum(CASE WHEN c.state = 'dropped' THEN c.amount ELSE 0 END) AS dropped_total
                              FROM finance_card_transaction c
                              LEFT JOIN LATERAL (
                                   SELECT sum(q.booked) AS booked, sum(q.waiting) AS waiting
                                     FROM (%s) q WHERE q.transaction_id = c.id AND c.state = 'settled') l ON TRUE
                              LEFT JOIN LATERAL (
                                   SELECT sum(q.amount) AS booked
                                     FROM finance_card_posting q JOIN account_move v ON v.id = q.move_id
                                    WHERE q.transaction_id = c.id AND q.reversal_id IS NULL AND v.state = 'posted'
                                      AND q.kind IN ('personal', 'difference') AND c.state = 'settled') p ON TRUE
                             WHERE c.state IN ('settled', 'dropped') AND c.settled_on IS NOT NULL
                             GROUP BY 2, 3, 4, 5) s) t
            """,
            self._claimed(),
        )

    @api.model
    def _claimed(self):
        """:return: query of what is claimed of transactions: transaction_id, booked, waiting for its entry"""
        return SQL(
            """
            SELECT m.transaction_id, CASE WHEN b.is_booked THEN m.amount ELSE 0 END AS booked,
                   CASE WHEN r.state IN ('received', 'exception', 'waiting') THEN m.amount ELSE 0 END AS waiting
              FROM finance_card_claim m
              JOIN finance_expense_report r ON r.id = m.report_id
              CROSS JOIN LATERAL (
                   SELECT COALESCE(bool_and(v.state = 'posted'), FALSE)
                          AND r.state IN ('posted', 'paid') AS is_booked
                     FROM finance_expense_posting g JOIN account_move v ON v.id = g.move_id
                    WHERE g.report_id = r.id AND g.kind = 'posted'
                      AND NOT EXISTS (SELECT 1 FROM finance_expense_posting k WHERE k.reverses_id = g.id)) b
             WHERE m.state = 'confirmed' AND r.state NOT IN ('dropped', 'returned')
            """
        )

    def action_view_cards(self):
        """Show the transactions of the month."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.connection_id.name}, {self.month:%Y-%m}",
            "res_model": "finance.card.transaction",
            "view_mode": "list,form",
            "domain": [
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("settled_on", ">=", self.month),
                ("settled_on", "<", fields.Date.add(self.month, months=1)),
                ("state", "in", ["settled", "dropped"]),
            ],
        }
