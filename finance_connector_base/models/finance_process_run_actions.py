from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..const import OPERATOR
from ..engine import process as engine
from ..engine import states
from ..engine.step import facts_hash


class FinanceProcessRunActions(models.Model):
    """What a person may do with a run. Each checks role, company and state, then moves it."""

    _inherit = "finance.process.run"

    can_decide = fields.Boolean(compute="_compute_can")
    can_retry = fields.Boolean(compute="_compute_can")
    can_skip = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    def _compute_can(self):
        for run in self:
            step = run.current_step_id
            manages = run._manages()
            # sudo: readers of the run need no access to the queue
            message_state = run.sudo().message_id.state
            stuck = run.state in (engine.FAILED, engine.UNDO_FAILED) or message_state in ("held", "dead", "retry")
            run.can_decide = (
                run.state == engine.WAITING and bool(step.approvals_needed) and not run._refusal_to_decide(step)
            )
            run.can_retry = run.is_open and run.state != engine.WAITING and stuck and run._may_retry()
            run.can_skip = manages and (
                run.state == engine.UNDO_FAILED or step.may_skip and run.state in (engine.WAITING, engine.FAILED)
            )
            run.can_cancel = run.state in (engine.RUNNING, engine.WAITING, engine.FAILED) and run._may_cancel()

    # -- who may ---------------------------------------------------------------------------

    def _has_group(self, group):
        return self.env.su or group in self.env.user.all_group_ids

    def _manages(self):
        self.ensure_one()
        # sudo: the definition says who manages; it is not shown to everybody who sees the run
        return self._has_group(self.sudo().process_id.manager_group_id)

    def _may_retry(self):
        return self._manages() or self.env.user.has_group(OPERATOR)

    def _may_cancel(self):
        return self._manages() or self.started_by_id == self.env.user

    def _refusal_to_decide(self, step):
        """:return: why the user may not decide this step; None when he may"""
        self.ensure_one()
        if not self._has_group(step.group_id):
            # sudo: names of roles are shown to everybody who sees the run
            return self.env._("This is decided by: %s.", step.sudo().group_id.full_name)
        # sudo: who made a record is asked of the record, which the approver need not be allowed to read
        if self.env.user.partner_id in self.sudo()._makers():
            return self.env._("You started or made this yourself; somebody else has to decide.")
        mine = step.approval_ids.filtered(
            lambda approval: approval.partner_id == self.env.user.partner_id and not approval.is_void
        )
        if mine and mine[-1].facts_hash == self._live_facts(step)[1]:
            return self.env._("You have decided this already; somebody else has to.")
        return None

    def _live_facts(self, step):
        """:return: (facts as they are now, their digest)"""
        # sudo: the approver sees what he decides upon, also where he may not open the record
        step = step.sudo().with_context(allowed_company_ids=self.company_id.ids)
        work = step._work()
        facts = work._facts(step) if work is not None and step._record() else {}
        return facts, facts_hash(facts)

    # -- decisions -------------------------------------------------------------------------

    def action_approve(self):
        """Open the dialog that shows what is approved."""
        return self._decision_dialog("approve", self.env._("Approve"))

    def action_reject(self):
        """Open the dialog that asks why not."""
        return self._decision_dialog("reject", self.env._("Reject"))

    def action_skip(self):
        """Open the dialog that asks why the step is left out."""
        return self._decision_dialog("skip", self.env._("Go on without this step"))

    def action_cancel(self):
        """Open the dialog that asks why the run ends; what was done is undone."""
        return self._decision_dialog("cancel", self.env._("Cancel"))

    def _decision_dialog(self, operation, name):
        self.ensure_one()
        self.check_access("read")
        self._check_operation(operation)
        decision = self.env["finance.process.decision"]._open(self, operation)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "finance.process.decision",
            "view_mode": "form",
            "target": "new",
            "res_id": decision.id,
        }

    def _check_operation(self, operation):
        """:raise UserError, AccessError: when it is not possible now or not the user's"""
        step = self.current_step_id
        if operation in ("approve", "reject"):
            if self.state != engine.WAITING or not step.approvals_needed:
                raise UserError(self.env._("There is nothing to decide here at the moment."))
            refusal = self._refusal_to_decide(step)
            if refusal:
                raise AccessError(refusal)
        elif operation == "skip":
            if not self._manages():
                raise AccessError(self.env._("Your role does not allow to leave out a step."))
            if self.state != engine.UNDO_FAILED and not (
                step.may_skip and self.state in (engine.WAITING, engine.FAILED)
            ):
                raise UserError(self.env._("This step cannot be left out."))
        elif operation == "cancel":
            if not self._may_cancel():
                raise AccessError(self.env._("Only who started it or manages the process may cancel it."))
            if self.state not in (engine.RUNNING, engine.WAITING, engine.FAILED):
                raise UserError(self.env._("It is over, or being undone already."))
        else:
            raise UserError(self.env._("There is no such operation."))

    def _decide(self, operation, *, seen=None, reason=None):
        """Do what the dialog asked for.

        :param str operation: approve, reject, skip or cancel
        :param str seen: digest of the facts the person has seen; needed to approve
        :param str reason: why; needed for everything but an approval
        """
        self.ensure_one()
        self.check_access("read")
        self.sudo()._lock()  # sudo: runs have no write access
        self._check_operation(operation)
        reason = (reason or "").strip()
        if operation != "approve" and not reason:
            raise UserError(self.env._("Say why."))
        if operation in ("approve", "reject"):
            self._record_decision(operation, seen, reason)
        elif operation == "skip":
            self._skip(reason)
        else:
            self._cancel(reason)

    def _record_decision(self, decision, seen, reason):
        step = self.current_step_id
        facts, digest = self._live_facts(step)
        # public: whoever decides has been shown it
        if decision == "approve" and seen != digest:
            raise UserError(
                self.env._("What you looked at has changed meanwhile. Close this dialog and look at it again.")
            )
        # sudo: decisions have no write access; role, company and maker were checked
        row = step.sudo()
        # public: fingerprints of facts, no key in them
        row.approval_ids.filtered(lambda approval: approval.facts_hash != digest).write({"is_void": True})
        row.env["finance.process.approval"].create(
            {
                "run_step_id": step.id,
                "user_id": self.env.uid,
                "partner_id": self.env.user.partner_id.id,
                "decision": decision,
                "decided_at": self.env.cr.now(),
                "reason": reason or False,
                "facts": facts,
                "facts_hash": digest,
            }
        )
        row.write({"facts": facts, "facts_hash": digest, "user_id": self.env.uid})
        self._audit(f"process.{decision}d" if decision == "approve" else "process.rejected", reason, {"facts": facts})
        self.activity_ids.filtered(lambda activity: activity.user_id == self.env.user).sudo().unlink()
        if decision == "reject":
            why = self.env._("Rejected by %(who)s: %(why)s", who=self.env.user.name, why=reason)
            self._apply(
                self._machine().failed().cancelled(),
                step={step.id: {"reason": why, "reason_code": "process.rejected"}},
                end_reason=why,
            )
        elif len(row._valid_approvals()) >= row.approvals_needed:
            self._apply(self._machine().resumed())

    def _skip(self, reason):
        step = self.current_step_id
        self._close_message(reason)
        machine = self._machine()
        machine = machine.left() if machine.state == engine.UNDO_FAILED else machine.skipped()
        self._audit("process.step_skipped", reason, {"step": step.name})
        self._apply(machine, step={step.id: {"reason": reason, "user_id": self.env.uid}})

    def _cancel(self, reason):
        """Give up and undo what was done."""
        self._close_message(reason)
        self._audit("process.cancelled", reason, {})
        self._apply(self._machine().cancelled(), end_reason=reason)

    def action_retry(self):
        """Try again what failed, after its cause was mended."""
        for run in self:
            run.check_access("read")
            if not run._may_retry():
                raise AccessError(self.env._("Your role does not allow to try a step again."))
            run.sudo()._lock()  # sudo: runs have no write access, the role was checked
            if not run.can_retry:
                raise UserError(self.env._("There is nothing to try again: %s", run.headline))
            run._audit("process.step_retried", None, {"step": run.current_step_id.name})
            run._retry_move()
        return True

    def _retry_move(self):
        message = self.sudo().message_id  # sudo: the queue is not the business of who manages a process
        machine = self._machine()
        if machine.state in (engine.FAILED, engine.UNDO_FAILED):
            machine = machine.retried()
        if message.state in (states.HELD, states.DEAD, states.RETRY):
            self.sudo().write({"state": machine.state})  # sudo: as above
            message._retry(self.env._("retried by %s", self.env.user.name))
            return
        self._apply(machine)

    def _close_message(self, reason):
        """A move that failed is not made any more: its message leaves the worklist."""
        message = self.sudo().message_id  # sudo: as above
        if message.state in (states.HELD, states.DEAD, states.RETRY):
            message._set_state(
                states.IGNORED, note=reason, reason_code="process.overtaken", detail=reason, waiting_key=False
            )
            message.exception_ids._close("discarded")

    def _audit(self, event, reason, after):
        self.env["finance.audit"]._record(
            event, self, reason=reason, before={"state": self.state}, after=after, correlation_id=self.correlation_id
        )
