from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..engine.limiter import Limit

#: seconds a worker waits at most for its turn to call
PATIENCE = 10.0
#: state that workers write, never a person
STATE = frozenset({"next_at", "ramp_at", "ramp_rate", "ramp_seconds"})

_COLUMNS = SQL(
    "l.id, COALESCE(l.path, ''), COALESCE(l.rate, 0), COALESCE(l.burst, 1),"
    " COALESCE(extract(epoch FROM l.next_at), 0)::float8, extract(epoch FROM l.ramp_at)::float8,"
    " COALESCE(l.ramp_rate, 0), COALESCE(l.ramp_seconds, 10), extract(epoch FROM clock_timestamp())::float8"
)


class FinanceLimit(models.Model):
    """How fast a connection, or one part of its addresses, is called; one row keeps setting and state.

    The row is the only thing workers share: they take some slots of time from it in a short
    transaction of their own and make their calls then (``engine/limiter.py``). Whoever finds it
    locked does not queue up behind the lock, but looks again.
    """

    _name = "finance.limit"
    _description = "Limit of Calls"
    _order = "connection_id, path"
    _log_access = False

    connection_id = fields.Many2one("finance.connection", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    active = fields.Boolean(default=True)
    path = fields.Char(
        string="Addresses",
        default="",
        help="Beginning of the paths it is for, e.g. /v2/payments. Empty: every call of the connection.",
    )
    rate = fields.Float(string="Calls per second", aggregator=None, help="0: without limit.")
    burst = fields.Integer(
        string="At once",
        aggregator=None,
        default=1,
        help="Calls that may follow each other at once after a quiet time.",
    )
    next_at = fields.Datetime(readonly=True, copy=False)
    ramp_at = fields.Datetime(string="Slowed down since", readonly=True, copy=False)
    ramp_rate = fields.Float(readonly=True, copy=False, aggregator=None)
    ramp_seconds = fields.Float(readonly=True, copy=False, aggregator=None)
    current_rate = fields.Char(string="At present", compute="_compute_current_rate")

    @api.depends("path", "connection_id.name")
    def _compute_display_name(self):
        for limit in self:
            limit.display_name = self.env._(
                "Limit of %(connection)s (%(path)s)",
                connection=limit.connection_id.name or "",
                path=limit.path or self.env._("every call"),
            )

    _one_per_path = models.UniqueIndex(
        "(connection_id, COALESCE(path, '')) WHERE active IS NOT FALSE", "There is a limit for these addresses."
    )
    _sensible = models.Constraint(
        "CHECK (COALESCE(rate, 0) >= 0 AND COALESCE(burst, 1) BETWEEN 1 AND 10000)",
        "A limit is not negative, and at least one call may follow after a quiet time.",
    )

    @api.depends("rate", "ramp_at")
    def _compute_current_rate(self):
        now = self.env.cr.now().timestamp()
        for line in self:
            ramp = line.ramp_at
            limit = Limit(
                rate=line.rate,
                ramp_at=fields.Datetime.from_string(ramp).timestamp() if ramp else None,
                ramp_rate=line.ramp_rate,
                ramp_seconds=line.ramp_seconds or 10.0,
            )
            rate = limit.effective(now)
            line.current_rate = self.env._("without limit") if rate is None else self.env._("%s a second", f"{rate:g}")

    @api.constrains("path")
    def _check_path(self):
        for line in self:
            if line.path and not line.path.startswith("/"):
                raise ValidationError(self.env._("%s: paths begin with a slash.", line.path))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(STATE & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("What workers note of a limit is not entered by hand."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and STATE & vals.keys():
            raise AccessError(self.env._("What workers note of a limit is not entered by hand."))
        return super().write(vals)

    # -- what the dispatcher asks ------------------------------------------------------------

    @api.model
    def _of_connections(self, connection_ids):
        """:return: (dict connection id -> tuple of (id, path, limit), time of the database)"""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT l.connection_id, %s FROM finance_limit l WHERE l.connection_id = ANY(%s)"
                " AND l.active IS NOT FALSE",
                _COLUMNS,
                connection_ids,
            )
        )
        found, now = {}, 0.0
        for connection_id, *row in self.env.cr.fetchall():
            limit_id, path, limit, now = _read(row)
            found[connection_id] = (*found.get(connection_id, ()), (limit_id, path, limit))
        return found, now

    @api.model
    def _take(self, limit_id, count):
        """Take slots for calls.

        :return: None when another worker is taking some at this moment; else (seconds from now of each slot,
            empty when the first is further away than one waits; seconds until the first)
        """
        self.env.cr.execute(
            SQL("SELECT %s FROM finance_limit l WHERE l.id = %s FOR NO KEY UPDATE SKIP LOCKED", _COLUMNS, limit_id),
            log_exceptions=False,
        )
        row = self.env.cr.fetchone()
        if row is None:
            return None
        _id, _path, limit, now = _read(row)
        first = limit.first_slot(now) - now
        if first > PATIENCE:
            return [], first
        slots, after = limit.taken(now, count)
        if limit.is_recovered(now):
            after = Limit(rate=after.rate, burst=after.burst, next_at=after.next_at)
        if after != limit:
            self._keep(limit_id, after)
        return [max(slot - now, 0.0) for slot in slots], first

    @api.model
    def _ramp(self, connection_id, *, wait=None):
        """Lower the rate of a connection, to double again from there.

        :param wait: seconds for which the other side wants to be left alone; without, an outage is over
        """
        connection = self.env["finance.connection"].sudo().browse(connection_id)  # sudo: called by the dispatcher
        share, seconds = connection.ramp_share / 100.0, float(connection.ramp_seconds)
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM finance_limit l WHERE l.connection_id = %s AND COALESCE(l.path, '') = ''"
                " AND l.active IS NOT FALSE FOR NO KEY UPDATE",
                _COLUMNS,
                connection_id,
            ),
            log_exceptions=False,
        )
        row = self.env.cr.fetchone()
        if row is None:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO finance_limit AS l (connection_id, path, rate, burst, active)"
                    " VALUES (%s, '', 0, 1, TRUE)"
                    " RETURNING %s",
                    connection_id,
                    _COLUMNS,
                ),
                log_exceptions=False,
            )
            row = self.env.cr.fetchone()
        limit_id, _path, limit, now = _read(row)
        if wait is None:
            self._keep(limit_id, limit.ramped(now, share=share, seconds=seconds))
        elif limit.ramp_at is None or limit.ramp_at <= now:
            # several calls that were under way say the same: the rate is halved once
            self._keep(limit_id, limit.slowed(now, seconds=seconds, wait=wait))

    @api.model
    def _keep(self, limit_id, limit):
        self.env.cr.execute(
            SQL(
                "UPDATE finance_limit SET next_at = to_timestamp(%s) AT TIME ZONE 'UTC',"
                " ramp_at = to_timestamp(%s) AT TIME ZONE 'UTC', ramp_rate = %s, ramp_seconds = %s WHERE id = %s",
                limit.next_at,
                limit.ramp_at,
                limit.ramp_rate,
                limit.ramp_seconds,
                limit_id,
            ),
            log_exceptions=False,
        )
        self.browse(limit_id).invalidate_recordset(flush=False)


def _read(row):
    limit_id, path, rate, burst, next_at, ramp_at, ramp_rate, ramp_seconds, now = row
    limit = Limit(
        rate=rate, burst=burst, next_at=next_at, ramp_at=ramp_at, ramp_rate=ramp_rate, ramp_seconds=ramp_seconds
    )
    return limit_id, path, limit, now
