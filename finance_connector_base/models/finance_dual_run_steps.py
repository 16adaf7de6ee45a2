from odoo import models
from odoo.exceptions import UserError

from ..const import ADMIN, OPERATOR
from ..engine import states
from .step_up import step_up


class FinanceDualRun(models.Model):
    """The way of a dual run: started, compared, cut over by two people, back, finished."""

    _inherit = "finance.dual.run"

    # -- steps ---------------------------------------------------------------------------------

    def action_start(self):
        """Run both side by side: from now on the new one has no effects."""
        for run in self._stepping("draft"):
            flows = run.old_flow_id | run.new_flow_id
            run._check_startable(flows)
            flows.write({"dual_run_id": run.id})
            run._set_live("old")
            run.state = "running"
            run._told("started")

    def _check_startable(self, flows):
        if flows.dual_run_id:
            raise UserError(self.env._("%s is compared in another dual run.", flows.filtered("dual_run_id")[0].name))
        if self.new_flow_id.direction == "out" and set(flows.mapped("driven_by")) != {"adapter"}:
            raise UserError(self.env._("What a program delivers cannot be held back. Let the adapters deliver first."))
        if self._open_messages(self.new_flow_id):
            raise UserError(
                self.env._("%s has messages that are not worked yet. Finish them first.", self.new_flow_id.name)
            )

    def action_compare(self):
        """Compare both feeds now."""
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")
        # sudo: results are written by the suite alone; role and access were checked
        self.sudo().filtered(lambda run: run.state in ("running", "cut_over"))._compare()

    def action_propose_cut_over(self):
        """Hand the cut over to another person."""
        for run in self._stepping("running", compare=True):
            missing = run._missing()
            if missing:
                raise UserError("\n".join([self.env._("Not yet:"), *missing]))
            run._propose("cut_over")

    def action_propose_back(self):
        """Ask another person to let the old feed work again; differences do not stand against it."""
        for run in self._stepping("cut_over"):
            if not (run.note or "").strip():
                raise UserError(self.env._("Enter the reason why it goes back."))
            run._propose("back")

    def action_withdraw(self):
        """Take the proposal back, or refuse it."""
        for run in self._stepping("running", "cut_over"):
            run.write({"proposal": False, "proposed_by_id": False, "proposed_at": False})
            run.activity_unlink(["mail.mail_activity_data_todo"])
            run._told("withdrawn")

    def action_approve(self):
        """Let the feeds change their parts; another administrator than the one who proposed, with the password."""
        self._check_approver()
        return self._approve_verified()

    def _check_approver(self):
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")
        if not self.proposal:
            raise UserError(self.env._("Nothing is proposed."))
        if self.env.user == self.proposed_by_id:
            raise UserError(self.env._("You proposed it; another connector administrator has to approve it."))

    @step_up
    def _approve_verified(self):
        self._check_approver()
        run = self.sudo()  # sudo: which flow works is decided here alone; role and person were checked
        # what is compared or worked at this moment ends before the parts change
        (run.old_flow_id | run.new_flow_id).lock_for_update()
        run._compare()
        if run.proposal == "cut_over" and run._missing():
            raise UserError("\n".join([self.env._("Since it was proposed:"), *run._missing()]))
        is_back = run.proposal == "back"
        run._set_live("old" if is_back else "new")
        run.write(
            {
                "state": "running" if is_back else "cut_over",
                "proposal": False,
                "approved_by_id": self.env.uid,
                "approved_at": self.env.cr.now(),
            }
        )
        run.activity_unlink(["mail.mail_activity_data_todo"])
        run._told("back" if is_back else "cut_over")

    def action_close(self):
        """End the comparison after the cut over; the old feed is archived."""
        for run in self._stepping("cut_over", compare=True):
            if run.difference_count:
                raise UserError(self.env._("%s differences are open.", run.difference_count))
            run._leave(run.old_flow_id, "closed")
            run.old_flow_id.active = False

    def action_cancel(self):
        """Give it up before the cut over; the old feed goes on, the new one is paused."""
        for run in self._stepping("running"):
            run._leave(run.new_flow_id, "cancelled")

    # -- how -----------------------------------------------------------------------------------

    def _stepping(self, *from_states, compare=False):
        """:return: the runs, free to be changed, after the role and the state were checked"""
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")
        for run in self:
            if run.state not in from_states:
                raise UserError(self.env._("%s is not at this step.", run.name))
        runs = self.sudo()  # sudo: protected fields and flows in use; the role was checked
        if compare:
            runs._compare()
        return runs

    def _propose(self, proposal):
        self.write(
            {
                "proposal": proposal,
                "proposed_by_id": self.env.uid,
                "proposed_at": self.env.cr.now(),
                "approved_by_id": False,
                "approved_at": False,
            }
        )
        for user in self.env.ref(ADMIN).all_user_ids:
            if user.active and not user.share and user != self.env.user and self.company_id in user.company_ids:
                self.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.env._("Approve or refuse: %s", self.name),
                )
        self._told("proposed")

    def _set_live(self, side):
        self.old_flow_id.is_shadow = side != "old"
        self.new_flow_id.is_shadow = side != "new"

    def _leave(self, silent, state):
        """End it: the flow that has not worked keeps what it gets, and works nothing before somebody resumes it."""
        (self.old_flow_id | self.new_flow_id).write({"dual_run_id": False, "is_shadow": False})
        silent.paused = True
        self.write({"state": state, "proposal": False})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._told(state)

    def _told(self, step):
        self.env["finance.audit"]._record(
            f"dual_run.{step}",
            self,
            reason=self.note if step in ("back", "proposed") and self.note else None,
            after={
                "old": self.old_flow_id.id,
                "new": self.new_flow_id.id,
                "matched": self.matched,
                "differences": self.difference_count,
                "totals": self.totals,
            },
        )

    def _open_messages(self, flows):
        return self.env["finance.message"].search_count(
            [("flow_id", "in", flows.ids), ("kind", "=", "exchange"), ("state", "not in", list(states.FINAL))]
        )
