import logging
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..engine.database import RERUN
from ..engine.transaction import CommittedSteps, NestedSteps
from .finance_dispatcher import RERUN_LIMIT, pause_before_rerun

_logger = logging.getLogger(__name__)

#: events that get their place in one transaction
BATCH = 5000
#: number of the lock in the database under which places are given
LOCK = 0x46494E45  # "FINE"
#: system parameter: days that events are kept
KEEP_PARAMETER = "finance_connector_base.event_days"
KEEP_DAYS = 30


class FinanceEvent(models.Model):
    """In which order events are read.

    Numbers of rows are drawn before a transaction commits: who has read up to number 10 would miss number 9 when its
    transaction commits later. So events get their ``position`` afterwards, from one hand at a time, in a transaction of
    its own: what is visible with a position is complete up to there, for ever. A long transaction elsewhere delays
    its own events and nobody else's. (docs/decisions/0013)
    """

    _inherit = "finance.event"

    @api.model
    def _place(self):
        """Give a position to the events whose transactions have committed.

        Positions are drawn under a lock that is held until they are committed. When two come at the same time, one
        finds the lock taken, or its rows changed (a serialization error, and it is run again): never are later
        positions seen before earlier ones.

        :return: how many; -1 when somebody else is at it
        """
        # a lock that is waited for would let the whole request wait
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,))
        if not self.env.cr.fetchone()[0]:
            return -1
        self.flush_model()
        self.env.cr.execute(
            """
            WITH waiting AS (
                SELECT id FROM finance_event WHERE position IS NULL ORDER BY id LIMIT %s
            ), placed AS (
                SELECT id, nextval('finance_event_position_seq') AS position FROM (
                    SELECT id FROM waiting ORDER BY id OFFSET 0) AS ordered
            )
            UPDATE finance_event e SET position = placed.position FROM placed WHERE e.id = placed.id
            """,
            (BATCH,),
            log_exceptions=False,
        )
        count = self.env.cr.rowcount
        if count:
            self.invalidate_model(["position"])
        return count

    @api.model
    def _head(self):
        """:return: the last position that is seen, 0 when there is none"""
        self.env.cr.execute("SELECT COALESCE(max(position), 0) FROM finance_event")
        return self.env.cr.fetchone()[0]

    @api.model
    def _after_domain(self, position, company_ids, types=(), subject=None):
        """:return: domain of the events that follow a position; what is for one subscription only is told by itself"""
        return [
            ("position", ">", position),
            ("company_id", "in", [*company_ids, False]),
            ("subscription_id", "=", False),
            *([("type", "in", list(types))] if types else []),
            *([("subject", "=", subject)] if subject else []),
        ]

    @api.model
    def _after(self, position, company_ids, types=(), limit=1000, subject=None):
        """Read on.

        :param position: the last one that was read
        :param company_ids: events of these companies, and of all
        :param types: names; none: all
        :param subject: what they are about
        :return: (events in their order, position up to which was read)
        """
        head = self._head()
        found = self.search(
            [*self._after_domain(position, company_ids, types, subject), ("position", "<=", head)],
            order="position",
            limit=limit,
        )
        return found, (found[-1].position if len(found) == limit else max(head, position))

    # -- scheduled -----------------------------------------------------------------------------

    @api.model
    def _cron_relay(self):
        """Give positions and hand events out, until nothing is left."""
        self._relay(CommittedSteps(self.env.cr))

    @api.model
    def _relay(self, steps=None):
        """:param steps: how units of work are separated; default are savepoints of the current transaction
        :return: number of deliveries
        """
        steps = steps or NestedSteps(self.env.cr)
        handed = 0
        while True:
            placed = self._in_step(steps, self._place)
            passed = self._hand_out(steps)
            handed += passed
            if self.env.context.get("ir_cron_progress_id"):
                if self.env["ir.cron"]._commit_progress(max(placed, 0) + passed, remaining=0) <= 0:
                    break
            if placed <= 0 and not passed:
                break
        return handed

    @api.model
    def _in_step(self, steps, work):
        """Do something in a transaction of its own, again when the database reports a conflict."""
        for round_number in range(RERUN_LIMIT):
            try:
                with steps.step():
                    return work()
            except RERUN:
                if not steps.is_committed or round_number == RERUN_LIMIT - 1:
                    raise
                pause_before_rerun(round_number)
        return 0

    @api.model
    def _hand_out(self, steps):
        """Hand new events out to whoever has subscribed; EXTENDS by what listens.

        :return: number of deliveries
        """
        return 0

    @api.model
    def _read_up_to(self):
        """:return: position up to which everybody has been told, None when nobody waits; EXTENDS by what listens"""
        return None

    @api.autovacuum
    def _gc_events(self):
        """Remove what is old and was handed out; content of deliveries that still go on is kept."""
        # sudo: a setting of the database
        given = self.env["ir.config_parameter"].sudo().get_param(KEEP_PARAMETER) or ""
        days = int(given) if given.isdecimal() and int(given) else KEEP_DAYS
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM finance_event WHERE id IN (
                    SELECT e.id FROM finance_event e
                     WHERE e.at < %s AND e.position IS NOT NULL AND (%s IS NULL OR e.position <= %s)
                       AND NOT EXISTS (SELECT 1 FROM finance_message m WHERE m.res_model = 'finance.event'
                                        AND m.res_id = e.id AND m.state NOT IN ('done', 'ignored'))
                     LIMIT 100000)
                """,
                self.env.cr.now() - timedelta(days=days),
                *[self._read_up_to()] * 2,
            )
        )
        self.invalidate_model()
        _logger.info("%s old events removed", self.env.cr.rowcount)
