from odoo import api, models

from ..closing.finding import Finding
from .finance_consolidation_delivery import THERE


class FinanceCloseCheckDelivered(models.AbstractModel):
    """The approved package of the company is not in the platform yet, or was rejected there (C-09, C-12)."""

    _name = "finance.close.check.delivered"
    _description = "Check: Package delivered"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Package delivered")

    @api.model
    def _examine(self, task):
        entities = (task.entity_id or task.close_id.template_id._entities()).filtered("company_id")
        packages = self.env["finance.consolidation.package"].search(
            [*task.close_id._packages_domain(), ("state", "=", "approved")]
        )
        deliveries = self.env["finance.consolidation.delivery"].search([("package_id", "in", packages.ids)])
        there = deliveries.filtered(lambda delivery: delivery.state in THERE)
        open_ones = deliveries.filtered(lambda delivery: delivery.state not in (*THERE, "cancelled"))
        missing = (entities - there.entity_id) | (entities & open_ones.entity_id)
        if not missing:
            return Finding(passed=True, text=self.env._("Delivered: %s.", ", ".join(there.mapped("name"))))
        of_missing = open_ones.filtered(lambda delivery: delivery.entity_id in missing)
        return Finding(
            passed=False,
            count=len(missing),
            text=self.env._("Not in the platform yet: %s.", ", ".join(missing.mapped("code"))),
            model="finance.consolidation.delivery" if of_missing else "",
            domain=[("id", "in", of_missing.ids)],
        )
