from datetime import timedelta

from odoo import api, models

#: seconds a job may wait for its runner before the scheduled actions are woken beside it
PATIENCE = 60
#: part of the identity keys; a job that waits for a time has a key of its own, so that it hides no call
KEY = "finance.dispatcher:"
LATER = f"{KEY}later"

# One at a time, and each with a snapshot of its own: under Odoo's REPEATABLE READ the second
# one would not see the job that the first one has just made.
ONE_AT_A_TIME = """
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SELECT pg_advisory_xact_lock(hashtext('finance.dispatcher'), hashtext('jobs'))
"""
WAITING = """
    SELECT date_created < (clock_timestamp() AT TIME ZONE 'UTC') - %(patience)s * interval '1 second'
      FROM queue_job WHERE identity_key = %(key)s AND state IN ('pending', 'enqueued')
"""
NEXT_DUE = """
    SELECT min(next_at) FROM finance_message
     WHERE state IN ('queued', 'retry') AND next_at > statement_timestamp() AT TIME ZONE 'UTC'
"""


class FinanceDispatcher(models.AbstractModel):
    """The jobs: at most one waiting for each number, whoever calls."""

    _inherit = "finance.dispatcher"

    @api.model
    def _call_job(self, shard):
        """Make sure that a job of this number is waiting; in a transaction of its own that nothing has begun."""
        self._begin_calling()
        key = f"{KEY}{shard}"
        self.env.cr.execute(WAITING, {"key": key, "patience": PATIENCE})
        waiting = self.env.cr.fetchall()
        if not waiting:
            self._delay(key, shard)
        elif any(is_late for (is_late,) in waiting):
            # the runner stands still or is not there
            self._trigger_dispatchers()

    @api.model
    def _call_job_later(self):
        """Make sure that a job comes when the next message becomes due: a retry, something dated."""
        self._begin_calling()
        self.env.cr.execute(NEXT_DUE)
        [due] = self.env.cr.fetchone()
        if due is None:
            return
        eta = due.replace(microsecond=0) + timedelta(seconds=1)  # whole seconds, never too early
        self.env.cr.execute(
            "SELECT id, eta > %(eta)s FROM queue_job WHERE identity_key = %(key)s AND state = 'pending'",
            {"key": LATER, "eta": eta},
        )
        waiting = self.env.cr.fetchall()
        if not waiting:
            self._delay(LATER, 1, eta=eta)
        for job_id, is_too_late in waiting:
            if is_too_late:
                self.env.cr.execute("UPDATE queue_job SET eta = %s WHERE id = %s", (eta, job_id))

    @api.model
    def _begin_calling(self):
        self.env.cr.execute(ONE_AT_A_TIME)

    @api.model
    def _delay(self, key, shard, eta=None):
        # max_retries=0: a job whose worker is killed is run again without end, the messages count their own crashes
        delayed = self.sudo().with_delay(  # sudo: jobs run as the system, whoever caused the work
            identity_key=key, eta=eta, max_retries=0, priority=5, description=self.env._("Work the finance queue")
        )
        return delayed._job_drain(shard)

    @api.model
    def _remove_waiting_jobs(self):
        # sudo: jobs belong to the system
        jobs = self.env["queue.job"].sudo().search([("identity_key", "=like", f"{KEY}%"), ("state", "!=", "started")])
        return jobs.unlink()
