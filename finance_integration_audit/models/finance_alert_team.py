from datetime import time

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tzs

from ..alerting.quiet import QuietHours


class FinanceAlertTeam(models.Model):
    """Who is told of some alerts (A-10), when they are left alone, and who follows when nobody answers (A-11)."""

    _name = "finance.alert.team"
    _description = "Alert Team"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_ids = fields.Many2many("res.company", string="Companies", help="Empty: alerts of all companies.")
    is_technical = fields.Boolean(string="Technical", help="Queues, circuits, credentials, workers.")
    is_data = fields.Boolean(string="Data quality", help="Files, mappings, proofs.")
    is_business = fields.Boolean(string="Business", help="Money, promises, the close.")
    member_ids = fields.Many2many(
        "res.users",
        "finance_alert_team_member",
        string="On call",
        domain="[('share', '=', False)]",
        help="Told first, all of them.",
    )
    step_ids = fields.One2many("finance.alert.step", "team_id", string="When nobody answers", copy=True)
    by_activity = fields.Boolean(string="Activity", default=True, help="A task in the list of whoever is told.")
    by_mail = fields.Boolean(string="Message", default=True, help="By mail or in Odoo, as each person prefers.")
    tz = fields.Selection(_tzs, string="Time zone", required=True, default=lambda self: self.env.user.tz or "UTC")
    quiet_from = fields.Float(string="Quiet from", help="What is not urgent waits until the end of the quiet time.")
    quiet_to = fields.Float(string="Quiet until")
    quiet_weekend = fields.Boolean(string="Saturdays and Sundays are quiet")

    @api.constrains("quiet_from", "quiet_to")
    def _check_quiet(self):
        for team in self:
            if not (0 <= team.quiet_from < 24 and 0 <= team.quiet_to < 24):
                raise ValidationError(self.env._("Quiet hours are times of the day, between 00:00 and 23:59."))

    def _quiet_hours(self):
        self.ensure_one()
        return QuietHours(
            begins=_clock(self.quiet_from),
            ends=_clock(self.quiet_to),
            zone=self.tz,
            free_days=frozenset({5, 6} if self.quiet_weekend else ()),
        )

    @api.model
    def _for(self, klass, company_id):
        """:return: the team for a class and company: one of that company before one of all"""
        teams = self.search([(f"is_{klass}", "=", True)])
        own = teams.filtered(lambda team: company_id in team.company_ids.ids)
        return (own or teams.filtered(lambda team: not team.company_ids))[:1]


def _clock(hours):
    minutes = round(hours * 60)
    return time(minutes // 60 % 24, minutes % 60)
