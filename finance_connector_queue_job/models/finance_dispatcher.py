import logging
import time

from odoo import SUPERUSER_ID, api, models

from odoo.addons.finance_connector_base.engine.database import is_infrastructure
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps
from odoo.addons.queue_job.exception import RetryableJobError

_logger = logging.getLogger(__name__)

RUNNER = "finance_connector_queue_job.runner"
SHARDS = "finance_connector_queue_job.shards"
DEFAULT_SHARDS = 4

#: minutes between two looks of the scheduled actions while jobs do the work
FALLBACK_MINUTES = 5
#: seconds after which a job makes room for others: below the shortest usual limit of an HTTP worker (60 s of CPU)
JOB_SECONDS = 40
#: due messages that make a job call the next one for help
ENOUGH_FOR_TWO = 20


class FinanceDispatcher(models.AbstractModel):
    """Lets the job runner of queue_job drain the queue.

    The queue stays where it is: a job is only somebody who works it, like a scheduled action.
    Claims, leases and fences do not know the difference, so a job that is killed, that runs
    twice or never runs changes nothing but the hour.

    Job 1 is called when something was queued; a job that finds plenty calls the next one. How
    many run at the same time is what the channel ``root.finance`` allows.
    """

    _inherit = "finance.dispatcher"

    @api.model
    def _runs_in_jobs(self):
        """:return: whether the job runner was chosen (it is unless somebody chose otherwise)"""
        # sudo: a setting, read in whatever transaction causes work
        return self.env["ir.config_parameter"].sudo().get_param(RUNNER, "queue_job") == "queue_job"

    @api.model
    def _call_workers(self):
        """OVERRIDE of finance_connector_base: call a job instead of the scheduled actions.

        After the commit, in a transaction of its own: a job that was waiting before might start
        too early to see what this transaction queued. What is lost in between, the scheduled
        actions find at their pace.
        """
        if not self._runs_in_jobs():
            return super()._call_workers()
        registry = self.env.registry

        def call():
            try:
                with registry.cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["finance.dispatcher"]._call_job(1)
            except Exception:  # the data is committed: a failing hint must not look like a failed transaction
                _logger.warning("no job could be called, the scheduled actions will poll", exc_info=True)

        return self.env.cr.postcommit.add(call)

    @api.model
    def _job_drain(self, shard):
        """Body of a job: work what is due, then see to it that somebody looks again when more is.

        Its cursor is its own (``allow_commit`` of the job function), so each step commits.
        """
        started = time.monotonic()
        steps = CommittedSteps(self.env.cr)
        try:
            with steps.step():
                is_plenty = shard < self._shards() and self._due_count(ENOUGH_FOR_TWO) >= ENOUGH_FOR_TWO
            if is_plenty:
                with self.env.registry.cursor() as cr:
                    self.with_env(self.env(cr=cr))._call_job(shard + 1)
            worked = self._drain(steps, seconds=JOB_SECONDS)
            with self.env.registry.cursor() as cr:
                dispatcher = self.with_env(self.env(cr=cr))
                if time.monotonic() - started >= JOB_SECONDS:
                    dispatcher._call_job(shard)
                else:
                    dispatcher._call_job_later()
        except Exception as error:
            if not is_infrastructure(error, connection_closed=self.env.cr.closed):
                raise
            raise RetryableJobError("the database is in trouble", seconds=10, ignore_retry=True) from error
        return self.env._("%s messages worked", worked)

    @api.model
    def _shards(self):
        # sudo: a setting of the runner
        number = self.env["ir.config_parameter"].sudo().get_param(SHARDS, str(DEFAULT_SHARDS))
        return max(int(number), 1) if number.isdigit() else DEFAULT_SHARDS

    @api.model
    def _due_count(self, limit):
        self.env.cr.execute(
            """
            SELECT count(*) FROM (
                SELECT 1 FROM finance_message
                 WHERE state IN ('queued', 'retry') AND next_at <= statement_timestamp() AT TIME ZONE 'UTC'
                 LIMIT %s) due
            """,
            (limit,),
        )
        return self.env.cr.fetchone()[0]

    # -- scheduled actions -----------------------------------------------------------------

    @api.model
    def _pace_scheduled_actions(self):
        """Let the scheduled actions look as often as the chosen runner needs it."""
        self._set_interval_of_scheduled_actions(FALLBACK_MINUTES if self._runs_in_jobs() else 1)
        self._trigger_dispatchers()

    @api.model
    def _set_interval_of_scheduled_actions(self, minutes):
        # sudo: who may change the settings need not be the technical administrator
        crons = self.env["ir.cron"].sudo().with_context(active_test=False)
        for cron in crons.search([("model_id.model", "=", self._name), ("code", "=", "model._cron_drain()")]):
            if cron.interval_number != minutes or cron.interval_type != "minutes":
                cron.write({"interval_number": minutes, "interval_type": "minutes"})
