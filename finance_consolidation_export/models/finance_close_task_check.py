import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..closing import stages, workdays
from ..closing.finding import Finding
from ..const import ACCOUNTANT, CONTROLLER
from .finance_close_period import RUNNING

_logger = logging.getLogger(__name__)

#: a check that has passed is looked at again as long as the period is not final
CHECKED = (*stages.TO_DO, stages.PREPARED, stages.REVIEWED, stages.DONE)


class FinanceCloseTask(models.Model):
    """Tasks that look by themselves: checks, and packages that are built when they fall due (C-08)."""

    _inherit = "finance.close.task"

    def action_check(self):
        """Look again, now."""
        self.close_id._check_role(ACCOUNTANT)
        self.check_access("write")
        for task in self:
            if task.kind == "manual" or task.close_state not in RUNNING:
                raise UserError(self.env._("There is nothing to check in %s.", task.display_name))
        self._check()
        return True

    def _check(self):
        """Run the checks of tasks that do not wait, and open what waited for those that pass."""
        tasks = self.filtered(lambda task: task.kind != "manual" and task.state in CHECKED)
        for task in tasks:
            task._take(task._look())
        # sudo: others may wait for it, in companies the person does not see
        tasks.sudo().close_id._settle()

    def _look(self):
        """:return: what the check of one task finds; one that cannot run is a finding, too"""
        self.ensure_one()
        # sudo: a check looks at the books of the company, whoever asks for it; it tells counts and names of documents
        task = self.sudo()
        try:
            with self.env.cr.savepoint():
                return task._build_package() if task.kind == "package" else task._examine()
        except Exception as error:  # a broken check stops neither the others nor the screen
            _logger.exception("Check of task %s could not run", task.id)
            return Finding(
                passed=False,
                text=self.env._("The check could not run (%s). Tell your administrator.", type(error).__name__),
            )

    def _examine(self):
        """:return: what the check that was chosen finds in the companies of the task"""
        name = self.check_model
        if name not in self.env.registry.descendants(["finance.close.check"], "_inherit"):
            return Finding(
                passed=False, text=self.env._("The check is not installed any more. Skip the task, or choose another.")
            )
        companies = self.env[name]._companies(self)
        model = self.env[name].with_context(allowed_company_ids=companies.ids or self.env.companies.ids)
        return model.with_company(self.company_id or companies[:1])._examine(self)

    def _take(self, found):
        """Write what a check has found."""
        self.ensure_one()
        values = {
            "checked_at": self.env.cr.now(),
            "finding": found.text,
            "found_count": found.count,
            "found_model": found.model,
            "found_domain": list(found.domain),
        }
        if found.passed and self.state in stages.TO_DO:
            self._step(stages.prepared(review=self.needs_review, approval=self.needs_approval), **values)
        elif not found.passed and self.state != stages.FAILED:
            was_finished = self.state not in stages.TO_DO
            self._step(
                stages.FAILED,
                **values,
                **dict.fromkeys(("reviewed_by_id", "reviewed_at", "approved_by_id", "approved_at", "done_at"), False),
            )
            if was_finished:
                self._ask_owners(self.env._("A check fails that had passed: %s"))
        else:
            self.sudo().write(values)  # sudo: what the steps write

    def action_view_found(self):
        """Open what is in the way."""
        self.ensure_one()
        self.check_access("read")
        if not self.found_model or self.found_model not in self.env:
            raise UserError(self.env._("There are no records to show. Read what was found."))
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self.found_model,
            "view_mode": "list,form",
            "domain": self.found_domain,
            # where nothing is in the way something is missing
            "context": {"create": not self.found_count},
        }

    def _build_package(self):
        """Build the package of the company when it is due; what was built and is right stays (B-27)."""
        self.ensure_one()
        task = self
        if not task.company_id:
            return Finding(passed=False, text=self.env._("Its books are not in this database."))
        close = task.close_id
        packages = self.env["finance.consolidation.package"].search(
            [*close._packages_domain(), ("entity_id", "=", task.entity_id.id)], order="version desc"
        )
        package = packages[:1]
        if not package or (package.state == "approved" and (package.redo_since or package.stale_since)):
            if task.due_at > self.env.cr.now():
                return Finding(passed=False, text=self.env._("It is built by itself when the task falls due."))
            package = (
                package.browse(package.action_new_version()["res_id"])
                if package
                else package.create(
                    {
                        "scenario_id": close.scenario_id.id,
                        "entity_id": task.entity_id.id,
                        "date_from": close.date_from,
                        "date_to": close.date_to,
                    }
                )
            )
        # what is right is left alone: somebody may be looking at it
        if package.state == "draft" and (
            not package.built_at or package.redo_since or package.blocking_count or package._differs_from_ledger()
        ):
            if not package._locked() and not package.is_preliminary:
                package.is_preliminary = True
            package._build()
        where = {"model": package._name, "domain": [("id", "=", package.id)]}
        if package.state == "draft" and package.blocking_count:
            return Finding(
                passed=False,
                count=package.blocking_count,
                text=self.env._(
                    "%(package)s was built; %(count)s findings block it.",
                    package=package.name,
                    count=package.blocking_count,
                ),
                **where,
            )
        return Finding(passed=True, text=self.env._("%s is built.", package.name), **where)

    # -- by schedule ---------------------------------------------------------------------------

    @api.model
    def _cron_check(self):
        """Run all checks, remind of what is overdue, and keep the readiness of the day."""
        closes = self.env["finance.close.period"].search([("state", "in", RUNNING)])
        tasks = self.search([("close_id", "in", closes.ids), ("kind", "!=", "manual"), ("state", "in", CHECKED)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(tasks))
        for task in tasks:
            if task.try_lock_for_update():
                task._check()
            if not cron._commit_progress(1):
                return
        self.search(
            [("close_id", "in", closes.ids), ("is_overdue", "=", True), ("state", "!=", stages.WAITING)]
        )._remind()
        self.env["finance.close.pause"]._remind()
        self.env["finance.close.snapshot"]._take()

    def _remind(self):
        """Give overdue tasks to their owners, and those that stay overdue to the controllers."""
        now = self.env.cr.now()
        fresh = self.filtered(lambda task: not task.reminded_at)
        # what was done waits for others: they find it under For me to decide
        fresh.filtered(lambda task: task.state in stages.TO_DO)._ask_owners(self.env._("Overdue: %s"))
        fresh.sudo().write({"reminded_at": now})  # sudo: what the steps write
        for task in self.filtered(lambda task: not task.escalated_at):
            if task._is_long_overdue():
                task._escalate()

    def _is_long_overdue(self):
        self.ensure_one()
        calendar = self.env["finance.close.calendar"]
        template = self.close_id.template_id
        of_company = calendar._calendar_of(self.entity_id, template)
        due = fields.Date.to_date(self.due_at)
        working = calendar._working(of_company, self.company_id, due)
        until = self.due_at + (
            workdays.nth(due, template.escalate_days, working) - due if template.escalate_days else timedelta()
        )
        return until <= self.env.cr.now()

    def _escalate(self):
        self.ensure_one()
        # sudo: who is a controller does not depend on which users the person sees
        users = (
            self.env.ref(CONTROLLER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: (
                    user.active and not user.share and (not self.company_id or self.company_id in user.company_ids)
                )
            )
        )
        # its own person was told when it became overdue
        for user in (users - self.owner_id)[:5]:
            self.sudo().activity_schedule(  # sudo: the task is for somebody else
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._("Still overdue: %s", self.display_name),
            )
        self.sudo().escalated_at = self.env.cr.now()  # sudo: what the steps write


class FinanceClosePeriod(models.Model):
    _inherit = "finance.close.period"

    def action_check(self):
        """Run all checks of the companies the person sees."""
        self._check_role(ACCOUNTANT)
        self._check_state(*RUNNING)
        self.task_ids._check()
        return True
