from odoo import api, fields, models


class FinanceCalendarHoliday(models.Model):
    """A day on which the other system takes nothing."""

    _name = "finance.calendar.holiday"
    _description = "Holiday of Opening Times"
    _order = "date"

    calendar_id = fields.Many2one("finance.calendar", required=True, ondelete="cascade", index=True)
    date = fields.Date(required=True)
    name = fields.Char(required=True)

    _once = models.UniqueIndex("(calendar_id, date)", "This day is a holiday already.")

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")  # before anything is looked up for whoever may not
        calendars = self.env["finance.calendar"].browse(
            [vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")]
        )
        with calendars._rescheduling():
            holidays = super().create(vals_list)
        calendars._check_opens()
        return holidays

    def write(self, vals):
        with self.calendar_id._rescheduling():
            return super().write(vals)

    def unlink(self):
        with self.calendar_id._rescheduling():
            return super().unlink()
