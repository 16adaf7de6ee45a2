import logging
import tempfile
import time
from pathlib import Path

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.database import is_infrastructure
from odoo.addons.finance_connector_base.engine.notice import notice
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

_logger = logging.getLogger(__name__)

#: items of the period that are written while the person waits; more are written in the background
AT_ONCE = 20_000
#: seconds between two notes of how far it is
NOTED_EVERY = 2.0
#: times that an extract is begun anew after its server was stopped
BEGUN_AT_MOST = 3


class FinanceStatutoryExtract(models.Model):
    """Large extracts are written in the background, tell how far they are, and say when they are done."""

    _inherit = "finance.statutory.extract"

    asked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    asked_at = fields.Datetime(readonly=True, copy=False)
    begun = fields.Integer(readonly=True, copy=False, aggregator=None)
    progress = fields.Float(string="Written", readonly=True, copy=False, aggregator=None, help="Percent of the items.")
    error = fields.Text(string="Why it failed", readonly=True, copy=False)

    def _is_large(self):
        """:return: whether the period has more items than somebody waits for; they are counted no further"""
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM (SELECT 1 FROM account_move_line l WHERE l.company_id = ANY(%s)"
                " AND l.parent_state = 'posted' AND l.date BETWEEN %s AND %s LIMIT %s) counted",
                self._companies(),
                self.date_from,
                self.date_to,
                AT_ONCE + 1,
            )
        )
        return self.env.cr.fetchone()[0] > AT_ONCE

    def _produce_later(self):
        self.sudo().write(  # sudo: written by nobody directly; the role was checked
            {
                "state": "waiting",
                "asked_by_id": self.env.uid,
                "asked_at": self.env.cr.now(),
                "begun": 0,
                "progress": 0,
                "error": False,
            }
        )
        # sudo: a scheduled action may be woken by who may produce an extract
        self.env.ref("finance_consolidation_export.ir_cron_statutory").sudo()._trigger()
        return notice(
            self.env._("There are many items: it is written in the background. You are told when it is done.")
        )

    @api.model
    def _cron_produce(self):
        """Write what waits; of the scheduled action there is one at a time, so nothing runs beside it."""
        self._work_waiting(CommittedSteps(self.env.cr))

    @api.model
    def _work_waiting(self, steps):
        """:param steps: see ``finance_connector_base.engine.transaction``"""
        with steps.step():
            # nobody works them any more: the server was stopped
            for extract in self.search([("state", "=", "running")]):
                extract.state = "waiting" if extract.begun < BEGUN_AT_MOST else "failed"
                if extract.state == "failed":
                    extract._tell_failure(self.env._("It was cut off %s times.", extract.begun))
        for extract in self.search([("state", "=", "waiting")], order="asked_at, id"):
            extract._work(steps)

    def _work(self, steps):
        """Read the ledger in one snapshot that writes nothing but files; keep what was proved in a step of its own."""
        self.ensure_one()
        try:
            with steps.step():
                self.write({"state": "running", "begun": self.begun + 1, "progress": 0})
            with tempfile.TemporaryDirectory(prefix="finance-statutory-") as folder:
                with steps.step():
                    made = self._as_asked(self._noting(steps))._make(Path(folder))
                with steps.step():
                    self._as_asked()._keep(*made)
                    self.progress = 100
                    self._tell(self.env._("%s is done.", self.name), "success")
        except Exception as error:
            if is_infrastructure(error, connection_closed=self.env.cr.closed):
                # begun anew by the next run
                raise
            _logger.info("statutory extract %s: %s", self.id, error)
            with steps.step():
                self.state = "failed"
                self._tell_failure(str(error))

    def _as_asked(self, noting=None):
        """:return: the extract as the person who asked for it sees it; the files name that person"""
        user = self.asked_by_id
        return self.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids, lang=user.lang, finance_statutory_noting=noting
        )

    def _counted(self, rows, total):
        """:return: the rows again; how far they are is noted where somebody wants to know"""
        noting = self.env.context.get("finance_statutory_noting")
        return noting(rows, total) if noting else rows

    def _noting(self, steps):
        def noting(rows, total):
            noted = time.monotonic()
            for number, row in enumerate(rows, 1):
                if time.monotonic() - noted >= NOTED_EVERY:
                    self._note(steps, min(99.0, 100.0 * number / max(total, 1)))
                    noted = time.monotonic()
                yield row

        return noting

    def _note(self, steps, percent):
        query = SQL("UPDATE finance_statutory_extract SET progress = %s WHERE id = %s", percent, self.id)
        if not steps.is_committed:
            self.env.cr.execute(query)
            return
        # the snapshot that reads the ledger goes on; others see at once how far it is
        with self.env.registry.cursor() as cr:
            cr.execute(query)

    def _tell_failure(self, why):
        self.error = why
        self._tell(self.env._("%(name)s was not written: %(why)s", name=self.name, why=why), "danger")

    def _tell(self, text, kind):
        user = self.asked_by_id
        user._bus_send("simple_notification", {"title": self.name, "message": text, "type": kind, "sticky": True})
        self.message_notify(partner_ids=user.partner_id.ids, subject=self.name, body=text)
