from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import STEWARD
from .sealed_json import SealedJson
from .step_up import step_up


class FinanceMasterProposal(models.Model):
    """A change of master data that waits for a person: from a system or a person that does not own it."""

    _name = "finance.master.proposal"
    _description = "Master Data Proposal"
    _inherit = ["mail.thread", "mail.activity.mixin", "finance.master._diff"]
    _order = "id desc"
    _rec_name = "record_name"
    _allow_sudo_commands = False
    _mail_post_access = "read"

    domain = fields.Selection(
        selection=lambda self: self.env["finance.master"]._selection(), string="Master data", readonly=True
    )
    kind = fields.Selection(
        [("create", "New record"), ("change", "Change"), ("trust", "Bank account to trust")],
        readonly=True,
        required=True,
    )
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    record_name = fields.Char(string="Name", readonly=True)
    external_id = fields.Char(string="Number in the other system", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    connection_id = fields.Many2one(
        "finance.connection", string="Proposed by system", readonly=True, ondelete="restrict"
    )
    proposed_by_id = fields.Many2one("res.users", string="Proposed by", readonly=True)
    policy_id = fields.Many2one("finance.ownership.policy", readonly=True, ondelete="restrict", index=True)
    policy_version = fields.Integer(related="policy_id.version")
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index="btree_not_null")
    state = fields.Selection(
        [("open", "To decide"), ("approved", "Approved"), ("rejected", "Refused"), ("superseded", "Superseded")],
        default="open",
        readonly=True,
        required=True,
        index=True,
        tracking=True,
    )
    field_names = fields.Char(string="Fields", readonly=True)
    values = SealedJson(readonly=True, groups=fields.NO_ACCESS)
    decided_by_id = fields.Many2one("res.users", readonly=True, tracking=True)
    decided_at = fields.Datetime(readonly=True)
    reason = fields.Char(readonly=True, tracking=True)
    is_mine = fields.Boolean(compute="_compute_is_mine", help="Proposed by me: somebody else decides.")

    _record = models.Index("(res_model, res_id) WHERE state = 'open'")
    _maker_is_not_checker = models.Constraint(
        "CHECK (state <> 'approved' OR decided_by_id IS DISTINCT FROM proposed_by_id)",
        "Who proposes a change does not approve it.",
    )

    @api.depends_context("uid")
    @api.depends("proposed_by_id")
    def _compute_is_mine(self):
        for proposal in self:
            proposal.is_mine = proposal.proposed_by_id.partner_id == self.env.user.partner_id

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("Use Approve and Refuse to decide about a proposal."))
        return super().write(vals)

    # -- proposing -----------------------------------------------------------------------------

    @api.model
    def _propose(
        self,
        master,
        record,
        values,
        company,
        *,
        kind=None,
        connection=None,
        message=None,
        external_id=None,
        policy_id=None,
    ):
        """Put a change up for decision; an open proposal for the same fields of the record is superseded.

        :param values: dict canonical field -> dict of Odoo values
        """
        self = self.sudo()  # sudo: proposals are made by the rule itself, whoever's write it judged
        kind = kind or ("create" if set(values) == {"active"} and not record.active else "change")
        content = [master._difference(record, name, vals) for name, vals in values.items()]
        if record:
            earlier = self.search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("state", "=", "open"),
                    ("kind", "=", kind),
                ]
            ).filtered(lambda p: kind == "trust" or {line["field"] for line in p.content} <= set(values))
            earlier.write({"state": "superseded", "decided_at": self.env.cr.now()})
        proposal = self.create(
            {
                "domain": master._code(),
                "kind": kind,
                "res_model": master._records,
                "res_id": record.id or False,
                # in lists, notices and the audit trail: an account is told by its masked number
                "record_name": master._called(record) if record else (external_id or master._description),
                "external_id": external_id,
                "company_id": company.id,
                "connection_id": connection.id if connection else False,
                "proposed_by_id": False if connection else self.env.uid,
                "policy_id": policy_id,
                "message_id": message.id if message else False,
                "content": content,
                "field_names": ", ".join(line["label"] for line in content),
                "values": values,
            }
        )
        proposal._ask()
        return proposal

    def _ask(self):
        """Make it a task of the first approver who may decide."""
        for proposal in self:
            row = self.env["finance.ownership.register"]._row(proposal.domain, proposal.company_id)
            makers = proposal.proposed_by_id.partner_id
            others = row.approver_ids.filtered("active") - makers.user_ids
            approver = others[:1]
            if approver:
                proposal.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=approver.id,
                    summary=self.env._("Decide about a change of master data"),
                )

    def _tell_proposer(self):
        """Say on the screen of who made the change where it has gone."""
        if self.sudo().policy_id:  # sudo: the name of the authority is told to whoever proposes
            text = self.env._(
                "%(fields)s of %(record)s: the authority is %(owner)s. Your change has become a proposal.",
                fields=self.field_names,
                record=self.record_name,
                owner=self.sudo().policy_id._owner_name(),
            )
        else:
            text = self.env._("%s is not used before another person has approved it.", self.record_name)
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "title": self.env._("Waiting for approval"),
                "message": text,
                "sticky": False,
            },
        )

    # -- deciding ------------------------------------------------------------------------------

    def _check_decider(self):
        if not self.env.user.has_group(STEWARD):
            raise AccessError(self.env._("Only a mapping steward decides about master data."))
        self.check_access("read")
        for proposal in self:
            if proposal.state != "open":
                raise UserError(self.env._("%s was decided already.", proposal.record_name))
            row = self.env["finance.ownership.register"]._row(proposal.domain, proposal.company_id)
            if row and self.env.user not in row.approver_ids:
                raise AccessError(
                    self.env._(
                        "The ownership register names others as approvers: %s.",
                        ", ".join(row.approver_ids.mapped("name")),
                    )
                )

    def action_approve(self):
        """Approve; bank accounts ask for the password first."""
        self._check_decider()
        self._check_not_maker()
        if self.filtered(lambda p: p.kind == "trust"):
            return self._approve_verified()
        return self._approve()

    def _check_not_maker(self):
        for proposal in self:
            # a person may have several users
            if proposal.proposed_by_id and proposal.proposed_by_id.partner_id == self.env.user.partner_id:
                raise UserError(self.env._("You proposed this change; another person has to approve it."))

    @step_up
    def _approve_verified(self):
        return self._approve()

    def _approve(self):
        self._check_decider()
        self._check_not_maker()
        for proposal in self:
            proposal._carry_out()
            proposal._close("approved")
        return True

    def _carry_out(self):
        self.ensure_one()
        # sudo: the approver need not be allowed to edit every kind of master data; the decision was checked
        proposal = self.sudo()
        master = self.env["finance.master"].sudo()._of(proposal.domain)  # sudo: see above
        record = self.env[proposal.res_model].sudo().browse(proposal.res_id or ()).exists()  # sudo: see above
        if proposal.res_id and not record:
            raise UserError(self.env._("%s does not exist any more. Refuse the proposal.", proposal.record_name))
        vals = {field: value for part in proposal.values.values() for field, value in part.items()}
        master._carry_out(proposal, record, vals)

    def _close(self, state, reason=None):
        for proposal in self.sudo():  # sudo: nobody may write proposals; the decision was checked
            proposal.write(
                {"state": state, "decided_by_id": self.env.uid, "decided_at": self.env.cr.now(), "reason": reason}
            )
            proposal.activity_unlink(["mail.mail_activity_data_todo"])
            self.env["finance.audit"]._record(
                f"master.{state}",
                proposal.with_env(self.env),
                reason=reason,
                after={
                    "domain": proposal.domain,
                    "record": f"{proposal.res_model},{proposal.res_id}",
                    "fields": proposal.field_names,
                },
            )

    def action_reject(self):
        """Refuse; what the record says stays."""
        self._check_decider()
        self._close("rejected")
        return True

    def action_view_record(self):
        """Open the record."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "view_mode": "form",
            "res_id": self.res_id,
        }
