from dateutil.relativedelta import relativedelta

from odoo import api, models


class FinanceExpenseDays(models.AbstractModel):
    """On which day an expense is booked, and with which others in one entry."""

    _name = "finance.expense.days"
    _description = "Days of Expenses"

    @api.model
    def _group_and_day(self, work, line, kind):
        """:return: (what an expense shares its entry with, day of that entry)"""
        day = self._entry_day(work, line)
        group = self._group(work, line, kind, day)
        return group, self._period_end(day) if work.policy.grain == "period" else day

    @api.model
    def _entry_day(self, work, line):
        document, policy = work.document, work.policy
        if work.decided_date:
            return work.decided_date
        today = self.env.cr.now().date()
        if policy.date_rule == "today":
            return today
        if policy.date_rule == "approved":
            return document.approved.date() if document.approved else today
        if policy.grain == "line":
            return line.date
        return max(one.date for one in document.lines)

    @api.model
    def _period_end(self, day):
        """:return: last day of the month, or today where the month is not over"""
        return max(day, min(day + relativedelta(day=31), self.env.cr.now().date()))

    @api.model
    def _group(self, work, line, kind, day):
        """:return: what an expense shares its entry with"""
        grain = work.policy.grain
        part = (kind,) if work.policy.document == "bill" else ()
        if grain == "period":
            return ("period", work.policy.id, day.strftime("%Y-%m"))
        if grain == "line":
            return ("line", work.message_id, line.external_id, *part)
        return ("report", work.message_id, *part)
