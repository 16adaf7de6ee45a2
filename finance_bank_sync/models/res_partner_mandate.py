from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    finance_mandate_count = fields.Integer(compute="_compute_finance_mandate_count", string="Mandates")

    def _compute_finance_mandate_count(self):
        groups = self.env["finance.mandate"]._read_group(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids), ("state", "!=", "cancelled")],
            ["commercial_partner_id"],
            ["__count"],
        )
        found = dict(groups)
        for partner in self:
            partner.finance_mandate_count = found.get(partner.commercial_partner_id, 0)

    def action_view_finance_mandates(self):
        self.ensure_one()
        self.check_access("read")
        self.env["finance.mandate"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("finance_bank_sync.finance_mandate_action")
        return {
            **action,
            "domain": [("commercial_partner_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }
