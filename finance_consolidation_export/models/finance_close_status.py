from odoo import api, fields, models
from odoo.tools import SQL

from ..closing import stages

_PROGRESS = " ".join(f"WHEN '{state}' THEN {share}" for state, share in stages.SHARE.items())

#: one row for each company of a close, counted from its tasks (C-13, M-14)
STATUS = f"""
    SELECT min(t.id) AS id, t.close_id, t.entity_id, t.company_id, p.scenario_id, p.date_to,
           count(*)::int AS task_count,
           (count(*) FILTER (WHERE t.state IN ('done', 'skipped')))::int AS done_count,
           (count(*) FILTER (WHERE t.state = 'failed'))::int AS failed_count,
           (count(*) FILTER (WHERE t.state IN ('prepared', 'reviewed')))::int AS to_decide_count,
           (count(*) FILTER (WHERE t.state NOT IN ('done', 'skipped')
                               AND t.due_at < now() AT TIME ZONE 'UTC'))::int AS overdue_count,
           sum(t.weight)::int AS weight,
           sum(t.weight * CASE t.state {_PROGRESS} END)::int AS progress,
           (sum(t.weight * CASE t.state {_PROGRESS} END) / sum(t.weight))::int AS readiness,
           CASE WHEN bool_and(t.state IN ('done', 'skipped')) THEN 'ready'
                WHEN bool_or(t.phase = 'preliminary')
                     AND bool_and(t.state IN ('done', 'skipped') OR t.phase = 'final') THEN 'preliminary'
                WHEN bool_or(t.state = 'failed') THEN 'failed'
                WHEN bool_and(t.state IN ('waiting', 'open')) THEN 'begun'
                ELSE 'under_way' END AS stage
      FROM finance_close_task t
      JOIN finance_close_period p ON p.id = t.close_id
     WHERE p.state != 'cancelled'
     GROUP BY t.close_id, t.entity_id, t.company_id, p.scenario_id, p.date_to
"""


class FinanceCloseStatus(models.Model):
    """How far each company is, live: one row for each company of a close (C-13)."""

    _name = "finance.close.status"
    _description = "Company in the Close"
    _auto = False
    _log_access = False
    _order = "date_to desc, readiness, id"
    _rec_name = "entity_id"
    _depends = {
        "finance.close.task": ["close_id", "entity_id", "company_id", "state", "phase", "weight", "due_at"],
        "finance.close.period": ["state", "scenario_id", "date_to"],
    }

    close_id = fields.Many2one("finance.close.period", readonly=True)
    entity_id = fields.Many2one("finance.consolidation.entity", string="Company", readonly=True)
    company_id = fields.Many2one("res.company", string="Books of the company", readonly=True)
    scenario_id = fields.Many2one("finance.consolidation.scenario", readonly=True)
    date_to = fields.Date(string="Period until", readonly=True)
    name = fields.Char(
        string="Who", compute="_compute_name", help="The company, or the group for tasks that are done once."
    )
    stage = fields.Selection(
        [
            ("begun", "Not begun"),
            ("under_way", "Under way"),
            ("failed", "A check fails"),
            ("preliminary", "Ready for preliminary figures"),
            ("ready", "Ready"),
        ],
        readonly=True,
    )
    readiness = fields.Integer(string="Ready (%)", readonly=True, aggregator="avg")
    task_count = fields.Integer(string="Tasks", readonly=True)
    done_count = fields.Integer(string="Finished", readonly=True)
    to_decide_count = fields.Integer(string="To review or approve", readonly=True)
    failed_count = fields.Integer(string="Failed checks", readonly=True)
    overdue_count = fields.Integer(string="Overdue", readonly=True)
    weight = fields.Integer(string="Weight of all tasks", readonly=True)
    progress = fields.Integer(string="Weighted progress", readonly=True)

    @property
    def _table_query(self):
        return SQL(STATUS)

    @api.depends("entity_id")
    def _compute_name(self):
        for row in self:
            # sudo: the name of a company of the group is known to whoever sees its tasks
            row.name = row.sudo().entity_id.display_name or self.env._("The group")

    def action_view_tasks(self):
        """Open the tasks of the company."""
        self.ensure_one()
        self.check_access("read")
        return {
            **self.close_id.action_view_tasks(),
            "domain": [("close_id", "=", self.close_id.id), ("entity_id", "=", self.entity_id.id)],
            "context": {},
        }
