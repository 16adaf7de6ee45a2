from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import AUDITOR, OPERATOR

#: days in one report
LONGEST = 31


class FinanceIncidentWizard(models.TransientModel):
    """Asks for which connection and time a report after an incident is issued."""

    _name = "finance.incident.wizard"
    _description = "Report after an Incident"

    connection_id = fields.Many2one("finance.connection", required=True)
    begin = fields.Datetime(required=True, default=lambda self: self.env.cr.now() - timedelta(days=1))
    end = fields.Datetime(required=True, default=lambda self: self.env.cr.now())
    name = fields.Char(string="What happened", required=True)

    def action_issue(self):
        """Count anew, and keep what is proved."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR, AUDITOR)
        self.check_access("read")
        self.connection_id.check_access("read")
        if not self.begin < self.end or self.end - self.begin > timedelta(days=LONGEST):
            raise UserError(self.env._("The end comes after the begin, at most %s days later.", LONGEST))
        report = self.env["finance.incident.report"]._issue(self.connection_id, self.name, self.begin, self.end)
        return {
            "type": "ir.actions.act_window",
            "name": report.name,
            "res_model": report._name,
            "res_id": report.id,
            "view_mode": "form",
        }
