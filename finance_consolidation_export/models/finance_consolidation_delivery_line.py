from odoo import fields, models


class FinanceConsolidationDeliveryLine(models.Model):
    """A row that the platform did not take, and what to do about it."""

    _name = "finance.consolidation.delivery.line"
    _description = "Rejected Row of a Delivery"
    _log_access = False
    _order = "delivery_id desc, id"
    _allow_sudo_commands = False
    _rec_name = "message"

    delivery_id = fields.Many2one(
        "finance.consolidation.delivery", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    round = fields.Integer(string="Attempt", readonly=True, aggregator=None)
    number = fields.Integer(
        string="Row", readonly=True, aggregator=None, help="In the file; the header is not counted."
    )
    entity_code = fields.Char(string="Company of the group", readonly=True)
    account_code = fields.Char(string="Account", readonly=True)
    partner_code = fields.Char(string="With", readonly=True)
    dimension = fields.Char(readonly=True)
    member = fields.Char(readonly=True)
    message = fields.Char(string="The platform says", required=True, readonly=True)
    advice = fields.Char(string="What to do", readonly=True)

    def action_view_items(self):
        """Open the journal items behind the figure that was rejected (C-15)."""
        self.ensure_one()
        self.check_access("read")
        return self.delivery_id.package_id._action_items(self.account_code)
