from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import ADMIN, OPERATOR, STEWARD

#: role of an item -> group
_GROUPS = {"admin": ADMIN, "operator": OPERATOR, "steward": STEWARD}


class FinanceOnboardingItem(models.Model):
    """One point of a checklist: the suite sees it by itself, or a person signs it off with evidence."""

    _name = "finance.onboarding.item"
    _description = "Onboarding Item"
    _inherit = ["finance.checklist.point"]
    _order = "sequence, id"
    _allow_sudo_commands = False

    onboarding_id = fields.Many2one("finance.onboarding", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="onboarding_id.company_id", store=True)
    signed_by_id = fields.Many2one("res.users", readonly=True)
    signed_at = fields.Datetime(string="Signed off", readonly=True)
    evidence = fields.Text(readonly=True)
    is_done = fields.Boolean(string="Done", compute="_compute_is_done")

    @api.depends("check", "signed_at", "onboarding_id")
    def _compute_is_done(self):
        for item in self:
            # sudo: an item sees secrets and messages that its reader need not see, and tells only whether
            connection = item.sudo().onboarding_id.connection_id
            item.is_done = getattr(item, f"_check_{item.check}")(connection) if item.check else bool(item.signed_at)

    def _check_owner(self, connection):
        return bool(connection.owner_id)

    def _check_environment(self, connection):
        return bool(connection.environment)

    def _check_limits(self, connection):
        return connection.max_concurrency > 0 and connection.max_file_mb > 0

    def _check_secret(self, connection):
        return bool(connection.secret_ids)

    def _check_test(self, connection):
        return connection.check_ok

    def _check_flow(self, connection):
        return bool(connection.flow_ids)

    def _check_first_message(self, connection):
        domain = [("connection_id", "=", connection.id), ("kind", "=", "exchange"), ("state", "=", "done")]
        return bool(connection.env["finance.message"].search_count(domain, limit=1))

    def _check_mapping(self, connection):
        domain = [
            ("connection_id", "=", connection.id),
            # whatever its cause is called: a mapping lets it go on
            ("waiting_key", "=like", "mapping:%"),
            ("state", "=", "held"),
        ]
        return not connection.env["finance.message"].search_count(domain, limit=1)

    def action_sign_off(self):
        """Open the dialog that asks for the evidence."""
        self.ensure_one()
        self._check_signer()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.onboarding.sign.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_item_id": self.id},
        }

    def _check_signer(self):
        self.env["finance.message"]._check_role(_GROUPS[self.role])
        self.check_access("read")
        if self.check:
            raise UserError(self.env._("%s is seen by itself, nobody signs it off.", self.name))
        if self.signed_at:
            raise UserError(self.env._("%s has been signed off already.", self.name))
        first = self.sudo().onboarding_id.user_id  # sudo: who set it up
        if self.other_person and (self.env.user == first or self.env.user.partner_id == first.partner_id):
            raise AccessError(self.env._("Whoever set the connection up cannot sign this off. Ask another person."))

    def _sign_off(self, evidence):
        self.ensure_one()
        self._check_signer()
        if not (evidence or "").strip():
            raise UserError(self.env._("Say what you have seen."))
        # sudo: rows are changed by this step alone, role and person were checked
        self.sudo().write({"signed_by_id": self.env.uid, "signed_at": self.env.cr.now(), "evidence": evidence.strip()})
        self.env["finance.audit"]._record(
            "onboarding.signed", self.onboarding_id, reason=evidence, after={"item": self.name}
        )
