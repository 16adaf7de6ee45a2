import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import OPERATOR


class FinanceFlow(models.Model):
    """What a flow is known to bring: so many a day, or numbers without holes."""

    _inherit = "finance.flow"

    series_pattern = fields.Char(
        string="Numbered as",
        help="Where the sender numbers what it sends: a regular expression whose first group is the number in the "
        "business key or the subject, e.g. STMT-(\\d+). A number that is left out is missed.",
    )
    daily_count = fields.Integer(
        string="Messages a day", aggregator=None, help="How many come on every working day; nothing: it is not known."
    )

    @api.constrains("series_pattern")
    def _check_series_pattern(self):
        for flow in self.filtered("series_pattern"):
            try:
                re.compile(flow.series_pattern)
            except re.error as error:
                raise ValidationError(self.env._("This is no regular expression: %s", flow.series_pattern)) from error

    def action_state_expectation(self):
        """Say how many must come on a day."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Expected"),
            "res_model": "finance.expectation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_flow_id": self.id},
        }
