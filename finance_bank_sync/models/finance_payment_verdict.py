from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import APPROVER, CREATOR, RELEASER
from .finance_payment_order import BOUND


class FinancePaymentVerdict(models.Model):
    """What a screening or verification said about an order as it is; added, never changed, by nobody.

    ``pass`` alone lets an order go, and only while it says what was looked at. No answer, a late or a broken one is
    ``review``: a person looks, and says so with a reason.
    """

    _name = "finance.payment.verdict"
    _description = "Verdict about a Payment Order"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _allow_sudo_commands = False

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    is_confidential = fields.Boolean(readonly=True)
    check_id = fields.Many2one("finance.payment.check", readonly=True, required=True, ondelete="restrict")
    kind = fields.Selection([("screening", "Screening"), ("payee", "Payee verification")], required=True, readonly=True)
    verdict = fields.Selection([("pass", "Pass"), ("review", "Review"), ("hold", "Hold")], required=True, readonly=True)
    provider = fields.Char(readonly=True, help="Connection that was asked.")
    reference = fields.Char(readonly=True, help="By which the provider finds it again.")
    detail = fields.Text(readonly=True)
    evidence_id = fields.Many2one(
        "finance.payload", string="Answer as it came", readonly=True, ondelete="restrict", groups=fields.NO_ACCESS
    )
    evidence_sha256 = fields.Char(string="SHA-256 of the answer", readonly=True)
    digest = fields.Char(required=True, readonly=True, help="Content of the order that it is about.")
    at = fields.Datetime(string="When", required=True, readonly=True)
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict")
    # a person's word in the place of a review
    user_id = fields.Many2one("res.users", string="Who", readonly=True, ondelete="restrict")
    reason = fields.Text(readonly=True)


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    _payment_protected = frozenset(("verdict_ids",))

    verdict_ids = fields.One2many("finance.payment.verdict", "order_id", string="Verdicts", readonly=True, copy=False)
    verdict_state = fields.Selection(
        [
            ("none", "Not needed"),
            ("waiting", "Waits for an answer"),
            ("review", "A person looks"),
            ("hold", "Held"),
            ("pass", "Passed"),
        ],
        compute="_compute_verdict_state",
        string="Screening",
    )

    @api.depends("verdict_ids", "digest", "state")
    def _compute_verdict_state(self):
        worst = ("hold", "review", "waiting", "pass")
        for order in self:
            found = {state for _check, state, _verdict in order._verdicts()}
            order.verdict_state = next((state for state in worst if state in found), "none")

    def _verdicts(self):
        """What is required of the order as it is.

        :return: list of (check, ``pass``, ``review``, ``hold`` or ``waiting``, the verdict that says so)
        """
        self.ensure_one()
        order = self.sudo()  # sudo: whether it may go, whoever looks
        found = []
        for check in self.env["finance.payment.check"]._needed_for(order):
            since = self.env.cr.now() - timedelta(hours=check.hours_valid)
            said = order.verdict_ids.filtered(
                # public: a fingerprint of content, no secret
                lambda verdict, check=check: verdict.check_id == check and verdict.digest == order.digest
            ).sorted("id")
            # what a person held after a review, no second question lifts
            last = said.filtered(lambda verdict: verdict.user_id and verdict.verdict == "hold")[-1:] or said[-1:]
            state = last.verdict if last and (last.at >= since or last.verdict == "hold") else "waiting"
            found.append((check, state, last))
        return found

    def _verdict_problem(self):
        # EXTENDS
        problem = super()._verdict_problem()
        if problem:
            return problem
        for check, state, verdict in self._verdicts():
            if state == "waiting":
                return self.env._("%s has not answered yet: nothing is released without its word.", check.name)
            if state != "pass":
                return self.env._(
                    "%(check)s does not let it pass: %(why)s", check=check.name, why=verdict.detail or state
                )
        return None

    def _release_checks(self):
        # EXTENDS
        result = super()._release_checks()
        problem = self._verdict_problem()
        if problem:
            raise UserError(problem)
        return result

    def _propose(self):
        # EXTENDS: asked as soon as it is known what will leave
        result = super()._propose()
        self._ask_checks()
        return result

    def _ask_checks(self):
        """Ask everybody whose word is needed and not there."""
        self.ensure_one()
        order = self.sudo()  # sudo: messages are written by the queue alone
        for check, state, _verdict in order._verdicts():
            if state == "pass":
                continue
            self.env["finance.message"].sudo()._enqueue(  # sudo: as above
                check.flow_id,
                [
                    Envelope(
                        subject=f"{order.name}: {check.name}",
                        data={"check_id": check.id, "digest": order.digest},
                        order_key=f"check:{check.id}:{order.id}",
                        correlation_id=order.correlation_id,
                        res_model=order._name,
                        res_id=order.id,
                    )
                ],
            )

    def action_ask_checks(self):
        """Ask again, e.g. after the screening was down."""
        self._check_group(CREATOR, APPROVER, RELEASER)
        if self.state not in BOUND:
            raise UserError(self.env._("What is asked about is what was proposed."))
        self._ask_checks()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_review(self):
        """Open the dialog in which an approver says what a review came to."""
        self.ensure_one()
        self._check_review()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Review"),
            "res_model": "finance.payment.review.wizard",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _check_review(self):
        self._check_decider(APPROVER, *self._makers())
        if self.state not in BOUND:
            raise UserError(self.env._("What is reviewed is what was proposed."))
        if "review" not in [state for _check, state, _verdict in self._verdicts()]:
            raise UserError(self.env._("There is nothing to review: a hold is taken back by who made it."))

    @step_up
    def _review_verified(self, verdict, reason):
        return self._review(verdict, reason)

    def _review(self, verdict, reason):
        """An approver has looked: it may pass, or is held. A hold of the provider is not a person's to lift."""
        self._lock_state(*BOUND)
        self._check_review()
        if verdict not in ("pass", "hold"):
            raise AccessError(self.env._("A review ends with pass or hold."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say what you looked at."))
        for check, state, last in self._verdicts():
            if state == "review":
                self._note_verdict(check, verdict, reference=last.reference, reason=reason, user=self.env.user)
        self._audit(f"payment.review.{verdict}", reason)

    def _note_verdict(self, check, verdict, *, digest=None, user=None, **values):
        """Add a verdict; :return: it"""
        order = self.sudo()  # sudo: rows are made here alone
        return order.env["finance.payment.verdict"].create(
            {
                "order_id": order.id,
                "company_id": order.company_id.id,
                "is_confidential": order.is_confidential,
                "check_id": check.id,
                "kind": check.kind,
                "verdict": verdict,
                "provider": check.flow_id.connection_id.name,
                "digest": digest or order.digest,
                "at": self.env.cr.now(),
                "user_id": user.id if user else False,
                "detail": values.pop("detail", False) or values.get("reason", False),
                **values,
            }
        )
