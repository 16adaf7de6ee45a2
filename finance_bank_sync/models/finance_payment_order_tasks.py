"""What is to be done about an order, by whom, and since when (K-33)."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import APPROVER, CONFIDENTIAL, CREATOR, RELEASER

PHASES = [
    ("propose", "To propose"),
    ("approve", "To approve"),
    ("release", "To release"),
    ("flight", "In flight"),
    ("action", "Needs action"),
    ("done", "Done"),
]
SITUATIONS = [("current", "Current"), ("pending", "Pending"), ("action", "Needs action")]
_PHASES = {"draft": "propose", "proposed": "approve", "approved": "release", "unknown": "action", "rejected": "action"}
_DONE = ("settled", "returned", "cancelled")
_SITUATION_HELP = (
    "Current: nothing is waited for. Pending: the bank or a colleague has it. Needs action: somebody has to act."
)
#: people who get an activity at once; where more may decide, the board is enough
_TOLD = 10
TODO = "mail.mail_activity_data_todo"


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"
    _mail_post_access = "read"

    since = fields.Datetime(
        readonly=True, copy=False, default=fields.Datetime.now, help="Since when it has been in this state."
    )
    phase = fields.Selection(PHASES, string="What is to do", compute="_compute_phase", store=True, index=True,
                             group_expand="_all_phases")  # fmt: skip
    situation = fields.Selection(
        SITUATIONS,
        compute="_compute_phase",
        store=True,
        help=_SITUATION_HELP,
    )
    is_for_me = fields.Boolean(string="For me", compute="_compute_may", search="_search_is_for_me")
    may_edit = fields.Boolean(compute="_compute_may")
    may_approve = fields.Boolean(compute="_compute_may")
    may_refuse = fields.Boolean(compute="_compute_may")
    may_release = fields.Boolean(compute="_compute_may")
    may_hand_over = fields.Boolean(compute="_compute_may")
    approvals_text = fields.Char(string="Approvals", compute="_compute_approvals_text")
    has_new_accounts = fields.Boolean(compute="_compute_approvals_text")

    @api.depends("state", "attention")
    def _compute_phase(self):
        for order in self:
            is_out = order.state not in ("draft", "proposed", "approved", "cancelled")
            if order.state in _PHASES:
                order.phase = _PHASES[order.state]
            elif is_out and order.attention:
                order.phase = "action"
            else:
                order.phase = "done" if order.state in _DONE else "flight"
            order.situation = {"done": "current", "action": "action"}.get(order.phase, "pending")
            if order.state == "draft" and order.attention:
                order.situation = "action"

    @api.model
    def _all_phases(self, phases, domain):
        """Every column of the board is there, with or without orders."""
        return [phase for phase, _label in PHASES]

    @api.depends_context("uid")
    @api.depends("state", "editor_ids", "approval_ids")
    def _compute_may(self):
        """What the buttons show; what they do is checked again when they are pressed."""
        user = self.env.user
        mine = user._payment_persons()
        groups = {group for group in (CREATOR, APPROVER, RELEASER) if user.has_group(group)}
        for order in self:
            made = order._deciders("approve") | order._makers() | order._account_changers()
            is_other = not any(mine & one._payment_persons() for one in made)
            order.may_edit = CREATOR in groups and order.state == "draft"
            order.may_approve = order.state == "proposed" and APPROVER in groups and is_other and order._is_asked(user)
            order.may_refuse = order.state in ("proposed", "approved") and bool(groups & {APPROVER, RELEASER})
            order.may_release = order.state == "approved" and RELEASER in groups and is_other
            order.may_hand_over = order.state in ("released", "sending") and not order.flow_id and RELEASER in groups
            order.is_for_me = order.may_edit or order.may_approve or order.may_release or order.may_hand_over

    def _is_asked(self, user):
        _count, users = self._needed_approvals()
        return not users or user in users

    @api.model
    def _search_is_for_me(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        wanted = {
            "draft": CREATOR,
            "proposed": APPROVER,
            "approved": RELEASER,
        }
        user = self.env.user
        states = [state for state, group in wanted.items() if user.has_group(group)]
        found = self.search([("state", "in", states)]).filtered("is_for_me") if states else self
        if user.has_group(RELEASER):
            found |= self.search([("state", "in", ("released", "sending")), ("flow_id", "=", False)])
        is_wanted = (True in value) == (operator == "in")
        return Domain("id", "in" if is_wanted else "not in", found.ids)

    @api.depends("state", "approval_ids", "line_ids.partner_bank_id", "line_ids.amount")
    def _compute_approvals_text(self):
        for order in self:
            if order.state not in ("draft", "proposed", "approved"):
                order.approvals_text, order.has_new_accounts = False, False
                continue
            given = len(order._deciders("approve")) if order.state != "draft" else 0
            needed, users = order._needed_approvals()
            order.has_new_accounts = bool(order._new_accounts())
            order.approvals_text = self.env._("%(given)s of %(needed)s", given=given, needed=needed)
            if users:
                names = ", ".join(users.sudo().mapped("name"))  # sudo: names of colleagues
                order.approvals_text = self.env._("%(count)s, by %(names)s", count=order.approvals_text, names=names)

    # -- who is told -------------------------------------------------------------------------------

    def _tell_next(self):
        """Give an activity to those who can do the next step, and take the old ones away."""
        for order in self.sudo():  # sudo: activities of colleagues
            order.activity_unlink([TODO])
            people, words = order._next_people()
            kind = self.env.ref(TODO, raise_if_not_found=False)
            if not kind or self.env.context.get("mail_activity_automation_skip"):
                continue
            # together: as Odoo's activity_schedule does, which makes them one by one
            order.env["mail.activity"].create(
                [
                    {
                        "activity_type_id": kind.id,
                        "summary": words,
                        "note": kind.default_note,
                        "automated": True,
                        "date_deadline": fields.Date.context_today(order),
                        "res_model_id": self.env["ir.model"]._get_id(order._name),
                        "res_id": order.id,
                        "user_id": user.id,
                    }
                    for user in people[:_TOLD]
                ]
            )

    def _next_people(self):
        """:return: users who can do the next step, and what to do"""
        makers = self._makers() | self._account_changers() | self._deciders("approve")
        if self.state == "draft" and self.round:
            return self._makers()[:1] & self.create_uid or self._makers()[:1], self.env._("Correct and propose again")
        if self.state == "proposed":
            _count, users = self._needed_approvals()
            return (users or self._members(APPROVER)) - makers, self.env._("Approve payments")
        if self.state == "approved":
            return self._members(RELEASER) - makers, self.env._("Release payments")
        return self.env["res.users"], ""

    def _members(self, group):
        """:return: users of the company who have the role and may see the order"""
        users = self.env.ref(group).sudo().all_user_ids  # sudo: who has a role
        users = users.filtered(lambda user: self.company_id in user.company_ids and user.active)
        if self.is_confidential:
            users &= self.env.ref(CONFIDENTIAL).sudo().all_user_ids  # sudo: who has a role
        return users - self.env.ref("base.user_root")


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    since = fields.Datetime(
        readonly=True, copy=False, default=fields.Datetime.now, help="Since when it has been in this state."
    )
    situation = fields.Selection(
        SITUATIONS,
        compute="_compute_situation",
        store=True,
        index=True,
        help=_SITUATION_HELP,
    )

    @api.depends("state", "problems", "order_id.state")
    def _compute_situation(self):
        for line in self:
            if line.problems or line.state in ("rejected", "unclear", "recalled") or line.order_id.state == "unknown":
                line.situation = "action"
            else:
                is_over = line.state in ("settled", "returned", "cancelled")
                line.situation = "current" if is_over else "pending"
