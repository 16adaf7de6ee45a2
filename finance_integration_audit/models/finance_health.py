from odoo import api, models
from odoo.tools import SQL

#: seconds after which something that should run every minute is dead, or a message that is due waits too long
DEAD, LAG = 900, 900


class FinanceHealth(models.AbstractModel):
    """Whether this Odoo can do its work: what a load balancer asks, and what is told to who has a key."""

    _name = "finance.health"
    _description = "Health"

    @api.model
    def _ready(self):
        """Look at everything that work needs, with the rights of the system.

        :return: dict name -> (whether it is well, what was seen)
        """
        return {
            "database": self._database(),
            "scheduled_actions": self._scheduled_actions(),
            "master_key": self._master_key(),
            "dispatcher": self._dispatcher(),
            "metrics": self._metrics(),
        }

    @api.model
    def _database(self):
        self.env.cr.execute("SELECT NOT pg_is_in_recovery()")
        writable = self.env.cr.fetchone()[0]
        return writable, "writable" if writable else "read only"

    @api.model
    def _scheduled_actions(self):
        """The queue is worked by four actions that run every minute: one that lives is enough."""
        names = [f"finance_connector_base.ir_cron_dispatcher_{number}" for number in range(1, 5)]
        crons = [self.env.ref(name, raise_if_not_found=False) for name in names]
        alive = [cron for cron in crons if cron and cron.active]
        if not alive:
            return False, "none is active"
        late = min((self.env.cr.now() - cron.nextcall).total_seconds() for cron in alive)
        return late < DEAD, f"{max(int(late), 0)} s late"

    @api.model
    def _master_key(self):
        keys = self.env["finance.key"]
        if not keys._locked_reason():
            return True, "present"
        is_needed = keys._is_sealing()
        return not is_needed, "missing" if is_needed else "not needed"

    @api.model
    def _dispatcher(self):
        """How long the oldest message waits that nothing holds back: no pause, no circuit, no login."""
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(max(extract(epoch FROM now() AT TIME ZONE 'UTC'
                                            - GREATEST(m.next_at, m.create_date))), 0)::int
                  FROM finance_message m
                  JOIN finance_flow f ON f.id = m.flow_id AND NOT COALESCE(f.paused, FALSE)
                  JOIN finance_connection c ON c.id = m.connection_id AND c.state IN ('active', 'draining')
                   AND NOT COALESCE(c.auth_needed, FALSE)
                 WHERE m.state IN ('queued', 'retry')
                   AND COALESCE(m.next_at, m.create_date) < now() AT TIME ZONE 'UTC'
                   AND COALESCE(c.hold_until, m.create_date) <= now() AT TIME ZONE 'UTC'
                   AND NOT EXISTS (SELECT FROM finance_circuit k WHERE k.connection_id = c.id AND k.state <> 'closed')
                """
            )
        )
        [lag] = self.env.cr.fetchone()
        return lag < LAG, f"{lag} s behind"

    @api.model
    def _metrics(self):
        marks = self.env["finance.metric.mark"].search([("error", "!=", False)])
        return not marks, ", ".join(marks.mapped("source")) or "measured"
