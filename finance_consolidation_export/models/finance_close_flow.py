from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from odoo.addons.finance_connector_base.timing import windows

#: days for which the public holidays of a calendar are read
HORIZON_DAYS = 460


class FinanceFlow(models.Model):
    """Flows that work by the close calendar: when a task of a template falls due in their company (B-27)."""

    _inherit = "finance.flow"

    timing = fields.Selection(
        selection_add=[("close_task", "By the close calendar of the group")], ondelete={"close_task": "set default"}
    )
    close_task_id = fields.Many2one(
        "finance.close.template.task",
        string="When this is due",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        domain="[('due_days', '>', 0)]",
        help="Messages are worked when this task falls due, by the working days of the company.",
    )

    @api.model
    def _timing_fields(self):
        return super()._timing_fields() | {"close_task_id"}

    @api.constrains("timing", "close_task_id")
    def _check_close_task(self):
        for flow in self.filtered(lambda flow: flow.timing == "close_task"):
            if not flow.close_task_id:
                raise ValidationError(self.env._("Choose the task of the close calendar that %s works by.", flow.name))
            flow.close_task_id._check_followed()

    @ormcache("self.id")
    def _cached_rhythm(self):
        rhythm = super()._cached_rhythm()
        task = self.close_task_id
        if self.timing != "close_task" or not task:
            return rhythm
        entity = self.env["finance.consolidation.entity"].search([("company_id", "=", self.company_id.id)], limit=1)
        calendar = self.env["finance.close.calendar"]._calendar_of(entity, task.template_id)
        calendar = self.company_id.resource_calendar_id or calendar
        closing = self._working_days(calendar, rhythm.zone)
        return replace(
            rhythm,
            kind="close",
            zone=closing.zone,
            workday=task.due_days,
            minute=windows.to_minutes(task.due_hour) % windows.DAY,
            closing=closing,
        )

    def _working_days(self, calendar, zone):
        """:return: working hours of a company as days on which it works, public holidays left out"""
        if not calendar:
            return windows.Calendar(zone=zone)
        today = fields.Date.today()
        first, last = today - timedelta(days=40), today + timedelta(days=HORIZON_DAYS)
        unusual = calendar._get_unusual_days(
            datetime.combine(first, time.min), datetime.combine(last, time.max), self.company_id
        )
        working = {fields.Date.to_date(day).weekday() for day, is_off in unusual.items() if not is_off}
        return windows.Calendar(
            zone=calendar.tz or zone,
            windows=tuple(windows.Window(weekday=day, start=0, end=windows.DAY) for day in sorted(working)),
            holidays=frozenset(fields.Date.to_date(day) for day, is_off in unusual.items() if is_off),
        )

    @api.model
    @contextmanager
    def _close_rescheduling(self):
        """Move what waits for the close calendar when that changes inside the block."""
        # sudo: all that wait, of whatever company
        with self.sudo().search([("timing", "=", "close_task")])._rescheduling():
            yield


class FinanceCloseTemplateTask(models.Model):
    _inherit = "finance.close.template.task"

    flow_ids = fields.One2many("finance.flow", "close_task_id", string="Flows that work by it", readonly=True)

    def _check_followed(self):
        """:raise ValidationError: a flow cannot work by it"""
        for task in self:
            if task.due_days < 1:
                raise ValidationError(
                    self.env._("Flows work by %s: it must be due on working day 1 or later.", task.name)
                )

    @api.constrains("due_days")
    def _check_due_days(self):
        # sudo: whether flows work by it does not depend on who may read them
        self.filtered(lambda task: task.sudo().flow_ids)._check_followed()

    def write(self, vals):
        if not {"due_days", "due_hour"} & vals.keys():
            return super().write(vals)
        with self.env["finance.flow"]._close_rescheduling():
            return super().write(vals)


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        if not {"attendance_ids", "leave_ids", "global_leave_ids", "tz", "two_weeks_calendar"} & vals.keys():
            return super().write(vals)
        with self.env["finance.flow"]._close_rescheduling():
            return super().write(vals)


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        if all(vals.get("resource_id") for vals in vals_list):
            # somebody's vacation is nobody else's holiday
            return super().create(vals_list)
        with self.env["finance.flow"]._close_rescheduling():
            return super().create(vals_list)

    def write(self, vals):
        if all(leave.resource_id for leave in self):
            return super().write(vals)
        with self.env["finance.flow"]._close_rescheduling():
            return super().write(vals)

    def unlink(self):
        if all(leave.resource_id for leave in self):
            return super().unlink()
        with self.env["finance.flow"]._close_rescheduling():
            return super().unlink()
