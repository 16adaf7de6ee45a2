from odoo import api, fields, models
from odoo.tools import SQL

#: days for which single requests are kept; their sums stay in the metrics
KEPT_DAYS = 3


class FinanceApiCall(models.Model):
    """One request of a program, for the time until it is rolled up: which endpoint, how it ended, how long it took.

    Who asked and what for is not in it.
    """

    _name = "finance.api.call"
    _description = "Request of a Program"
    _order = "id desc"
    _rec_name = "endpoint"
    _log_access = False
    _allow_sudo_commands = False

    at = fields.Datetime(string="When", required=True, readonly=True)
    endpoint = fields.Char(required=True, readonly=True)
    method = fields.Char(required=True, readonly=True)
    status = fields.Integer(readonly=True, aggregator=None)
    milliseconds = fields.Float(string="Took (ms)", readonly=True, aggregator="avg")
    correlation_id = fields.Char(readonly=True)

    _at = models.Index("(at)")

    @api.model
    def _note(self, endpoint, method, status, milliseconds, correlation):
        """Keep one request, in a transaction of its own: what the request itself did may have been taken back."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "INSERT INTO finance_api_call (at, endpoint, method, status, milliseconds, correlation_id)"
                    " VALUES (clock_timestamp() AT TIME ZONE 'UTC', %s, %s, %s, %s, %s)",
                    endpoint,
                    method,
                    status,
                    milliseconds,
                    correlation,
                )
            )

    @api.autovacuum
    def _gc_old(self):
        self.env.cr.execute(
            SQL("DELETE FROM finance_api_call WHERE at < now() AT TIME ZONE 'UTC' - %s * interval '1 day'", KEPT_DAYS)
        )
