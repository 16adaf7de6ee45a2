from odoo import fields, models


class FinanceConsolidationDeliveryTotal(models.Model):
    """What an account of a company comes to in the package, and at the platform after the load (C-09)."""

    _name = "finance.consolidation.delivery.total"
    _description = "Total of a Delivery"
    _log_access = False
    _order = "delivery_id desc, is_different desc, entity_code, account_code, id"
    _allow_sudo_commands = False
    _rec_name = "account_code"

    delivery_id = fields.Many2one(
        "finance.consolidation.delivery", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    entity_code = fields.Char(string="Company of the group", readonly=True, required=True)
    account_code = fields.Char(string="Account", readonly=True, required=True)
    currency_id = fields.Many2one("res.currency", readonly=True, required=True)
    sent = fields.Monetary(string="In the package", readonly=True)
    there = fields.Monetary(string="At the platform", readonly=True)
    difference = fields.Monetary(readonly=True)
    is_compared = fields.Boolean(string="Compared", readonly=True)
    is_different = fields.Boolean(string="Differs", readonly=True)

    _once = models.UniqueIndex(
        "(delivery_id, entity_code, account_code, currency_id)", "An account of a company is compared once."
    )

    def action_view_items(self):
        """Open the journal items behind the figure (C-15)."""
        self.ensure_one()
        self.check_access("read")
        return self.delivery_id.package_id._action_items(self.account_code)
