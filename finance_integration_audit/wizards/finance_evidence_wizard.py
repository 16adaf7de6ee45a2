from odoo import fields, models
from odoo.exceptions import UserError

from ..const import AUDITOR


class FinanceEvidenceWizard(models.TransientModel):
    """Asks what a bundle of evidence is to be about."""

    _name = "finance.evidence.wizard"
    _description = "Make a Bundle of Evidence"

    kind = fields.Selection(
        [("period", "Period"), ("flow", "Flow"), ("transaction", "Business transaction")],
        string="About",
        required=True,
        default="period",
    )
    date_from = fields.Date(string="From", default=lambda self: fields.Date.start_of(fields.Date.today(), "month"))
    date_to = fields.Date(string="To", default=fields.Date.today)
    flow_id = fields.Many2one("finance.flow")
    correlation_id = fields.Char(string="Correlation id")

    def _is_complete(self):
        return {"flow": self.flow_id, "transaction": self.correlation_id}.get(self.kind, True)

    def action_make(self):
        """Have the bundle made, and show it."""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        self.ensure_one()
        if not self._is_complete():
            raise UserError(self.env._("Say which one."))
        facts = {"kind": self.kind}
        if self.kind == "period":
            facts |= {"date_from": self.date_from, "date_to": self.date_to}
            name = self.env._("Evidence %(begin)s to %(end)s", begin=self.date_from or "", end=self.date_to or "")
        elif self.kind == "flow":
            facts["flow_id"] = self.flow_id.id
            name = self.env._("Evidence of %s", self.flow_id.display_name)
        else:
            facts["correlation_id"] = self.correlation_id.strip()
            name = self.env._("Evidence of transaction %s", facts["correlation_id"])
        bundle = self.env["finance.evidence.bundle"]._ask(name=name, **facts)
        return {
            "type": "ir.actions.act_window",
            "res_model": bundle._name,
            "res_id": bundle.id,
            "view_mode": "form",
            "target": "current",
        }
