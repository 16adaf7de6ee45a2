from odoo import api, models
from odoo.tools import SQL

from .finance_bank_stager import COLUMNS


class FinanceBankBatch(models.AbstractModel):
    """Details of collective bookings that come in a file of their own (camt.054).

    A statement often tells a collective booking as one amount. Where a notification about the same
    booking told its payments before, the statement is posted with them: each payment is a line, and is
    matched by itself, as if the statement had said it.
    """

    _name = "finance.bank.batch"
    _description = "Details of Collective Bookings"

    @api.model
    def _attach(self, statement):
        """Replace collective bookings of a staged statement by the details that a notification told.

        Both name the booking by the same key (the bank's reference, amount and day), so the details add
        up to it, and a later delivery of either is known as imported before.

        :return: None, as a check that has passed
        """
        if not statement.journal_id.finance_split_batches:
            return None
        statement.flush_recordset()
        self.env["finance.bank.entry"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH told AS (
                    SELECT whole.id AS whole_id, whole.position, newest.statement_id
                      FROM finance_bank_entry whole
                      CROSS JOIN LATERAL (
                            SELECT detail.statement_id
                              FROM finance_bank_entry detail
                              JOIN finance_bank_statement notification ON notification.id = detail.statement_id
                             WHERE notification.journal_id = %(journal)s AND notification.purpose <> 'statement'
                               AND notification.state IN ('provisional', 'superseded')
                               AND detail.detail_position > 0 AND detail.key LIKE whole.key || '/%%'
                               AND detail.currency_name = whole.currency_name
                             GROUP BY detail.statement_id
                            HAVING sum(detail.amount) = whole.amount
                             ORDER BY detail.statement_id DESC LIMIT 1) newest
                     WHERE whole.statement_id = %(statement)s AND whole.state = 'staged'
                       AND whole.detail_position = 0 AND whole.details IS NULL
                ), gone AS (
                    DELETE FROM finance_bank_entry USING told WHERE finance_bank_entry.id = told.whole_id
                    RETURNING finance_bank_entry.id
                )
                INSERT INTO finance_bank_entry (statement_id, position, state, detail_position, %(columns)s)
                SELECT %(statement)s, told.position, 'staged', detail.detail_position, %(detail_columns)s
                  FROM told
                  JOIN finance_bank_entry whole ON whole.id = told.whole_id
                  JOIN finance_bank_entry detail ON detail.statement_id = told.statement_id
                   AND detail.key LIKE whole.key || '/%%'
                 ORDER BY told.position, detail.detail_position
                """,
                journal=statement.journal_id.id,
                statement=statement.id,
                columns=_columns("finance_bank_entry", is_named=False),
                detail_columns=_columns("detail", is_named=True),
            )
        )
        self.env["finance.bank.entry"].invalidate_model(flush=False)
        return None


def _columns(table, *, is_named):
    """What a detail says of itself: everything that is staged, except where it stands."""
    own = [name for name in COLUMNS if name not in ("statement_id", "position", "state", "detail_position")]
    columns = [SQL.identifier(table, name) if is_named else SQL.identifier(name) for name in own]
    return SQL(", ").join(columns)
