import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.database import RERUN
from ..engine.difference import fingerprint

_logger = logging.getLogger(__name__)

#: conflicts with people who cancel or change something meanwhile
MAX_CONFLICTS = 5


class FinanceMappingImpact(models.Model):
    """One look at what a change of mappings would do: which messages, and the difference on the ledger.

    It goes through the messages in pages, the newest first, by the scheduled action; what was found so far and
    where it goes on is in the record, so it can be watched, cancelled, and taken up by another process.
    """

    _name = "finance.mapping.impact"
    _description = "Impact of a Change of Mappings"
    _order = "id desc"
    _rec_name = "started_at"
    _allow_sudo_commands = False

    mapping_id = fields.Many2one("finance.mapping", readonly=True, ondelete="cascade", index="btree_not_null")
    set_id = fields.Many2one("finance.mapping.set", readonly=True, ondelete="cascade", index="btree_not_null")
    # whoever reads what was found must have access to all that was looked at
    company_ids = fields.Many2many("res.company", readonly=True, string="Companies")
    days = fields.Integer(string="Look back (days)", readonly=True, aggregator=None)
    state = fields.Selection(
        [("running", "Under way"), ("done", "Complete"), ("cancelled", "Cancelled"), ("failed", "Failed")],
        readonly=True,
        required=True,
        default="running",
        index=True,
    )
    total = fields.Integer(string="Messages to look at", readonly=True, aggregator=None)
    seen = fields.Integer(string="Messages looked at", readonly=True, aggregator=None)
    progress = fields.Float(compute="_compute_progress", aggregator=None)
    first_id = fields.Integer(readonly=True, aggregator=None)
    next_id = fields.Integer(readonly=True, aggregator=None, help="Messages below are still to be looked at.")
    message_count = fields.Integer(string="Messages that would change", readonly=True, aggregator=None)
    found = fields.Json(readonly=True)
    facts_hash = fields.Char(readonly=True)
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    result = fields.Html(compute="_compute_result", sanitize=False)
    is_outdated = fields.Boolean(compute="_compute_is_outdated")

    _one_change = models.Constraint("CHECK (num_nonnulls(mapping_id, set_id) = 1)", "It is the impact of one change.")

    @api.depends("seen", "total", "state")
    def _compute_progress(self):
        for look in self:
            look.progress = 100.0 if look.state == "done" else min(99.0, 100.0 * look.seen / (look.total or 1))

    def _compute_is_outdated(self):
        for look in self:
            if look._change().state in ("active", "retired"):
                look.is_outdated = False
                continue
            look.is_outdated = look.facts_hash != fingerprint(look._change()._facts())

    def _change(self):
        # sudo: who sees the look sees the change; its other fields are not shown
        look = self.sudo()
        return look.mapping_id or look.set_id

    # -- life ----------------------------------------------------------------------------------

    @api.model
    def _start(self, change):
        """Begin a look, in place of one that is under way. A short one is complete at once.

        :param change: a mapping or change set that the user may decide about
        """
        looks = self.sudo()  # sudo: nobody writes looks, the role was checked
        looks.search([(change._impact_field, "=", change.id), ("state", "=", "running")])._cancel()
        look = looks.create(
            {
                change._impact_field: change.id,
                "company_ids": [(6, 0, (change._governed_company() or self.env.companies).ids)],
                "days": max(change.impact_days or 90, 1),
                "facts_hash": fingerprint(change._facts()),
                "started_at": self.env.cr.now(),
                "found": {},
            }
        )
        look._measure()
        look._look()
        if look.state == "running":
            self.env.ref("finance_connector_base.ir_cron_mapping_impact").sudo()._trigger()  # sudo: nobody's cron
        return look

    def _measure(self):
        """Find out which messages are to be looked at."""
        self.ensure_one()
        [(self.total, first, last)] = self.env.execute_query(
            SQL("SELECT count(*), min(m.id), max(m.id) FROM finance_message m WHERE %s", self._looked_at())
        )
        self.first_id, self.next_id = first or 0, (last or 0) + 1

    def _looked_at(self):
        """:return: condition on messages m; a replay repeats what another one did"""
        connections = self._change()._impact_lines().connection_id
        everywhere = any(not line.connection_id for line in self._change()._impact_lines())
        return SQL(
            """
            m.mapping_versions IS NOT NULL AND jsonb_typeof(m.mapping_versions) = 'object' AND m.replay_of_id IS NULL
            AND m.company_id = ANY(%s) AND m.create_date >= %s AND %s
            """,
            self.company_ids.ids,
            self.started_at - timedelta(days=self.days),
            SQL("TRUE") if everywhere or not connections else SQL("m.connection_id = ANY(%s)", connections.ids),
        )

    def _cancel(self):
        # sudo: nobody writes looks; who asks has the right to change the mapping
        self.sudo().filtered(lambda look: look.state == "running")._end("cancelled")

    def _end(self, state):
        for look in self:
            look.write({"state": state, "finished_at": self.env.cr.now()})

    @api.model
    def _cron_look(self):
        """Go on with what is under way, a page a transaction."""
        conflicts = 0
        while look := self.search([("state", "=", "running")], order="id", limit=1):
            try:
                look._look_safely()
                self.env.flush_all()
            except RERUN:
                # cancelled or changed in this moment
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > MAX_CONFLICTS:
                    raise
                continue
            if not self._report(self.search_count([("state", "=", "running")])):
                return

    @api.model
    def _report(self, remaining):
        if not self.env.context.get("ir_cron_progress_id"):
            return True
        return self.env["ir.cron"]._commit_progress(1, remaining=remaining) > 0

    def _look_safely(self):
        """Look at one page; a bug ends this look and no other."""
        try:
            with self.env.cr.savepoint():
                self._look()
        except RERUN:
            raise
        except Exception:
            _logger.exception("the impact %s of a change of mappings failed", self.id)
            self.invalidate_recordset()
            self._end("failed")
            return
        if self.state == "done":
            self._tell()

    def _tell(self):
        """Tell who asked, as it was not at once."""
        self.create_uid._bus_send(
            "simple_notification",
            {
                "title": self.env._("Impact complete"),
                "message": self.env._(
                    "%(change)s: %(count)s messages would be translated otherwise.",
                    change=self._change().display_name,
                    count=self.message_count,
                ),
                "type": "info",
            },
        )
