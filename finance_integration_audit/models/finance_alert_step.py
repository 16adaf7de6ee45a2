from odoo import fields, models


class FinanceAlertStep(models.Model):
    """Who is told when an alert is not acknowledged for some minutes (A-11)."""

    _name = "finance.alert.step"
    _description = "Step of an Escalation"
    _order = "minutes, id"

    team_id = fields.Many2one("finance.alert.team", required=True, ondelete="cascade", index=True)
    minutes = fields.Integer(string="After (minutes)", required=True, default=30, aggregator=None)
    user_ids = fields.Many2many(
        "res.users", "finance_alert_step_user", string="Tell", required=True, domain="[('share', '=', False)]"
    )

    _later = models.Constraint(
        "CHECK (minutes > 0)", "An escalation begins at least one minute after the first notice."
    )
