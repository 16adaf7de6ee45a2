from datetime import timedelta
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..alerting.burn import WINDOWS, Count, budget_left, burn, burning


class FinanceObjective(models.Model):
    """A promise about a flow (A-15): which share of its messages is done in time, or without failing.

    A message counts in the minute in which its fate is known: done, held, given up, or open for longer than promised.
    Of freshness minutes are counted: those in which the newest success was older than promised broke the promise.
    """

    _name = "finance.objective"
    _description = "Service-Level Objective"
    _order = "budget_left, id"

    name = fields.Char(compute="_compute_name", store=True)
    active = fields.Boolean(default=True)
    flow_id = fields.Many2one("finance.flow", required=True, ondelete="cascade", index=True)
    connection_id = fields.Many2one(related="flow_id.connection_id", store=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("fast", "Done within"), ("good", "Done without failing"), ("fresh", "Newest success not older than")],
        required=True,
        default="fast",
    )
    seconds = fields.Integer(default=300, aggregator=None, help="Freshness: the age that the newest success may have.")
    target = fields.Float(string="Target (%)", required=True, default=99.0, digits=(6, 3), aggregator="avg")
    days = fields.Integer(string="Period (days)", required=True, default=28, aggregator=None)
    total = fields.Integer(string="Judged", readonly=True, copy=False, help="Messages; of freshness: minutes.")
    bad = fields.Integer(string="Broke the promise", readonly=True, copy=False)
    reached = fields.Float(string="Reached (%)", readonly=True, copy=False, aggregator="avg")
    budget_left = fields.Float(string="Budget left (%)", readonly=True, copy=False, default=100.0, aggregator="min")
    burn_five_minutes = fields.Float(string="Burn rate, 5 minutes", readonly=True, copy=False, aggregator="max")
    burn_half_hour = fields.Float(string="Burn rate, 30 minutes", readonly=True, copy=False, aggregator="max")
    burn_hour = fields.Float(string="Burn rate, 1 hour", readonly=True, copy=False, aggregator="max")
    burn_six_hours = fields.Float(string="Burn rate, 6 hours", readonly=True, copy=False, aggregator="max")
    burning = fields.Selection(
        [("fast", "Burns fast"), ("slow", "Burns slowly")], readonly=True, copy=False, string="In danger"
    )
    counted_at = fields.Datetime(string="Counted", readonly=True, copy=False)

    _period = models.Constraint("CHECK (days BETWEEN 1 AND 366)", "A period lasts between a day and a year.")
    _time = models.Constraint("CHECK (kind = 'good' OR seconds > 0)", "Say within how many seconds.")

    @api.constrains("target")
    def _check_target(self):
        for objective in self:
            if not 0 < objective.target < 100:
                raise ValidationError(
                    self.env._("A target lies between 0 and 100 %: at 100 % the first failure breaks it for good.")
                )

    @api.depends("flow_id.name", "kind", "seconds", "target")
    def _compute_name(self):
        for objective in self:
            share = f"{objective.target:g} %"
            if objective.kind == "fast":
                objective.name = self.env._(
                    "%(flow)s: %(share)s within %(seconds)s s",
                    flow=objective.flow_id.name,
                    share=share,
                    seconds=objective.seconds,
                )
            elif objective.kind == "fresh":
                objective.name = self.env._(
                    "%(flow)s: %(share)s of the time not older than %(seconds)s s",
                    flow=objective.flow_id.name,
                    share=share,
                    seconds=objective.seconds,
                )
            else:
                objective.name = self.env._(
                    "%(flow)s: %(share)s without failing", flow=objective.flow_id.name, share=share
                )

    @api.model
    def _cron_count(self):
        self.search([("active", "=", True)])._count()

    def _count(self):
        """Count the windows of each objective: one statement an objective, the whole period included."""
        self.env.flush_all()
        now = self.env.cr.now()
        for objective in self:
            target = Fraction(str(objective.target)) / 100
            counts = objective._windows(now)
            rates = {minutes: float(burn(counts[minutes], target)) for minutes in WINDOWS}
            whole = counts[objective.days * 1440]
            objective.write(
                {
                    "total": whole.total,
                    "bad": whole.bad,
                    "reached": 100.0 * (whole.total - whole.bad) / whole.total if whole.total else 0.0,
                    "budget_left": 100.0 * float(budget_left(whole, target)),
                    "burn_five_minutes": rates[5],
                    "burn_half_hour": rates[30],
                    "burn_hour": rates[60],
                    "burn_six_hours": rates[360],
                    "burning": burning(counts, target) or False,
                    "counted_at": now,
                }
            )
        self.env["finance.objective.point"]._note(self)

    def _windows(self, now):
        """:return: minutes of a window -> :class:`~..alerting.burn.Count`"""
        self.ensure_one()
        windows = [*WINDOWS, self.days * 1440]
        if self.kind == "fresh":
            return self._stale_minutes(now, windows)
        late = SQL("least(coalesce(closed_at, %s), create_date + make_interval(secs => %s))", now, self.seconds)
        if self.kind == "fast":
            # what is open and not late yet has broken nothing and counts when its fate is known
            judged, bad = (
                late,
                SQL("coalesce(closed_at, %s) - create_date > make_interval(secs => %s)", now, self.seconds),
            )
            known = SQL("(closed_at IS NOT NULL OR create_date < %s)", now - timedelta(seconds=self.seconds))
        else:
            judged = SQL("coalesce(closed_at, write_date)")
            bad = SQL("state IN ('held', 'dead', 'unknown')")
            known = SQL("state NOT IN ('queued', 'processing', 'retry')")
        self.env.cr.execute(
            SQL(
                """
                SELECT w.minutes, count(m.at), count(m.at) FILTER (WHERE m.bad)
                  FROM unnest(%(windows)s) AS w (minutes)
                  LEFT JOIN (SELECT %(judged)s AS at, %(bad)s AS bad FROM finance_message
                              WHERE flow_id = %(flow)s AND create_date >= %(since)s AND state <> 'ignored'
                                AND kind = 'exchange' AND %(known)s) m
                    ON m.at >= %(now)s - make_interval(mins => w.minutes)
                 GROUP BY w.minutes
                """,
                windows=windows,
                judged=judged,
                bad=bad,
                known=known,
                flow=self.flow_id.id,
                since=now - timedelta(days=self.days),
                now=now,
            )
        )
        return {minutes: Count(total, wrong) for minutes, total, wrong in self.env.cr.fetchall()}

    def _stale_minutes(self, now, windows):
        """:return: minutes of a window -> how many of them there were, and in how many nothing was new enough"""
        since = max(now - timedelta(minutes=max(windows)), self.flow_id.create_date)
        self.env.cr.execute(
            SQL(
                """
                WITH success AS (
                    -- the flow begins fresh; so it is fair to one that was made a minute ago
                    SELECT %(since)s::timestamp AS at
                     WHERE NOT EXISTS (SELECT FROM finance_message WHERE flow_id = %(flow)s AND state = 'done'
                                          AND kind = 'exchange' AND closed_at <= %(since)s)
                    UNION ALL
                    SELECT max(closed_at) FROM finance_message WHERE flow_id = %(flow)s AND state = 'done'
                       AND kind = 'exchange' AND closed_at <= %(since)s
                    UNION ALL
                    SELECT closed_at FROM finance_message WHERE flow_id = %(flow)s AND state = 'done'
                       AND kind = 'exchange' AND closed_at > %(since)s AND closed_at <= %(now)s),
                stale AS (
                    SELECT at + make_interval(secs => %(seconds)s) AS begin,
                           coalesce(lead(at) OVER (ORDER BY at), %(now)s) AS until
                      FROM success WHERE at IS NOT NULL),
                frame AS (
                    SELECT minutes, greatest(%(since)s, %(now)s - make_interval(mins => minutes)) AS begin
                      FROM unnest(%(windows)s) AS w (minutes))
                SELECT f.minutes, round(extract(epoch FROM %(now)s - f.begin) / 60)::int,
                       round(coalesce(sum(extract(epoch FROM s.until - greatest(s.begin, f.begin)))
                                     FILTER (WHERE s.until > greatest(s.begin, f.begin)), 0) / 60)::int
                  FROM frame f LEFT JOIN stale s ON s.until > f.begin
                 GROUP BY f.minutes, f.begin
                """,
                since=since,
                now=now,
                seconds=self.seconds,
                flow=self.flow_id.id,
                windows=windows,
            )
        )
        return {minutes: Count(total, min(total, bad)) for minutes, total, bad in self.env.cr.fetchall()}

    def action_view_trend(self):
        """Show how it stood over time."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_integration_audit.finance_objective_point_action"
        )
        return action | {"domain": [("objective_id", "in", self.ids)], "name": self.env._("Course")}

    def action_view_messages(self):
        """Show the messages of the flow that failed or are open."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.flow_id.display_name,
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("flow_id", "=", self.flow_id.id), ("state", "not in", ("done", "ignored"))],
        }
