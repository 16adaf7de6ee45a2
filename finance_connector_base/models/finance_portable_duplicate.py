from odoo import api, models


class FinanceDuplicateRule(models.Model):
    """A duplicate rule of one flow, by the flow and its name; rules of several flows stay where they are."""

    _name = "finance.duplicate.rule"
    _inherit = ["finance.portable", "finance.duplicate.rule"]
    _portable_plain = (
        "sequence",
        "partner_path",
        "reference_path",
        "exact_paths",
        "amount_path",
        "amount_tolerance",
        "amount_percent",
        "date_path",
        "window_days",
    )

    def _portable_key(self):
        return [*self.flow_id._portable_key(), self.with_context(lang="en_US").name]

    @api.model
    def _portable_find(self, key, scope):
        flow = self.env["finance.flow"]._portable_find(key[:2], scope)
        return self.with_context(lang="en_US", active_test=False).search(
            [("flow_id", "in", flow.ids), ("name", "=", key[2])], limit=1
        )

    @api.model
    def _portable_new(self, key, values, scope):
        flow = self._portable_required("finance.flow", key[:2], scope)
        return {"name": key[2], "flow_id": flow.id, "company_id": scope.company.id}

    def _portable_put(self, key, values, scope):
        if self and not self.active:
            self.active = True
        return super()._portable_put(key, values, scope)
