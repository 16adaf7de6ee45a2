from odoo import api, models

from ..engine import process as engine


class FinanceProcessRun(models.Model):
    """What waits for too long is told to somebody, and stays where it is."""

    _inherit = "finance.process.run"

    @api.model
    def _cron_escalate(self):
        """Escalate every run that waits beyond its time; nothing is ever decided by the clock."""
        late = self.search(
            [("state", "=", engine.WAITING), ("due_at", "<", self.env.cr.now()), ("is_escalated", "=", False)]
        )
        for run in late:
            run._escalate()

    def _escalate(self):
        self.ensure_one()
        step = self.current_step_id
        self.write({"is_escalated": True})
        note = self.env._("Late: %(step)s waits for %(what)s.", step=step.name, what=self.waiting_for)
        self.message_post(body=note)
        self.env["finance.audit"]._record(
            "process.escalated", self, after={"step": step.name}, correlation_id=self.correlation_id
        )
        for user in self._escalates_to(step):
            self.activity_schedule("mail.mail_activity_data_warning", user_id=user.id, summary=note)

    def _escalates_to(self, step):
        group = step.step_id.escalation_group_id
        people = group.all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )
        owner = self.process_id.owner_id
        if not people and owner.active:
            people = owner
        return people or self.env["finance.flow"]._process_owner(self.company_id)
