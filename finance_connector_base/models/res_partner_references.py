from odoo import api, fields, models

from ..const import VIEWER


class ResPartner(models.Model):
    """What other systems call a partner, and what they propose."""

    _inherit = "res.partner"

    finance_reference_count = fields.Integer(compute="_compute_finance_counts", groups=VIEWER)
    finance_proposal_count = fields.Integer(compute="_compute_finance_counts", groups=VIEWER)

    @api.depends_context("allowed_company_ids")
    def _compute_finance_counts(self):
        for partner in self:
            partner.finance_reference_count = self.env["finance.external.reference"].search_count(
                partner._finance_reference_domain()
            )
            partner.finance_proposal_count = self.env["finance.master.proposal"].search_count(
                partner._finance_proposal_domain()
            )

    def _finance_reference_domain(self):
        # sudo: which partners were merged into this one
        aliases = (
            self.env["finance.record.alias"]
            .sudo()
            .search([("res_model", "=", self._name), ("current_id", "in", self.ids)])
        )
        return [("res_model", "=", self._name), ("res_id", "in", self.ids + aliases.mapped("old_id"))]

    def _finance_proposal_domain(self):
        return [
            ("state", "=", "open"),
            "|",
            "&",
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
            "&",
            ("res_model", "=", "res.partner.bank"),
            ("res_id", "in", self.bank_ids.ids),
        ]

    def action_finance_references(self):
        """Show what other systems call the partner."""
        self.env["finance.message"]._check_role(VIEWER)
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_external_reference_action")
        return {**action, "domain": self._finance_reference_domain()}

    def action_finance_proposals(self):
        """Show the proposals about the partner and its bank accounts."""
        self.env["finance.message"]._check_role(VIEWER)
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_master_proposal_action")
        return {**action, "domain": self._finance_proposal_domain()}
