from odoo import api, models


class ResGroups(models.Model):
    _inherit = "res.groups"

    def write(self, vals):
        """EXTENDS base: who gets or loses a role of the suite by a change of the group is audited as well."""
        if not {"user_ids", "implied_ids"} & vals.keys():
            return super().write(vals)
        groups = self.sudo().with_context(active_test=False)  # sudo: to be told, whoever may change groups
        roles = self._finance_roles().keys()
        concerned = bool(roles & set(groups.all_implied_ids.ids))
        users = groups.all_user_ids if concerned else groups.env["res.users"]
        before = users._finance_access()
        result = super().write(vals)
        if concerned or roles & set(groups.all_implied_ids.ids):
            (users | groups.all_user_ids)._finance_audit_access(before)
        return result

    @api.model
    def _finance_roles(self):
        """:return: id of each role that the suite's modules brought -> its external id"""
        # sudo: names of groups are no secret
        known = self.env["ir.model.data"].sudo()
        found = known.search([("model", "=", "res.groups"), ("module", "=like", "finance\\_%")])
        return {data.res_id: data.complete_name for data in found}
