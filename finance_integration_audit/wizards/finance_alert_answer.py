from datetime import timedelta

from odoo import fields, models

from ..const import ADMIN, OPERATOR


class FinanceAlertAnswer(models.TransientModel):
    """Somebody looks after some alerts and says how; or puts them off."""

    _name = "finance.alert.answer"
    _description = "Answer to Alerts"

    alert_ids = fields.Many2many("finance.alert", string="Alerts", readonly=True)
    answer = fields.Text(string="What you do about it", required=True)
    again = fields.Selection(
        [
            ("0", "Do not tell again"),
            ("1", "In an hour"),
            ("4", "In four hours"),
            ("24", "Tomorrow"),
            ("over", "It is over"),
        ],
        string="If it is still there",
        required=True,
        default="4",
        help="Then everybody is told again from the beginning. It is over: for what no rule looks at.",
    )

    def action_confirm(self):
        """Answer them."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        if self.again == "over":
            self.alert_ids._answer(self.answer, is_over=True)
        else:
            hours = int(self.again)
            self.alert_ids._answer(self.answer, self.env.cr.now() + timedelta(hours=hours) if hours else None)
        return {"type": "ir.actions.act_window_close"}
