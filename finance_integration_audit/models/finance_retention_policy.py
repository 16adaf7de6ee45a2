from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import ADMIN, AUDITOR
from ..retention import rules


class FinanceRetentionPolicy(models.Model):
    """How long the content of messages is kept, by company and flow: as law wants at least, and then as agreed (A-07).

    What is destroyed is the original and the values of a message. That there was a message, when, by which
    way, its fingerprints and its amounts in the ledger stay: the trail and the checkpoints still prove.
    """

    _name = "finance.retention.policy"
    _description = "Retention Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(string="Data class", required=True, tracking=True)
    sequence = fields.Integer(default=10, help="The first policy that fits a flow counts.")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    flow_ids = fields.Many2many(
        "finance.flow", string="Flows", check_company=True, help="Empty: all that no other fits."
    )
    is_personal = fields.Boolean(string="Personal data", help="Shown in the register of what is kept about people.")
    basis = fields.Char(string="Why it is kept", required=True, help="Law or contract, e.g. § 147 AO.")
    legal_days = fields.Integer(string="By law (days)", required=True, tracking=True)
    keep_days = fields.Integer(string="Kept (days)", required=True, tracking=True)
    location = fields.Char(
        string="Where it is stored",
        required=True,
        help="Region of the database that holds it, as the register tells it.",
    )
    automatic = fields.Boolean(
        string="Destroy by itself", help="The scheduled action does; otherwise somebody confirms."
    )
    due_count = fields.Integer(compute="_compute_due", string="To be destroyed")
    due_size = fields.Integer(compute="_compute_due", string="Bytes")
    held_count = fields.Integer(compute="_compute_due", string="Stopped by legal holds")
    tombstone_count = fields.Integer(compute="_compute_tombstone_count", string="Destroyed")

    _law_first = models.Constraint(
        "CHECK (legal_days >= 0 AND keep_days >= legal_days)", "Nothing is kept shorter than law wants."
    )

    @api.constrains("flow_ids", "company_id")
    def _check_flows(self):
        for policy in self:
            if policy.flow_ids.company_id - policy.company_id:
                raise ValidationError(self.env._("Flows of a policy belong to its company."))

    def _compute_due(self):
        for policy in self:
            due, held = policy._due() if policy.id else (self.env["finance.message"], 0)
            policy.due_count = len(due)
            policy.due_size = sum(due.payload_id.mapped("size"))
            policy.held_count = held

    def _compute_tombstone_count(self):
        counts = dict(
            self.env["finance.retention.tombstone"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.tombstone_count = counts.get(policy, 0)

    def _period(self):
        self.ensure_one()
        return rules.Period(legal_days=self.legal_days, keep_days=self.keep_days)

    @api.model
    def _of_flow(self, flow):
        """:return: the policy that counts for a flow, or none: what no policy is about is kept"""
        policies = self.sudo().search([("company_id", "=", flow.company_id.id)])  # sudo: the rules hold for everybody
        fitting = policies.filtered(lambda policy: flow in policy.flow_ids) or policies.filtered(
            lambda policy: not policy.flow_ids
        )
        return fitting[:1]

    def _flows(self):
        """:return: flows that this policy counts for"""
        flows = self.env["finance.flow"].sudo().with_context(active_test=False)  # sudo: as above
        return flows.search([("company_id", "=", self.company_id.id)]).filtered(
            lambda flow: self._of_flow(flow) == self
        )

    def _due(self, limit=None):
        """:return: (messages whose content is to be destroyed, number of those that legal holds stop)"""
        self.ensure_one()
        today = fields.Date.context_today(self)
        latest = fields.Date.subtract(today, days=self.keep_days)
        # sudo: contents are destroyed without being shown
        messages = self.env["finance.message"].sudo()
        found = messages.search(
            [
                ("flow_id", "in", self._flows().ids),
                ("is_open", "=", False),
                ("closed_at", "<", latest),
                ("shredded_at", "=", False),
            ],
            order="id",
            limit=limit,
        )
        holds = self.env["finance.legal.hold"]._rules(self.company_id)
        period = self._period()
        free = found.filtered(
            lambda message: rules.may_be_destroyed(message._retention_thing(bool(holds)), period, holds, today)
        )
        return free, len(found) - len(free)

    # -- buttons -------------------------------------------------------------------------------

    def action_preview(self):
        """Show what would be destroyed now."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN, AUDITOR)
        self.check_access("read")
        due, _held = self._due()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What would be destroyed"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("id", "in", due.ids)],
        }

    def action_purge(self):
        """Destroy now what is due."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")
        due, _held = self._due(limit=10_000)
        if not due:
            raise UserError(self.env._("Nothing is due."))
        self.env["finance.retention.tombstone"]._destroy(due, policy=self, reason=self.env._("period is over"))
        self.env["finance.content.key"]._destroy_spent()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_tombstones(self):
        """Show what was destroyed by this policy."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_integration_audit.finance_retention_tombstone_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)]}

    @api.model
    def _cron_purge(self):
        """Destroy what is due, where a policy says so."""
        for policy in self.search([("automatic", "=", True)]):
            due, _held = policy._due(limit=5_000)
            if due:
                self.env["finance.retention.tombstone"]._destroy(
                    due, policy=policy, reason=self.env._("period is over")
                )
        self.env["finance.content.key"]._destroy_spent()
