from odoo import api, fields, models

ACCOUNTING = "account.group_account_invoice,account.group_account_readonly"


class ResPartner(models.Model):
    _inherit = "res.partner"

    finance_exposure = fields.Monetary(compute="_compute_finance_exposure", string="Credit exposure", groups=ACCOUNTING)
    finance_exposure_status = fields.Selection(
        [("unlimited", "No limit"), ("ok", "Within limit"), ("near", "Near limit"), ("over", "Over limit")],
        compute="_compute_finance_exposure",
        string="Credit status",
        groups=ACCOUNTING,
    )

    @api.depends_context("company")
    def _compute_finance_exposure(self):
        rows = self.env["finance.credit.exposure"].search(
            [("partner_id", "in", self.commercial_partner_id.ids), ("company_id", "=", self.env.company.id)]
        )
        by_partner = {row.partner_id.id: row for row in rows}
        for partner in self:
            row = by_partner.get(partner.commercial_partner_id.id, rows.browse())
            partner.finance_exposure = row.exposure
            partner.finance_exposure_status = row.status

    def _write_multi(self, vals_list):
        columns = set().union(*vals_list)
        changes = self.env["finance.credit.change"]
        if "commercial_partner_id" in columns:
            changes._note_before(self._table, self.ids)
        result = super()._write_multi(vals_list)
        if columns & {"credit_limit", "commercial_partner_id"}:
            changes._note(self._table, self.ids)
        return result

    def action_view_finance_exposure(self):
        """Show what the customer owes, against the limit."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit exposure"),
            "res_model": "finance.credit.exposure",
            "view_mode": "list,form",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }
