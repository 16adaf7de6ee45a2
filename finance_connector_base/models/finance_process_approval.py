from odoo import fields, models


class FinanceProcessApproval(models.Model):
    """Who decided what about which facts. Never changed but for being void once the facts have."""

    _name = "finance.process.approval"
    _description = "Decision in a Process"
    _order = "id"
    _allow_sudo_commands = False

    run_step_id = fields.Many2one(
        "finance.process.run.step", required=True, readonly=True, ondelete="cascade", index=True
    )
    run_id = fields.Many2one(related="run_step_id.run_id", store=True, index=True)
    company_id = fields.Many2one(related="run_step_id.company_id", store=True)
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True)
    # a person may have several users
    partner_id = fields.Many2one("res.partner", required=True, readonly=True)
    decision = fields.Selection([("approve", "Approved"), ("reject", "Rejected")], required=True, readonly=True)
    decided_at = fields.Datetime(string="When", required=True, readonly=True)
    reason = fields.Text(readonly=True)
    facts = fields.Json(readonly=True)
    facts_hash = fields.Char(required=True, readonly=True)
    is_void = fields.Boolean(string="Void", readonly=True, help="What was decided upon has changed since.")

    _one_per_person = models.UniqueIndex(
        "(run_step_id, partner_id) WHERE is_void IS NOT TRUE", "You have decided this step already."
    )
