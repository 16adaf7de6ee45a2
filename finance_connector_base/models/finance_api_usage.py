from contextlib import suppress

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

#: how often a request takes its turn anew, when others were faster
TRIES = 8


class FinanceApiUsage(models.Model):
    """How often a program has asked, and when it may ask again; written by each request in a transaction of its own.

    The limit is one time, that of the next free slot (generic cell rate algorithm), in one UPDATE that waits for
    nobody longer than another request takes for its own.
    """

    _name = "finance.api.usage"
    _description = "Use of the Interface"
    _log_access = False
    _allow_sudo_commands = False

    client_id = fields.Many2one("finance.api.client", required=True, readonly=True, ondelete="cascade")
    next_at = fields.Float(readonly=True, digits=(20, 6), aggregator=None)
    request_count = fields.Integer(readonly=True, aggregator="sum")
    refused_count = fields.Integer(readonly=True, aggregator="sum")
    last_used_at = fields.Datetime(readonly=True)

    _once = models.UniqueIndex("(client_id)", "There is one row for each program.")

    @api.model
    def _of(self, clients):
        self.flush_model()
        return self.search([("client_id", "in", clients.ids)])

    @api.model
    def _take(self, client):
        """Take the right to one request.

        :return float: 0, or seconds after which to ask again
        """
        # a transaction of its own: a request that fails has been made, too; and the lock is let go at once
        for _try in range(TRIES):
            with suppress(SerializationFailure), self.env.registry.cursor() as cr:
                return self._take_one(cr, client)
        # more requests of this program at the same moment than can be told apart
        return 1.0

    @api.model
    def _take_one(self, cr, client):
        cr.execute(
            "INSERT INTO finance_api_usage (client_id, next_at, request_count, refused_count) VALUES (%s, 0, 0, 0)"
            " ON CONFLICT (client_id) DO NOTHING",
            (client.id,),
            log_exceptions=False,
        )
        cr.execute(
            SQL(
                """
                WITH clock AS (SELECT extract(epoch FROM clock_timestamp())::float8 AS now)
                UPDATE finance_api_usage u
                   SET next_at = CASE WHEN %(rate)s = 0 OR u.next_at - %(credit)s <= clock.now
                                      THEN GREATEST(u.next_at, clock.now) + %(gap)s ELSE u.next_at END,
                       request_count = request_count
                                     + (%(rate)s = 0 OR u.next_at - %(credit)s <= clock.now)::int,
                       refused_count = refused_count
                                     + (NOT (%(rate)s = 0 OR u.next_at - %(credit)s <= clock.now))::int,
                       last_used_at = clock_timestamp() AT TIME ZONE 'UTC'
                  FROM clock, (SELECT next_at AS before FROM finance_api_usage
                                WHERE client_id = %(client)s FOR NO KEY UPDATE) old
                 WHERE u.client_id = %(client)s
                RETURNING CASE WHEN %(rate)s = 0 THEN 0
                               ELSE GREATEST(old.before - %(credit)s - clock.now, 0) END
                """,
                client=client.id,
                rate=client.rate,
                credit=(client.burst - 1) / client.rate if client.rate else 0.0,
                gap=1.0 / client.rate if client.rate else 0.0,
            ),
            log_exceptions=False,
        )
        return cr.fetchone()[0]
