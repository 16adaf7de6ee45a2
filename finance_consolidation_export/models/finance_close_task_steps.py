from odoo import fields, models
from odoo.exceptions import UserError

from ..closing import order, stages
from ..const import ACCOUNTANT, CONTROLLER
from .finance_close_period import RUNNING

PEOPLE = (
    "prepared_by_id",
    "prepared_at",
    "reviewed_by_id",
    "reviewed_at",
    "approved_by_id",
    "approved_at",
    "done_at",
    "reminded_at",
    "escalated_at",
)


class FinanceCloseTask(models.Model):
    """The way of a task: done, reviewed, approved by different people; skipped or opened again with a reason (C-07)."""

    _inherit = "finance.close.task"

    def _check_step(self, group, *states):
        self.close_id._check_role(group)
        self.check_access("write")
        if self.close_id.filtered(lambda close: close.state not in RUNNING):
            raise UserError(self.env._("The close is not open."))
        for task in self:
            if task.state not in states:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._("%(task)s is: %(state)s.", task=task.display_name, state=labels[task.state])
                    + (f" {self.env._('It waits for: %s.', task.waiting_text)}" if task.state == stages.WAITING else "")
                )

    def _people(self):
        """:return: who has done or reviewed it, as people: one may have several users"""
        task = self.sudo()  # sudo: their users may not be visible to who asks
        return (task.prepared_by_id | task.reviewed_by_id).partner_id

    def _check_other(self):
        for task in self:
            if self.env.user.partner_id in task._people():
                raise UserError(
                    self.env._("You did or reviewed %s; this step is for another person.", task.display_name)
                )

    def _step(self, state, **values):
        """Write a step, and what follows from it."""
        if state in stages.FINISHED:
            values["done_at"] = self.env.cr.now()
        self.sudo().write({**values, "state": state})  # sudo: what the steps write
        if state in stages.FINISHED:
            self.sudo().activity_ids.action_feedback()  # sudo: the tasks of the others are done as well
            # sudo: others may wait for it, in companies the person does not see
            self.sudo().close_id._settle()
        for task in self:
            self.env["finance.audit"]._record(
                f"close.task.{state}",
                task,
                reason=values.get("reason"),
                after={"name": task.display_name, "close": task.close_id.name, "state": state},
            )

    # -- done, reviewed, approved --------------------------------------------------------------

    def action_done(self):
        """Say that the task is done, with the evidence that it asks for."""
        self._check_step(ACCOUNTANT, *stages.TO_DO)
        for task in self:
            if task.kind != "manual":
                raise UserError(
                    self.env._("%s is finished by its check. Mend what it found and check again.", task.display_name)
                )
            task._check_evidence()
            task._step(
                stages.prepared(review=task.needs_review, approval=task.needs_approval),
                prepared_by_id=self.env.uid,
                prepared_at=self.env.cr.now(),
            )
        return True

    def _check_evidence(self):
        self.ensure_one()
        given = {
            "attachment": bool(self.evidence_ids),
            "link": bool(self.evidence_url),
            "note": bool((self.evidence_note or "").strip()),
        }
        if self.evidence != "none" and not given.get(self.evidence, any(given.values())):
            labels = dict(self._fields["evidence"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(task)s asks for evidence (%(kind)s). Add it on the page Evidence.",
                    task=self.display_name,
                    kind=labels[self.evidence].lower(),
                )
            )

    def action_review(self):
        """Say that another person has reviewed it."""
        self._check_step(ACCOUNTANT, stages.PREPARED)
        self._check_other()
        for task in self:
            if not task.needs_review:
                raise UserError(self.env._("%s needs no review.", task.display_name))
            task._step(
                stages.reviewed(approval=task.needs_approval),
                reviewed_by_id=self.env.uid,
                reviewed_at=self.env.cr.now(),
            )
        return True

    def action_approve(self):
        """Approve what others have done and reviewed."""
        self._check_step(CONTROLLER, stages.PREPARED, stages.REVIEWED)
        self._check_other()
        for task in self:
            if not task.needs_approval or task.state != stages.before_approval(review=task.needs_review):
                raise UserError(self.env._("%s has to be reviewed first.", task.display_name))
            task._step(stages.DONE, approved_by_id=self.env.uid, approved_at=self.env.cr.now())
        return True

    # -- with a reason -------------------------------------------------------------------------

    def action_skip(self):
        """Open the dialog that asks why the task is not needed this time."""
        self._check_step(CONTROLLER, stages.WAITING, *stages.TO_DO, stages.PREPARED, stages.REVIEWED)
        return self.env["finance.close.reason.wizard"]._dialog("skip", self)

    def action_reopen(self):
        """Open the dialog that asks why the task is to be done once more."""
        self.close_id._check_role(CONTROLLER)
        self._check_reopening()
        return self.env["finance.close.reason.wizard"]._dialog("reopen", self)

    def _skip(self, reason):
        self._check_step(CONTROLLER, stages.WAITING, *stages.TO_DO, stages.PREPARED, stages.REVIEWED)
        reason = self._given(reason)
        for task in self:
            task._step(stages.SKIPPED, reason=reason)
            task._message_log(body=self.env._("Skipped: %s", reason))

    def _check_reopening(self):
        states = (stages.PREPARED, stages.REVIEWED, *stages.FINISHED)
        if self.filtered(lambda task: task.state not in states):
            raise UserError(self.env._("Only what was done or skipped can be opened again."))
        if self.close_id.filtered(lambda close: close.state not in (*RUNNING, "final")):
            raise UserError(self.env._("The close is not open."))

    def _given(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason; it is kept with the task."))
        return reason.strip()

    def _reopen(self, reason):
        """Open tasks again, with all that rests on them; packages of their companies are to be made anew."""
        self.close_id._check_role(CONTROLLER)
        self.check_access("write")
        self._check_reopening()
        reason = self._given(reason)
        for close, tasks in self.grouped("close_id").items():
            # sudo: what rests on it may belong to companies the controller does not see
            every = close.sudo().task_ids
            waits = {task.id: task.depends_ids.ids for task in every}
            found = every.browse(sorted(order.rests_on(waits, tasks.ids)))
            # what has not begun only goes on waiting
            again = tasks.sudo() | found.filtered(lambda task: task.state not in (stages.WAITING, stages.OPEN))
            again.write(
                {
                    **dict.fromkeys((*PEOPLE, "checked_at", "finding", "found_model", "found_domain"), False),
                    "found_count": 0,
                    "state": stages.WAITING,
                    "reason": reason,
                }
            )
            for task in again:
                task._message_log(body=self.env._("Opened again: %s", reason))
                self.env["finance.audit"]._record(
                    "close.task.reopened",
                    task,
                    reason=reason,
                    after={"name": task.display_name, "close": close.name, "because_of": tasks.mapped("display_name")},
                )
            close.sudo()._redo_packages(again.entity_id, reason)  # sudo: as above
            if close.state != "open":
                close.sudo().write(  # sudo: what the steps write
                    {
                        "state": "open",
                        **dict.fromkeys(("final_at", "final_by_id", "days_to_close", "preliminary_at"), False),
                    }
                )
            close.sudo()._settle()  # sudo: as above
            again._ask_owners(self.env._("Opened again: %s"))

    def _ask_owners(self, summary):
        """Give the owners of tasks an activity."""
        for task in self:
            if task.owner_id.active and not task.activity_ids.filtered(
                lambda one, task=task: one.user_id == task.owner_id
            ):
                task.sudo().activity_schedule(  # sudo: the task is for somebody else
                    "mail.mail_activity_data_todo",
                    date_deadline=fields.Date.to_date(task.due_at),
                    user_id=task.owner_id.id,
                    summary=summary % task.name,
                )
