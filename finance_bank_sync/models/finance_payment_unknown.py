"""An order of which nobody knows whether the bank has it: asked for, waited for, at last decided by two people."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import APPROVER, RELEASER
from ..payments.progress import EXECUTED, NOT_EXECUTED

#: the two decisions, and what is said about each payment then
DECISIONS = (EXECUTED, NOT_EXECUTED)
#: states in which the bank is known to have it, or never will
_KNOWN = ("sent", "accepted", "settled", "rejected", "returned", "cancelled")


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    _payment_protected = frozenset(("unknown_since", "decide_from", "inquiry_count", "inquired_at"))

    unknown_since = fields.Datetime(readonly=True, copy=False)
    decide_from = fields.Datetime(
        string="Decided from", readonly=True, copy=False, help="Before, the bank is asked and its files are waited for."
    )
    inquiry_count = fields.Integer(string="Inquiries", readonly=True, copy=False)
    inquired_at = fields.Datetime(string="Asked last", readonly=True, copy=False)
    may_decide = fields.Boolean(compute="_compute_may_decide")
    decision_waits = fields.Char(compute="_compute_may_decide", string="Waits for a second person")

    @api.depends("state", "decide_from", "approval_ids")
    def _compute_may_decide(self):
        now = fields.Datetime.now()
        labels = dict(self.env["finance.payment.approval"]._fields["decision"]._description_selection(self.env))
        for order in self:
            order.may_decide = order.state == "unknown" and bool(order.decide_from) and order.decide_from <= now
            first = order._first_decision() if order.state == "unknown" else None
            order.decision_waits = (
                self.env._(
                    "%(name)s says: %(decision)s. A second person confirms it, or says otherwise.",
                    name=first.user_id.sudo().name,  # sudo: the name of a colleague
                    decision=labels[first.decision],
                )
                if first
                else False
            )

    # -- it becomes unknown, and known -------------------------------------------------------------

    def _unknown(self, detail):
        # EXTENDS
        result = super()._unknown(detail)
        order = self.sudo()  # sudo: written by steps alone
        if order.state == "unknown" and not order.unknown_since:
            now = self.env.cr.now()
            hours = order.company_id.finance_payment_unknown_hours
            order.write({"unknown_since": now, "decide_from": now + timedelta(hours=hours)})
        order._known()
        return result

    def _sent(self, reference=None):
        # EXTENDS
        result = super()._sent(reference)
        self._known()
        return result

    def _restate(self):
        # EXTENDS: whatever the bank says about a payment of it, it has the order
        result = super()._restate()
        self._known()
        return result

    def _known(self):
        """The bank has it: the message that nobody knew about is done, and what it raised is over."""
        for order in self.sudo():  # sudo: written by steps alone
            message = order.message_id
            if order.state not in _KNOWN or message.state != states.UNKNOWN:
                continue
            # the result is what two people said, or what the bank did
            after = states.IGNORED if order.state == "cancelled" and order._decided_so("not_executed") else states.DONE
            message._set_state(
                after,
                note="payment_known",
                reason_code=False,
                error_class=False,
                detail=self.env._("Known by now: the order is in the state %s.", order.state),
            )
            message.exception_ids._close("resumed")

    # -- asking ------------------------------------------------------------------------------------

    @api.model
    def _cron_inquire(self):
        """Ask about every order that nobody knows about, and tell people whose turn it is."""
        # sudo: the scheduled action sees every company
        for order in self.sudo().search([("state", "=", "unknown")], order="id"):
            order._inquire()
            order._call_for_decision()
            if self.env.context.get("cron_id"):
                self.env["ir.cron"]._commit_progress(1)

    def _inquire(self):
        """Ask the bank where its channel can be asked; files are waited for (pain.002, statements)."""
        self.ensure_one()
        order = self.sudo()  # sudo: written by steps alone
        handler = order.flow_id.handler
        if handler in self.env and self.env[handler]._payment_inquire(order):
            order.inquired_at = self.env.cr.now()

    def _inquired(self):
        """The bank was asked and did not say anything that decides it (fault 38)."""
        for order in self.sudo():  # sudo: written by steps alone
            order.write({"inquiry_count": order.inquiry_count + 1, "inquired_at": self.env.cr.now()})

    def _call_for_decision(self):
        self.ensure_one()
        order = self.sudo()  # sudo: activities are made for others
        if not order.may_decide or order.activity_ids:
            return
        people = self.env.ref(APPROVER).all_user_ids.filtered(
            lambda user: user.active and not user.share and order.company_id in user.company_ids
        )
        for user in people[:2]:
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._("Was it executed? Two people decide."),
            )

    # -- two people --------------------------------------------------------------------------------

    def _first_decision(self):
        """:return: what one person has said since it is unknown, waiting for a second one; or nothing"""
        self.ensure_one()
        rows = self.sudo().approval_ids  # sudo: who said it, not what they may do
        rows = rows.filtered(
            lambda row: (
                row.decision in DECISIONS
                and row.round == self.round
                and (not self.unknown_since or row.at >= self.unknown_since)
            )
        )
        return rows.sorted("id")[-1:]

    def _decided_so(self, decision):
        self.ensure_one()
        return self._first_decision().decision == decision

    def action_decide_unknown(self):
        """Open the dialog in which a person says what became of it."""
        self.ensure_one()
        self._check_may_decide()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Was it executed?"),
            "res_model": "finance.payment.unknown.wizard",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _check_may_decide(self):
        self.ensure_one()
        group = next((one for one in (APPROVER, RELEASER) if self.env.user.has_group(one)), None)
        if group is None:
            raise AccessError(self.env._("Payment approvers and releasers decide this."))
        self._check_decider(group)
        if self.state != "unknown":
            raise UserError(self.env._("What became of %s is known.", self.display_name))
        if not self.may_decide:
            raise UserError(
                self.env._(
                    "It is too early to decide: the bank may only be slow. Until %s it is asked, and its files are "
                    "waited for.",
                    fields.Datetime.context_timestamp(self, self.decide_from).strftime("%Y-%m-%d %H:%M"),
                )
            )

    @step_up
    def _decide_unknown_verified(self, decision, reason):
        return self._decide_unknown(decision, reason)

    def _decide_unknown(self, decision, reason):
        """One person says what became of it; the second one who says the same decides.

        :param decision: ``executed`` or ``not_executed``
        :return: True when it is decided
        """
        self._lock_state("unknown")
        self._check_may_decide()
        if decision not in DECISIONS:
            raise UserError(self.env._("Say whether it was executed."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say how you know: who at the bank said so, or where you saw it."))
        first = self._first_decision()
        if first and self.env.user._payment_persons() & first.user_id._payment_persons():
            raise AccessError(self.env._("You have said what you know. Another person has to say it as well."))
        self._decided(decision, reason)
        self._audit(f"payment.{decision}", reason)
        if not first or first.decision != decision:
            # the newer word stands and waits for a second one
            return False
        order = self.sudo()  # sudo: written by steps alone
        order.activity_ids.action_feedback()
        if decision == EXECUTED:
            order._sent()
        else:
            order.line_ids._note_decision(decision)
        return True


class FinanceHandlerPayment(models.AbstractModel):
    _inherit = "finance.handler._payment"

    @api.model
    def _payment_inquire(self, order):
        """Queue a question about an order that nobody knows about; OVERRIDE where the channel can be asked.

        :return: whether something is asked
        """
        return False


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_payment_unknown_hours = fields.Integer(
        string="Hours until an unknown payment is decided",
        default=48,
        required=True,
        help="So long the bank is asked and its files are waited for. Then two people decide.",
    )

    _finance_payment_unknown_hours = models.Constraint(
        "CHECK (finance_payment_unknown_hours BETWEEN 1 AND 720)",
        "An unknown payment is decided after 1 to 720 hours.",
    )
