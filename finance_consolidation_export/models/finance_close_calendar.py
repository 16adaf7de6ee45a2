from datetime import datetime, time, timedelta

from odoo import api, fields, models

from odoo.addons.finance_connector_base.timing import windows

from ..closing import workdays

#: days on both sides of the end of a period that due days may lie on, holidays included
BEFORE, AFTER = 60, 150


class FinanceCloseCalendar(models.AbstractModel):
    """Working days of the companies of the group, from Odoo's working hours and public holidays (C-05)."""

    _name = "finance.close.calendar"
    _description = "Working Days of the Close"

    @api.model
    def _calendar_of(self, entity, template):
        """:return: the working hours that count: the company's, else those of the group; or empty"""
        # sudo: working days are no secret, whoever opens the period
        return entity.sudo().company_id.resource_calendar_id or template.sudo().calendar_id

    @api.model
    def _working(self, calendar, company, end):
        """:return: whether a day near the end of a period is a working day, as a function"""
        if not calendar:
            return workdays.weekdays
        first, last = end - timedelta(days=BEFORE), end + timedelta(days=AFTER)
        unusual = calendar._get_unusual_days(
            datetime.combine(first, time.min), datetime.combine(last, time.max), company or False
        )
        return workdays.without(frozenset(fields.Date.to_date(day) for day, is_off in unusual.items() if is_off))

    @api.model
    def _due(self, tasks, entity, template, end):
        """Say when tasks of a template are due in a company.

        :param entity: empty for tasks of the group
        :return: task -> naive UTC
        """
        calendar = self._calendar_of(entity, template)
        # sudo: as above
        company = entity.sudo().company_id
        working = self._working(calendar, company, end)
        zone = calendar.tz or self.env.user.tz or "UTC"
        return {
            task: windows.to_moment(workdays.nth(end, task.due_days, working), windows.to_minutes(task.due_hour), zone)
            for task in tasks
        }
