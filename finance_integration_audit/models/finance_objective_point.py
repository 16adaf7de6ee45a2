from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: days that the course of an objective is kept
KEPT = 400
#: days of which each hour is kept, later the last hour of a day
KEPT_HOURS = 35


class FinanceObjectivePoint(models.Model):
    """How an objective stood at the end of an hour: its course, as a graph (A-15)."""

    _name = "finance.objective.point"
    _description = "Course of an Objective"
    _order = "at desc, objective_id"
    _rec_name = "at"
    _log_access = False
    _allow_sudo_commands = False

    objective_id = fields.Many2one("finance.objective", required=True, readonly=True, ondelete="cascade")
    flow_id = fields.Many2one(related="objective_id.flow_id", store=True)
    company_id = fields.Many2one(related="objective_id.company_id", store=True, index=True)
    at = fields.Datetime(string="Hour", required=True, readonly=True)
    reached = fields.Float(string="Reached (%)", readonly=True, aggregator="avg")
    budget_left = fields.Float(string="Budget left (%)", readonly=True, aggregator="min")
    burn_hour = fields.Float(string="Burn rate, 1 hour", readonly=True, aggregator="max")
    total = fields.Integer(string="Judged", readonly=True, aggregator=None)
    bad = fields.Integer(string="Broke the promise", readonly=True, aggregator=None)

    _once = models.UniqueIndex("(objective_id, at)")

    @api.model
    def _note(self, objectives):
        """Keep how they stand; the last count of an hour counts."""
        hour = self.env.cr.now().replace(minute=0, second=0, microsecond=0)
        known = {
            one.objective_id: one for one in self.search([("objective_id", "in", objectives.ids), ("at", "=", hour)])
        }
        for objective in objectives:
            values = {name: objective[name] for name in ("reached", "budget_left", "burn_hour", "total", "bad")}
            if objective in known:
                known[objective].write(values)
            else:
                self.create({**values, "objective_id": objective.id, "at": hour})

    @api.autovacuum
    def _gc_old(self):
        now = self.env.cr.now()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM finance_objective_point p
                 WHERE p.at < %s OR p.at < %s AND EXISTS (
                       SELECT FROM finance_objective_point o
                        WHERE o.objective_id = p.objective_id AND o.at > p.at AND o.at::date = p.at::date)
                """,
                now - timedelta(days=KEPT),
                now - timedelta(days=KEPT_HOURS),
            )
        )
