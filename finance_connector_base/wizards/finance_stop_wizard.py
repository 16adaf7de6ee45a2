from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import states


class FinanceStopWizard(models.TransientModel):
    """Asks what to stop and why, and shows what that means before it is done."""

    _name = "finance.stop.wizard"
    _description = "Emergency Stop"

    scope = fields.Selection(
        [
            ("flow", "One flow"),
            ("connection", "One connection"),
            ("company", "One company"),
            ("everything", "Everything"),
        ],
        required=True,
        default="company",
    )
    flow_id = fields.Many2one("finance.flow")
    connection_id = fields.Many2one("finance.connection")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    reason = fields.Text(required=True)
    waiting_count = fields.Integer(string="Messages that will wait", compute="_compute_waiting_count")

    @api.depends("scope", "flow_id", "connection_id", "company_id")
    def _compute_waiting_count(self):
        for wizard in self:
            domain = Domain("state", "in", list(states.OPEN))
            if wizard.scope != "everything":
                domain &= Domain(f"{wizard.scope}_id", "=", wizard[f"{wizard.scope}_id"].id)
            wizard.waiting_count = self.env["finance.message"].search_count(domain)

    @api.model
    def _open(self, **values):
        """:return: the window action of the dialog, with these values filled in"""
        self.env["finance.stop"]._check_steering()
        context = {f"default_{name}": value for name, value in values.items() if isinstance(value, str)}
        context |= {f"default_{name}_id": value.id for name, value in values.items() if not isinstance(value, str)}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Emergency stop"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def action_confirm(self):
        """Stop; the screens show it at once."""
        self.ensure_one()
        self.env["finance.stop"]._stop(
            self.scope, self.reason, flow=self.flow_id, connection=self.connection_id, company=self.company_id
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
