import psycopg2

from odoo import api, models
from odoo.tools import SQL

#: tables that a statement fills, in the order in which they are locked
TABLES = (
    "account_move",
    "account_bank_statement_line",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
)
#: a table of fewer pages is read as fast in one go as by an index
FEW_PAGES = 16
#: how many times as large as the planner believes a table may be
GROWTH = 4


class FinanceBankStatistics(models.AbstractModel):
    """Keeps the planner of PostgreSQL from taking a large table for a small one while it is being filled.

    Plans of foreign keys are made once a session. Where a table was empty then, each of its keys is looked up by
    reading all of it, and thousands of lines in one transaction take time with their square: autovacuum,
    which counts the rows, sees them after the transaction. Counting them makes plans anew.
    """

    _name = "finance.bank.statistics"
    _description = "Statistics for the Planner"

    @api.model
    def _refresh(self):
        """Count the tables that are several times as large as they were when they were counted."""
        self.env.cr.execute(
            SQL(
                """
                SELECT oid::regclass::text FROM pg_class
                 WHERE oid = ANY(%(tables)s::regclass[])
                   AND pg_relation_size(oid) / 8192 > greatest(%(few)s, %(growth)s * relpages)
                 ORDER BY array_position(%(tables)s::regclass[], oid::regclass)
                """,
                tables=list(TABLES),
                few=FEW_PAGES,
                growth=GROWTH,
            )
        )
        for (table,) in self.env.cr.fetchall():
            self._count(table)

    @api.model
    def _count(self, table):
        try:
            # whoever counts it at the same time does what is needed; nobody waits for it
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(SQL("LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE NOWAIT", SQL.identifier(table)))
        except psycopg2.errors.LockNotAvailable:
            return
        self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
