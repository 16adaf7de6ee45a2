from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..timing import windows


class FinanceCalendar(models.Model):
    """When another system takes something: weekdays with windows and cut-offs, and its holidays.

    Not the calendar of working times: that one knows no cut-off, belongs to people, and a change
    of somebody's hours must not change when payments leave.
    """

    _name = "finance.calendar"
    _description = "Opening Times"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    tz = fields.Selection(_tz_get, string="Time zone", required=True, default=lambda self: self.env.user.tz or "UTC")
    window_ids = fields.One2many("finance.calendar.window", "calendar_id", string="Windows", copy=True)
    holiday_ids = fields.One2many("finance.calendar.holiday", "calendar_id", string="Holidays", copy=True)
    connection_ids = fields.One2many("finance.connection", "calendar_id", string="Connections")
    flow_ids = fields.One2many("finance.flow", "calendar_id", string="Flows")
    is_open = fields.Boolean(string="Open now", compute="_compute_is_open")
    opens_at = fields.Datetime(string="Next opening", compute="_compute_is_open")

    def _pure(self):
        """:return: the :class:`~..timing.windows.Calendar` that counts"""
        self.ensure_one()
        return windows.Calendar(
            zone=self.tz,
            windows=tuple(
                windows.Window(
                    weekday=int(window.weekday),
                    start=windows.to_minutes(window.start),
                    end=windows.to_minutes(window.end),
                    cutoff=windows.to_minutes(window.cutoff) or None,
                )
                for window in self.window_ids
            ),
            holidays=frozenset(self.holiday_ids.mapped("date")),
        )

    @api.depends("tz", "window_ids.weekday", "window_ids.start", "window_ids.end", "holiday_ids.date")
    def _compute_is_open(self):
        now = self.env.cr.now()
        for calendar in self:
            try:
                pure = calendar._pure()
            except ValueError:
                # being entered
                calendar.update({"is_open": False, "opens_at": False})
                continue
            calendar.is_open = pure.is_open(now)
            calendar.opens_at = not calendar.is_open and (pure.leaves(now) or False)

    @api.constrains("tz", "window_ids", "holiday_ids")
    def _check_opens(self):
        for calendar in self:
            if calendar._pure().leaves(self.env.cr.now()) is None:
                raise ValidationError(self.env._("%s would never be open.", calendar.name))

    def write(self, vals):
        with self._rescheduling():
            return super().write(vals)

    @contextmanager
    def _rescheduling(self):
        """Move what waits for these opening times when they change inside the block."""
        # sudo: all that wait, of whatever company
        calendars = self.sudo()
        flows = calendars.flow_ids | calendars.connection_ids.flow_ids.filtered(lambda flow: not flow.calendar_id)
        with flows._rescheduling():
            yield
