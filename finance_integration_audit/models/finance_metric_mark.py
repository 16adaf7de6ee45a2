from odoo import fields, models
from odoo.tools import SQL

#: clocks of the machines that write may differ by so much
SKEW = "60 seconds"


class FinanceMetricMark(models.Model):
    """How far a source is rolled up.

    A row is dated in the transaction that writes it and seen when that ends. So two marks are kept: what was settled
    at the last run is known at this one, and the next run begins there. Everything after ``mark`` is counted anew each
    time, so what is committed late is found, and counting twice changes nothing.
    """

    _name = "finance.metric.mark"
    _description = "Progress of Metrics"
    _order = "source"
    _rec_name = "source"
    _log_access = False
    _allow_sudo_commands = False

    source = fields.Char(required=True, readonly=True)
    mark = fields.Datetime(string="Counted up to", readonly=True)
    next_mark = fields.Datetime(readonly=True)
    ran_at = fields.Datetime(string="Last run", readonly=True)
    milliseconds = fields.Integer(string="Took (ms)", readonly=True, aggregator=None)
    error = fields.Char(readonly=True)

    _once = models.UniqueIndex("(source)")

    def _settled(self):
        """:return: the time before which no transaction can bring anything any more, naive UTC

        Also transactions that have only read yet count: they may write, dated by their beginning.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT LEAST(COALESCE(min(xact_start), clock_timestamp()), now()) AT TIME ZONE 'UTC' - %s::interval
                  FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
                """,
                SKEW,
            )
        )
        return self.env.cr.fetchone()[0]
