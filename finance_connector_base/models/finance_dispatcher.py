import logging
import os
import random
import time

from odoo import SUPERUSER_ID, api, models

from ..engine.database import is_infrastructure
from ..engine.run import Run
from ..engine.transaction import CommittedSteps, NestedSteps
from ..engine.work import correlate_log_records
from ..safe.log_masking import mask_log_records

_logger = logging.getLogger(__name__)
correlate_log_records()
mask_log_records()

#: seconds between two looks for what killed workers left behind
RECOVERY_SECONDS = 5.0
#: a run stays for what a limit or a circuit lets through within so many seconds
TURN_SECONDS = 5.0
#: how often a transaction that the database refuses is run again
RERUN_LIMIT = 6


def min_lease():
    """:return: shortest lease in seconds; whoever runs the server may change it (the crash tests do)"""
    return int(os.environ.get("FINANCE_MIN_LEASE", "30"))


class FinanceDispatcher(models.AbstractModel):
    """Claims messages and carries them to their outcome.

    Safety rests on three things in the database and on nothing else: the claim is committed
    before work starts (``FOR NO KEY UPDATE SKIP LOCKED``, lease on the worker row), the
    attempt id fences the completion, and effect and completion share one transaction.
    Which process runs it (scheduled action, any node, a job runner) does not matter.

    Read on in the order of a message's life: ``finance_dispatcher_claim.py``,
    ``_work.py``, ``_complete.py``, ``_failure.py``, ``_recovery.py``.
    """

    _name = "finance.dispatcher"
    _description = "Queue Dispatcher"

    @api.model
    def _cron_drain(self):
        """Entry of the dispatcher scheduled actions; several may run at the same time."""
        self._drain(CommittedSteps(self.env.cr))

    @api.model
    def _drain(self, steps=None, *, flows=None, max_messages=None, seconds=None):
        """Work what is ready until nothing is left or the time is up.

        :param steps: how units of work are separated; default are savepoints of the current transaction
        :param flows: only these flows
        :param int max_messages: stop after so many
        :param seconds: claim nothing more after this time, for runners other than the scheduled actions
        :return: number of messages worked
        """
        # whoever drains, messages are worked by the system in the company they belong to
        self = self.with_env(self.env(user=SUPERUSER_ID, su=True, context=_engine_context(self.env.context)))
        run = self._begin(steps or NestedSteps(self.env.cr), flows)
        worked = 0
        end = time.monotonic() + seconds if seconds else float("inf")
        try:
            while time.monotonic() < end:
                if time.monotonic() - run.recovered_at > RECOVERY_SECONDS:
                    run.recovered_at = time.monotonic()
                    self._recover(run)
                claims = self._claim(run, (max_messages or 0) - worked if max_messages else None)
                if not claims and self._waits_for_its_turn(run):
                    continue
                if not claims:
                    break
                # progress is reported when claiming: a worker killed now has shown that it was alive
                seconds_left = self._report_progress(len(claims))
                started = time.monotonic()
                finished = self._work_claims(run, claims)
                run.pace.took(claims[0].flow, finished, time.monotonic() - started, self._lasting(claims[0]))
                worked += finished
                if run.brakes.closing and seconds_left > 0:
                    # other connections go on
                    continue
                if finished < len(claims) or seconds_left <= 0 or (max_messages and worked >= max_messages):
                    break
        finally:
            self._finish_run(run)
        return worked

    @api.model
    def _begin(self, steps, flows):
        return Run(
            steps=steps,
            flow_ids=None if flows is None else flows.ids,
            handlers=frozenset(self.env.registry.descendants(["finance.handler"], "_inherit")),
        )

    @api.model
    def _waits_for_its_turn(self, run):
        """Stay where a limit or a circuit lets something through soon: the next scheduled run may be a minute away.

        :return: True after a short pause, with nothing in hand
        """
        now = time.monotonic()
        if not run.steps.is_committed or run.brakes.again_at > now + TURN_SECONDS:
            return False
        if self._report_progress(0) <= 0:
            return False
        time.sleep(min(max(run.brakes.again_at - now, 0.01), 0.2))
        return True

    @api.model
    def _finish_run(self, run):
        if self.env.cr.closed:
            return
        try:
            if run.worker_id is not None:
                with run.steps.step():
                    self.env["finance.worker"]._end(run.worker_id)
        except Exception as error:
            if not is_infrastructure(error, connection_closed=self.env.cr.closed):
                raise
            _logger.warning("the worker could not sign off, its lease will expire")
        if not run.steps.is_committed:
            # messages were changed by SQL; in production every commit clears the cache anyway
            self.env.invalidate_all()

    @api.model
    def _report_progress(self, processed):
        if not self.env.context.get("ir_cron_progress_id"):
            return float("inf")
        # remaining=1: there may be more; the run that claims nothing reports nothing and ends the action
        return self.env["ir.cron"]._commit_progress(processed, remaining=1)

    @api.model
    def _environment(self, run, company_id):
        """:return: the environment in which the messages of a company are worked"""
        environment = run.environments.get(company_id)
        if environment is None:
            environment = run.environments[company_id] = self.env(context={"allowed_company_ids": [company_id]})
        return environment

    @api.model
    def _lease(self, flow):
        return max(min_lease(), flow.lease_seconds)

    @api.model
    def _at(self, point):
        """Named place in the life of a claim; does nothing.

        Exists for the crash tests, which kill the process here.
        """


def _engine_context(context):
    """Of a user's context only what the scheduled action's progress needs."""
    return {key: context[key] for key in ("ir_cron_progress_id", "cron_id", "cron_end_time") if key in context}


def pause_before_rerun(round_number):
    time.sleep(random.uniform(0.0, 0.02 * 2**round_number))
