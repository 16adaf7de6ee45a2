from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import ADMIN, AUDITOR
from ..retention import rules


class FinanceLegalHold(models.Model):
    """Stops the destruction of what may be evidence, until it is lifted with a reason; both are audited."""

    _name = "finance.legal.hold"
    _description = "Legal Hold"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(string="Case", required=True)
    reason = fields.Text(required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    flow_ids = fields.Many2many("finance.flow", string="Flows", check_company=True, help="Empty: all.")
    partner_ids = fields.Many2many("res.partner", string="Persons", help="Empty: all.")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="Until")
    state = fields.Selection(
        [("active", "In force"), ("lifted", "Lifted")], default="active", readonly=True, tracking=True
    )
    lifted_by_id = fields.Many2one("res.users", string="Lifted by", readonly=True)
    lifted_at = fields.Datetime(string="Lifted on", readonly=True)
    lift_reason = fields.Text(string="Why lifted", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            for name in ("state", "lifted_by_id", "lifted_at", "lift_reason"):
                vals.pop(name, None)
        holds = super().create(vals_list)
        for hold in holds:
            self.env["finance.audit"]._record("legal_hold.placed", hold, reason=hold.reason, after={"case": hold.name})
        return holds

    def write(self, vals):
        """EXTENDS base: a hold is lifted, never loosened."""
        fixed = {"company_id", "flow_ids", "partner_ids", "date_from", "date_to", "state", "reason"}
        if fixed & vals.keys() and not self.env.su:
            raise AccessError(self.env._("A legal hold is not changed. Lift it, and place another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Legal holds are kept. Lift it."))

    def _lift(self, reason):
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN, AUDITOR)
        self.check_access("read")
        if self.state != "active" or not (reason or "").strip():
            raise UserError(self.env._("A hold that is in force is lifted with a reason."))
        if self.create_uid == self.env.user:
            raise AccessError(self.env._("Another person than who placed it lifts a legal hold."))
        self.sudo().write(  # sudo: written here alone, the role was checked
            {
                "state": "lifted",
                "lifted_by_id": self.env.uid,
                "lifted_at": self.env.cr.now(),
                "lift_reason": reason.strip(),
            }
        )
        self.env["finance.audit"]._record("legal_hold.lifted", self, reason=reason.strip(), after={"case": self.name})

    def action_lift(self):
        """Open the dialog that asks why."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN, AUDITOR)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lift the hold"),
            "res_model": "finance.legal.hold.lift",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_id": self.id},
        }

    @api.model
    def _rules(self, company):
        # sudo: holds hold for whoever may not see them
        return [
            rules.Hold(
                name=hold.name,
                flows=frozenset(hold.flow_ids.ids),
                partners=frozenset(hold.partner_ids.commercial_partner_id.ids) | frozenset(hold.partner_ids.ids),
                first=hold.date_from or None,
                last=hold.date_to or None,
            )
            for hold in self.sudo().search([("company_id", "=", company.id), ("state", "=", "active")])
        ]
