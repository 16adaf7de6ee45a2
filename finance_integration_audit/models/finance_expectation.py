from odoo import api, fields, models


class FinanceExpectation(models.Model):
    """What somebody says must come on a day: a count, the total of a currency, as the sender's control sheet has it."""

    _name = "finance.expectation"
    _description = "Expected of a Day"
    _order = "day desc, id desc"
    _rec_name = "day"

    flow_id = fields.Many2one("finance.flow", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    day = fields.Date(required=True, default=fields.Date.context_today)
    count = fields.Integer(string="Messages", required=True)
    currency_id = fields.Many2one("res.currency", help="Of the total, where one is stated.")
    amount = fields.Monetary(string="Total", help="Sum of the documents that are made of it.")
    source = fields.Selection(
        [("declared", "Stated by a person"), ("control", "Control total of the sender"), ("schedule", "Schedule")],
        default="declared",
        required=True,
    )
    note = fields.Char(help="Where it says so, e.g. the number of the control sheet.")

    _once = models.UniqueIndex("(flow_id, day)", "There is an expectation for this flow and day already.")
    _counts = models.Constraint("CHECK (count >= 0)", "No fewer than nothing can be expected.")

    @api.model_create_multi
    def create(self, vals_list):
        expectations = super().create(vals_list)
        for one in expectations:
            one._note_change("completeness.expected")
        return expectations

    def write(self, vals):
        result = super().write(vals)
        for one in self:
            one._note_change("completeness.expectation.changed")
        return result

    def _note_change(self, event):
        self.ensure_one()
        self.env["finance.audit"]._record(
            event,
            self,
            reason=self.note or None,
            after={"flow": self.flow_id.id, "day": str(self.day), "count": self.count, "amount": str(self.amount)},
        )
