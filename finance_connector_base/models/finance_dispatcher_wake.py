import logging
from datetime import UTC, datetime, timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, models
from odoo.sql_db import connection_info_for

from odoo.addons.base.models.ir_cron import ODOO_NOTIFY_FUNCTION

from ..engine.bell import Bell

_logger = logging.getLogger(__name__)
#: after so long without a run, nobody works the queue: scheduled actions look every minute, or every five beside jobs
SILENCE = timedelta(minutes=15)
#: seconds for which a commit waits for a connection to tell of its work
PATIENCE = 5


def _connect():
    return psycopg2.connect(**{"connect_timeout": PATIENCE, **connection_info_for("postgres")[1]})


_bell = Bell(_connect)


class FinanceDispatcher(models.AbstractModel):
    """Wakes the scheduled actions. Only an accelerator: a lost wake-up is made good by the one-minute poll."""

    _inherit = "finance.dispatcher"

    @api.model
    def _wake(self):
        """Have the dispatchers run right after this transaction commits; once per transaction."""
        data = self.env.cr.precommit.data
        if not data.get("finance_dispatcher_wake"):
            data["finance_dispatcher_wake"] = True
            self.env.cr.precommit.add(self._call_workers)

    @api.model
    def _call_workers(self):
        """Let somebody know that there is work, before the commit; another runner calls its own workers here."""
        self._trigger_dispatchers()

    @api.model
    def _wake_at(self, when):
        """Have one dispatcher run at a later time, when a circuit may be tried.

        :param float when: seconds since 1970, by the clock of the database
        """
        env = self.env(user=SUPERUSER_ID, su=True)  # triggers belong to the system, any role may cause work
        crons = self._dispatchers(env)[:1]
        at = datetime.fromtimestamp(when, UTC).replace(tzinfo=None, microsecond=0) + timedelta(seconds=1)
        env["ir.cron.trigger"].create([{"cron_id": cron.id, "call_at": at} for cron in crons])

    @api.model
    def _dispatchers(self, env):
        return env["ir.cron"].search([("model_id.model", "=", self._name), ("code", "=", "model._cron_drain()")])

    @api.model
    def _trigger_dispatchers(self):
        self._trigger_crons(self._name, "model._cron_drain()")

    @api.model
    def _trigger_crons(self, model, code):
        """Have scheduled actions run right after this transaction.

        :param model: of the scheduled actions
        :param code: what they run
        """
        # always a new trigger, even beside one that is pending: the run that consumes the old one may have looked at
        # the queue already. Odoo clears triggers by whole seconds. One statement: each delivery of a webhook comes by
        # here
        self.env.cr.execute(
            """
            INSERT INTO ir_cron_trigger (cron_id, call_at, create_uid, create_date, write_uid, write_date)
            SELECT cron.id, date_trunc('second', now() AT TIME ZONE 'UTC'), %(uid)s, now() AT TIME ZONE 'UTC',
                   %(uid)s, now() AT TIME ZONE 'UTC'
              FROM ir_cron cron JOIN ir_act_server action ON action.id = cron.ir_actions_server_id
              JOIN ir_model model ON model.id = action.model_id
             WHERE cron.active AND model.model = %(model)s AND action.code = %(code)s
            """,
            {"uid": SUPERUSER_ID, "model": model, "code": code},
        )
        # whoever else is woken by this transaction shares the notification
        told = self.env.cr.postcommit.data
        if not self.env.cr.rowcount or told.get("finance_notify"):
            return
        told["finance_notify"] = True
        name = self.env.cr.dbname

        def notify():
            try:
                _bell.ring(name, ODOO_NOTIFY_FUNCTION)
            except Exception:  # the data is committed: a failing hint must not look like a failed transaction
                _logger.warning("wake-up of the workers failed, they will poll", exc_info=True)

        self.env.cr.postcommit.add(notify)

    @api.model
    def _why_idle(self):
        """:return: why nobody works the queue, or None"""
        # sudo: scheduled actions are for administrators alone; of them only whether they run is told
        actions = self._dispatchers(self.sudo().env)
        if not actions:
            return self.env._("The scheduled actions that work the queue are switched off: switch one on.")
        last = max((action.lastcall for action in actions if action.lastcall), default=None)
        if last and self.env.cr.now() - last > SILENCE:
            return self.env._(
                "No scheduled action has run for more than %s minutes: see whether the server works them.",
                int(SILENCE.total_seconds() // 60),
            )
        return None
