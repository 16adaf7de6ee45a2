from odoo import api, fields, models
from odoo.exceptions import UserError


class FinancePaymentOrder(models.Model):
    """On which day an order is executed: cut-offs and closed days move it, visibly, before anybody approves."""

    _inherit = "finance.payment.order"

    day_note = fields.Char(string="Day of execution", compute="_compute_day_note")

    @api.depends("requested_date", "flow_id", "urgency", "state")
    def _compute_day_note(self):
        run = self.env["finance.payment.run"]
        for order in self:
            order.day_note = False
            if order.state == "draft" and order.requested_date and order.direction == "transfer":
                order.day_note = run._day_note(order.requested_date, order._execution(order.requested_date)) or False

    def _execution(self, wanted):
        return self.env["finance.payment.run"]._execution(self.company_id, self.flow_id, self.urgency, wanted)

    def _propose(self):
        """EXTENDS: what cannot be executed on its day is moved to the next one, before the content is bound."""
        self._move_to_banking_days()
        return super()._propose()

    def _move_to_banking_days(self):
        self.ensure_one()
        if self.state != "draft" or self.direction != "transfer":
            return
        run = self.env["finance.payment.run"]
        notes = []
        order = self.sudo()  # sudo: whoever may propose has been checked by the button
        found = self._execution(self.requested_date)
        if found.reason:
            notes.append(run._day_note(self.requested_date, found))
            order.requested_date = found.day
        for day, lines in order.line_ids.filtered("date").grouped("date").items():
            found = self._execution(day)
            if found.reason:
                notes.append(run._day_note(day, found))
                lines.date = found.day
        if notes:
            self.message_post(body=" ".join(notes))

    def _release_checks(self):
        """EXTENDS: a day that is over was approved, another one was not."""
        result = super()._release_checks()
        today = fields.Date.context_today(self)
        days = {line.date or self.requested_date for line in self.sudo().line_ids}  # sudo: days, whoever releases
        if self.direction == "transfer" and days and min(days) < today:
            raise UserError(
                self.env._(
                    "The day of execution, %s, is over. Send the order back, so that another day is approved.",
                    min(days),
                )
            )
        return result
