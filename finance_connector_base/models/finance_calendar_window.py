from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceCalendarWindow(models.Model):
    """From when until when the other system takes something on a weekday."""

    _name = "finance.calendar.window"
    _description = "Window of Opening Times"
    _order = "weekday, start"

    calendar_id = fields.Many2one("finance.calendar", required=True, ondelete="cascade", index=True)
    weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        required=True,
        default="0",
    )
    start = fields.Float(string="From", required=True, default=8.0, aggregator=None)
    end = fields.Float(string="Until", required=True, default=18.0, aggregator=None)
    cutoff = fields.Float(
        string="Cut-off", aggregator=None, help="What comes later waits for the next window. Empty: until the end."
    )

    @api.constrains("start", "end", "cutoff")
    def _check_sane(self):
        for window in self:
            try:
                window.calendar_id._pure()
            except ValueError as error:
                raise ValidationError(
                    self.env._("A window ends after it begins, on the same day, and its cut-off lies inside it.")
                ) from error
        self.calendar_id._check_opens()

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")  # before anything is looked up for whoever may not
        with (
            self.env["finance.calendar"]
            .browse([vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")])
            ._rescheduling()
        ):
            return super().create(vals_list)

    def write(self, vals):
        with self.calendar_id._rescheduling():
            return super().write(vals)

    def unlink(self):
        with self.calendar_id._rescheduling():
            return super().unlink()
