from odoo import api, fields, models
from odoo.exceptions import UserError


class FinanceClosePauseWizard(models.TransientModel):
    """Asks which flows are paused for the close, why, and until when."""

    _name = "finance.close.pause.wizard"
    _description = "Pause Flows for the Close"

    close_id = fields.Many2one("finance.close.period", required=True, readonly=True)
    company_ids = fields.Many2many("res.company", compute="_compute_company_ids")
    flow_ids = fields.Many2many(
        "finance.flow",
        string="Flows",
        compute="_compute_flow_ids",
        store=True,
        readonly=False,
        domain="[('company_id', 'in', company_ids), ('paused', '=', False)]",
    )
    reason = fields.Char(required=True)
    until = fields.Datetime(string="Planned until", help="Who pauses is told when they are still paused then.")

    @api.depends("close_id")
    def _compute_company_ids(self):
        for wizard in self:
            # sudo: which companies the close is about; those that are not chosen in the menu are left out, as their
            # flows are
            wizard.company_ids = self.env.companies & wizard.close_id.sudo()._companies()

    @api.depends("company_ids")
    def _compute_flow_ids(self):
        for wizard in self:
            wizard.flow_ids = self.env["finance.flow"].search(
                [("company_id", "in", wizard.company_ids.ids), ("paused", "=", False)]
            )

    def action_confirm(self):
        """Pause them; the model checks role and companies itself."""
        self.ensure_one()
        if not self.flow_ids:
            raise UserError(self.env._("Choose flows that are not paused."))
        self.env["finance.close.pause"]._begin(self.close_id, self.flow_ids, self.reason, self.until)
        return self.close_id.action_view_pauses()
