from odoo import api, models


class ResUsers(models.Model):
    """Who gets or loses a role of the suite is written down, whoever did it, also to himself (attack 6)."""

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS base: see the class."""
        users = super().create(vals_list)
        users._finance_audit_access({})
        return users

    def write(self, vals):
        """EXTENDS base: see the class."""
        if "group_ids" not in vals:
            return super().write(vals)
        before = self._finance_access()
        result = super().write(vals)
        self._finance_audit_access(before)
        return result

    def _finance_access(self):
        """:return: id of each user -> roles of the suite he has, given or implied"""
        roles = self.env["res.groups"]._finance_roles()
        # sudo: to be told, whoever may change users
        return {user.id: {roles[group] for group in user.all_group_ids.ids if group in roles} for user in self.sudo()}

    def _finance_audit_access(self, before):
        after = self._finance_access()
        for user in self:
            had, has = before.get(user.id, set()), after[user.id]
            if had != has:
                self.env["finance.audit"]._record(
                    "access.changed",
                    user,
                    before={"roles": sorted(had)},
                    after={"roles": sorted(has), "by_self": user.id == self.env.uid},
                )
